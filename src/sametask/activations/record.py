"""Record the outputs of named layers in one forward pass that stops after the last of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from sametask.errors import NetworkError
from sametask.networks.layers import layer, leading_tensor


class _AllSeenError(Exception):
    """Every layer has run: nothing behind them needs to be computed."""


def record(network: nn.Module, layers: Sequence[str], inputs: Tensor) -> list[Tensor]:
    """Return the outputs of the named layers for inputs (n, …), with axes as the layers have them.

    The forward pass stops as soon as the last of the layers has run. Of a layer that puts out a
    tuple it is the ``leading_tensor``. Raises ``NetworkError`` if a layer does not exist, does not
    run, or puts out no tensor.
    """
    seen: dict[str, Tensor] = {}

    def keep(name: str):
        def hook(module: nn.Module, _: tuple, output: object) -> None:
            # A copy: what follows may work in place, as rectifiers do.
            seen[name] = leading_tensor(name, output).clone()
            if len(seen) == len(layers):
                raise _AllSeenError

        return hook

    handles = [layer(network, name).register_forward_hook(keep(name)) for name in layers]
    try:
        network(inputs)
    except _AllSeenError:
        pass
    finally:
        for handle in handles:
            handle.remove()
    for name in layers:
        if name not in seen:
            raise NetworkError(f"layer {name!r} does not run in a forward pass")
    return [seen[name] for name in layers]
