"""Record the outputs of named layers in one forward pass that stops after the last of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from sametask.errors import NetworkError
from sametask.networks.layers import layer


class _AllSeenError(Exception):
    """Every layer has run: nothing behind them needs to be computed."""


def record(network: nn.Module, layers: Sequence[str], inputs: Tensor) -> list[Tensor]:
    """Return the outputs, each (n, …), of the named layers for inputs (n, …).

    The forward pass stops as soon as the last of the layers has run. Raises ``NetworkError`` if
    a layer does not exist, does not run, or puts out something other than one tensor.
    """
    seen: dict[str, Tensor] = {}

    def keep(name: str):
        def hook(module: nn.Module, _: tuple, output: object) -> None:
            if not isinstance(output, Tensor):
                raise NetworkError(
                    f"layer {name!r} puts out a {type(output).__name__}, not one tensor"
                )
            seen[name] = output
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
