"""Run a network with the outputs of named layers replaced."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from sametask.errors import NetworkError
from sametask.networks.calls import find_calls, forward, require_runs, watching
from sametask.networks.outputs import leading_tensor, with_leading


def run_with_replaced(
    network: nn.Module, replacements: Mapping[str, Tensor], inputs: Tensor
) -> Tensor:
    """Return the network's output for inputs (n, …) with the named layers' outputs replaced.

    Everything behind a replaced layer sees the replacement, which has the layer's own axes; what
    bypasses the layers sees ``inputs``. Of a layer that runs several times only the named call,
    such as ``act#2``, is replaced; of a tuple, the ``leading_tensor``. Gradients flow through the
    replacements. Raises ``NetworkError`` for a replacement of another shape, and for a layer that
    does not run or runs more than once and is named without the number of a call.
    """
    calls = find_calls(network, replacements)
    names = {call.place: call.name for call in calls}

    def put(module: nn.Module, number: int, output: object) -> object:
        name = names.get((module, number))
        if name is None:
            return None
        own, replacement = leading_tensor(name, output), replacements[name]
        if own.shape != replacement.shape:
            raise NetworkError(
                f"layer {name!r} puts out {tuple(own.shape)}, its replacement has "
                f"{tuple(replacement.shape)}"
            )
        # A copy: what follows may work in place, and must not change the caller's tensor.
        return with_leading(output, replacement.to(own.dtype, copy=True))

    with watching((call.module for call in calls), put) as runs:
        answer = forward(network, inputs)
    require_runs(calls, runs)
    return answer
