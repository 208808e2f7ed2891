"""One forward pass in which every place is a node of a graph: which places does the answer need?

The tensor of each place is replaced by itself plus a zero that needs a gradient, so that the graph
of autograd has a node for it. Walking the graph from the answer back tells what was computed from
what; no gradient is computed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.networks.calls import forward, layers_of, watching
from sametask.networks.given import Given
from sametask.networks.outputs import (
    Path,
    input_path,
    leading_path,
    not_real,
    part_of,
    real_paths,
    with_tensor,
)
from sametask.networks.places import INPUT, place_name


@dataclass(frozen=True)
class Node:
    """A place that a pass came to: call ``number`` of a module, and the parts of its name.

    ``node`` is that of autograd. ``same`` is the index of the place whose tensor was handed on as
    it is, such as the last module of a block. ``fixed`` places cannot be replaced, whatever depends
    on them: no tensor can be put into what their module puts out.
    """

    module: nn.Module
    number: int
    path: Path
    shape: tuple[int, ...]
    node: Any
    same: int | None
    fixed: bool


@dataclass
class Trace:
    """All places of a pass in the order in which it came to them, and what it was given.

    ``taken`` has for each call of a module the index of the place that it takes in, if any.
    ``answer`` is the index of the place that the network puts out as it is, if it is a place.
    """

    network: nn.Module
    layers: dict[nn.Module, str]
    nodes: list[Node] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    taken: dict[tuple[nn.Module, int], int] = field(default_factory=dict)
    runs: Counter[nn.Module] = field(default_factory=Counter)
    answer: int | None = None
    end: Any = None
    # Every tensor that was handed on, by its id, with the index of its place; −1 for what the
    # network was given. The tensors stay alive, so that ids stay theirs.
    _known: dict[int, tuple[Tensor, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, network: nn.Module, given: Given) -> Trace:
        """Run the pass; raises ``NetworkError`` if the network does not accept the inputs."""
        trace = cls(network, layers_of(network))
        with torch.enable_grad(), watching([network, *trace.layers], trace._note) as runs:
            answer = forward(network, given)
        trace.runs = runs
        trace.end = answer.grad_fn if isinstance(answer, Tensor) else None
        return trace

    def name(self, index: int) -> str:
        """Return the name of a place."""
        node = self.nodes[index]
        runs = self.runs[node.module]
        return place_name(self.layers[node.module], node.number, runs, node.path)

    def needed(self, through: int | None = None) -> set[int]:
        """Return the places that the answer was computed from, −1 for what the network was given.

        With ``through``, only those that the answer needs on ways that do not go through a place.
        """
        index = {node.node: place for place, node in enumerate(self.nodes)}
        index |= dict.fromkeys(self.given, -1)
        stop = None if through is None else self.nodes[through].node
        waiting, seen = [self.end], {None, stop}
        while waiting:
            function = waiting.pop()
            if function not in seen:
                seen.add(function)
                waiting.extend(before for before, _ in function.next_functions)
        reached = (seen - {None}) & index.keys()
        return {index[function] for function in reached} - {through}

    def is_only_way(self, through: int) -> bool:
        """Return whether a place is not given, and nothing before it reaches the answer past it."""
        return through >= 0 and all(place > through for place in self.needed(through))

    def handed_on(self, index: int | None) -> set[int]:
        """Return the places that hold the same tensor as a place, itself and those before it."""
        found = set()
        while index is not None and index >= 0:
            found.add(index)
            index = self.nodes[index].same
        return found

    def _note(self, module: nn.Module, number: int, value: Any, takes_in: bool) -> Any:
        if module is self.network:
            return self._begin(value) if takes_in else self._finish(value)
        if takes_in:
            return self._take_in(module, number, value)
        leading = leading_path(value)
        for path in list(real_paths(value)):
            value = self._add(module, number, value, path, () if path == leading else path)
        return value

    def _begin(self, value: Any) -> Any:
        for path in list(real_paths(value)):
            tensor, node = _with_node(part_of(value, path))
            self.given.append(node)
            self._known[id(tensor)] = tensor, -1
            value = with_tensor("", value, path, tensor)
        return value

    def _finish(self, value: Any) -> None:
        path = leading_path(value)
        tensor = None if path is None else part_of(value, path)
        self.answer = self._known.get(id(tensor), (None, None))[1]

    def _take_in(self, module: nn.Module, number: int, value: Any) -> Any:
        path = input_path(value)
        tensor = None if path is None else part_of(value, path)
        if tensor is None or path is None or not_real(tensor) or not tensor.ndim:
            return None
        if id(tensor) in self._known:  # it has a name already
            self.taken[module, number] = self._known[id(tensor)][1]
            return None
        self.taken[module, number] = len(self.nodes)
        return self._add(module, number, value, path, (INPUT,))

    def _add(self, module: nn.Module, number: int, value: Any, path: Path, shown: Path) -> Any:
        original: Tensor = part_of(value, path)
        tensor, node = _with_node(original)
        same = self._known.get(id(original), (None, None))[1]
        try:
            value, fixed = with_tensor("", value, path, tensor), False
        except NetworkError:
            tensor, fixed = original, True
        self._known[id(tensor)] = tensor, len(self.nodes)
        shape = tuple(original.shape)
        self.nodes.append(Node(module, number, shown, shape, node, same, fixed))
        return value


def _with_node(tensor: Tensor) -> tuple[Tensor, Any]:
    """Return a copy of a tensor, and the node of autograd's graph through which it goes.

    What changes the copy in place does not change the node. In inference mode there is no node.
    """
    with torch.enable_grad():  # a network may run a part of itself without gradients
        marked = tensor + torch.zeros((), requires_grad=True)
        return marked.clone(), marked.grad_fn
