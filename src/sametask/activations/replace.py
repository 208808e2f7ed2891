"""Run a network with the outputs of named layers replaced."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from sametask.errors import NetworkError
from sametask.networks.layers import layer, leading_tensor, with_leading


def run_with_replaced(
    network: nn.Module, replacements: Mapping[str, Tensor], inputs: Tensor
) -> Tensor:
    """Return the network's output for inputs (n, …) with the named layers' outputs replaced.

    Everything behind a replaced layer sees the replacement, which has the layer's own axes; what
    bypasses the layers sees ``inputs``. Of a tuple the ``leading_tensor`` is replaced. Gradients
    flow through the replacements. Raises ``NetworkError`` for a replacement of another shape.
    """

    def put(name: str, replacement: Tensor):
        def hook(module: nn.Module, _: tuple, output: object) -> object:
            own = leading_tensor(name, output)
            if own.shape != replacement.shape:
                raise NetworkError(
                    f"layer {name!r} puts out {tuple(own.shape)}, its replacement has "
                    f"{tuple(replacement.shape)}"
                )
            # A copy: what follows may work in place, and must not change the caller's tensor.
            return with_leading(output, replacement.to(own.dtype, copy=True))

        return hook

    handles = [
        layer(network, name).register_forward_hook(put(name, replacement))
        for name, replacement in replacements.items()
    ]
    try:
        return network(inputs)
    finally:
        for handle in handles:
            handle.remove()
