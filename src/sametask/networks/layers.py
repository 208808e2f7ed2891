"""The layers of a network: their names and outputs, and all places that can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.networks.calls import forward, layers_of, watching
from sametask.networks.given import Given, repeated
from sametask.networks.outputs import Path, leading_tensor, with_tensor
from sametask.networks.places import Place, find_place, place_name, visiting
from sametask.networks.precision import floating_tensor
from sametask.networks.tracing import Trace

# Inputs in two passes: the axis of an output whose size follows them is the batch.
FEW, MORE = 2, 3
# Modules whose inputs are suggested.
LINEAR = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True)
class LayerInfo:
    """A place that can be measured: its name, the class of its layer, its shape without the batch.

    ``replaceable``: the network's answer depends on it. ``suggestion``: why this place is a good
    one to measure; empty but for one place.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    replaceable: bool
    suggestion: str = ""

    @property
    def neurons(self) -> int:
        """The number of neurons: the product of the axes."""
        return int(torch.Size(self.shape).numel())


def all_outputs(network: nn.Module, given: Given) -> list[tuple[str, nn.Module, Tensor]]:
    """Return every call of a layer with an output of real numbers, in the order in which they run.

    Each call has its name, its module, and its output in one forward pass without gradients.
    """
    calls: list[tuple[nn.Module, int, Tensor]] = []
    layers = layers_of(network)

    def note(module: nn.Module, number: int, output: object, takes_in: bool) -> None:
        if takes_in:
            return
        with suppress(NetworkError):
            calls.append((module, number, leading_tensor(layers[module], output).clone()))

    with torch.no_grad(), watching(layers, note) as runs:
        forward(network, given)
    return [
        (place_name(layers[module], number, runs[module]), module, output)
        for module, number, output in calls
    ]


def zeros_for(network: nn.Module, shape: Sequence[int]) -> Tensor:
    """Return one input of zeros (1, …) of a shape without batch, in a network's precision."""
    like = floating_tensor(network)
    dtype = torch.get_default_dtype() if like is None else like.dtype
    return torch.zeros(1, *shape, dtype=dtype)


def list_layers(network: nn.Module, given: Given) -> list[LayerInfo]:
    """Return every place that can be measured, in the order in which a pass comes to them.

    These are what layers put out, in all parts; and what they take in, if it is neither what
    another layer puts out nor what the network is given. Two passes of the first input find them:
    one of two copies, which keeps all activations, and one of three. Raises ``NetworkError`` if the
    network does not accept the input, or has no such place.
    """
    few = repeated(given, FEW)
    trace = Trace.of(network, few)
    more = Trace.of(network, repeated(given, MORE))
    larger = {more.name(index): node.shape for index, node in enumerate(more.nodes)}
    needed = trace.needed()
    suggested, why = _suggestion(trace, needed)
    listed = []
    for index, node in enumerate(trace.nodes):
        name, kind = trace.name(index), type(node.module).__name__
        shape = _without_batch(node.shape, larger.get(name, ()))
        if shape is not None:
            used = not node.fixed and (index in needed or _changes_answer(network, name, few))
            listed.append(LayerInfo(name, kind, shape, used, why if index == suggested else ""))
    if not listed:
        raise NetworkError(
            "has no layer that can be measured: no module in it puts out a tensor with the batch "
            "as an axis"
        )
    return listed


def _without_batch(shape: tuple[int, ...], larger: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return a shape for two inputs without the axis that is longer for three.

    ``None`` if there is no such axis, and if there are no neurons at all.
    """
    sizes = list(zip(shape, larger, strict=False))
    if (FEW, MORE) not in sizes or 0 in shape:
        return None
    batch = sizes.index((FEW, MORE))
    return shape[:batch] + shape[batch + 1 :]


@torch.no_grad()
def _changes_answer(network: nn.Module, name: str, given: Given) -> bool:
    """Return whether noise at a place changes the answer.

    Autograd does not see what a network computes without gradients, as a frozen front.
    """
    noise = torch.Generator().manual_seed(0)

    def put(place: Place, value: Any, path: Path) -> object:
        own = place.tensor(value, path)
        drawn = torch.randn(own.shape, generator=noise).to(own)
        return with_tensor(name, value, path, own + own.abs().amax().clamp_min(1) * drawn)

    before = forward(network, given)
    with visiting([find_place(network, name)], put):
        after = forward(network, given)
    return isinstance(before, Tensor) and not (
        isinstance(after, Tensor) and torch.equal(before, after)
    )


def _suggestion(trace: Trace, needed: set[int]) -> tuple[int | None, str]:
    """Return the index of the place to measure first, and why; ``None`` if there is none.

    It is the last hidden layer: what the last linear layer takes in, if the answer depends on the
    inputs through it alone. If there is no such layer, as in a network that ends with its last
    hidden layer, it is the last such place that is not the answer itself.
    """
    backwards = [index for index in sorted(needed, reverse=True) if index >= 0]
    for index in backwards:
        node = trace.nodes[index]
        taken = trace.taken.get((node.module, node.number), -1)
        if isinstance(node.module, LINEAR) and taken in needed and trace.is_only_way(taken):
            layer = trace.layers[node.module]
            return (
                taken,
                f"what {layer} takes in, the last linear layer all goes through",
            )
    answer = trace.handed_on(trace.answer)
    for index in backwards:
        if index not in answer and trace.is_only_way(index):
            return index, "the last place through which everything goes to the answer"
    return None, ""
