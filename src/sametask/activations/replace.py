"""Run a network with the outputs of named layers replaced."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from sametask.networks.layers import layer


def run_with_replaced(
    network: nn.Module, replacements: Mapping[str, Tensor], inputs: Tensor
) -> Tensor:
    """Return the network's output for inputs (n, …) with the named layers' outputs replaced.

    Everything behind a replaced layer sees the replacement (n, …); what bypasses the layers
    sees ``inputs``. Gradients flow through the replacements.
    """

    def put(replacement: Tensor):
        return lambda module, _, output: replacement.to(output.dtype)

    handles = [
        layer(network, name).register_forward_hook(put(replacement))
        for name, replacement in replacements.items()
    ]
    try:
        return network(inputs)
    finally:
        for handle in handles:
            handle.remove()
