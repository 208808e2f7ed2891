"""Refuse a network whose passes are not a function of each of their inputs alone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from sametask.activations.axes import BATCH
from sametask.activations.hooks import Pass, observe
from sametask.activations.layout import Layout
from sametask.activations.values import require_answer
from sametask.base.errors import NetworkError
from sametask.networks.calls import require_same_runs
from sametask.networks.layers import all_outputs

# Inputs of a larger pass, and numbers in them at most: of a picture fewer inputs are enough.
MANY, NUMBERS = 256, 2**16
# Passes of a network that draws random numbers, where a rare dropout may not show in the first.
DRAWS = 20

# The precision of numbers of double precision.
EXACT = torch.finfo(torch.float64).eps

NOISE = "two passes over the same inputs differ: dropout or noise that is active in evaluation?"
STATE = "what it puts out depends on earlier passes: a state, a counter or noise of its own?"
NEIGHBOURS = (
    "what it puts out for an input depends on the other inputs of its batch, or on its place "
    "among them: batch statistics?"
)


@dataclass(frozen=True)
class Trial:
    """A network on trial: its measured layers, a few inputs (n, …), and how many pass at once.

    ``tolerance`` is what round-off may change, relative to the largest number that a layer puts
    out: the root of the precision of the coarsest numbers in a pass.
    """

    network: nn.Module
    layers: Sequence[str]
    inputs: Tensor
    batch: int
    tolerance: float

    @classmethod
    def of(cls, network: nn.Module, layers: Sequence[str], inputs: Tensor, batch: int) -> Trial:
        """Find the precision of the network's numbers by a pass."""
        kinds = [output.dtype for _, _, output in all_outputs(network, inputs)]
        coarsest = max([torch.finfo(kind).eps for kind in kinds], default=0.0)
        return cls(network, layers, inputs, batch, max(coarsest, EXACT) ** 0.5)

    @property
    def others(self) -> Tensor:
        """Another batch of the same shape: the last of the inputs in the place of all."""
        return self.inputs[-1:].expand_as(self.inputs)

    def run(self, inputs: Tensor) -> Pass:
        """Run a whole pass, and refuse an answer that cannot be measured."""
        found = observe(self.network, self.layers, inputs)
        require_answer(found.answer, len(inputs))
        return found

    def unlike(self, one: Tensor, other: Tensor) -> bool:
        """Return whether two outputs differ by more than round-off."""
        if one.shape != other.shape:
            return True
        if not one.numel():
            return False
        one, other = (torch.nan_to_num(values.double()) for values in (one, other))
        return bool(((one - other).abs() > self.tolerance * one.abs().max()).any())

    def seen_in(self, one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> str | None:
        """Return the name of the first of some outputs that differs."""
        names = (name for name in one if name in other and self.unlike(one[name], other[name]))
        return next(names, None)


def _all_of(found: Pass) -> dict[str, Tensor]:
    return {**found.outputs, "": found.answer}


def _generators() -> tuple:
    """Return the states of the random generators that a network may draw from."""
    numpy = str(np.random.get_state())  # noqa: NPY002 (networks may draw from the global one)
    return torch.get_rng_state().numpy().tobytes(), numpy, random.getstate()


def _rows(output: Tensor, other: Tensor, index: Sequence[int]) -> Tensor:
    """Return the inputs ``index`` of an output, whose batch axis is where ``other`` differs."""
    pairs = zip(output.shape, other.shape, strict=False)
    axis = next((place for place, (one, two) in enumerate(pairs) if one != two), 0)
    fits = output.ndim and output.shape[axis] > max(index)
    return output.index_select(axis, torch.tensor(index)) if fits else output


def _refuse(trial: Trial, seen: str, why: str, index: Sequence[int]) -> None:
    """Raise ``NetworkError`` that names the first layer in which other passes differ as well.

    Those are one over all inputs, and, with one over other inputs between, one over some of them.
    """
    one, _, other = (
        {name: output for name, _, output in all_outputs(trial.network, inputs)}
        for inputs in (trial.inputs, trial.others, trial.inputs[list(index)])
    )
    same = {name: _rows(one[name], other[name], index) for name in one if name in other}
    name = trial.seen_in(same, other) or seen
    mode = any(module.training for module in trial.network.modules())
    raise NetworkError(
        f"{f'layer {name!r}' if name else 'its answer'}: {why}"
        f"{' It runs in training mode.' if mode else ''}"
    )


def _require_alike(trial: Trial, one: Pass, other: Pass, why: str) -> None:
    require_same_runs(one.runs, other.runs)
    seen = trial.seen_in(_all_of(one), _all_of(other))
    if seen is not None:
        _refuse(trial, seen, why, range(len(trial.inputs)))


def _many(trial: Trial) -> list[int]:
    """Return numbers of the inputs, each several times, that make a larger pass."""
    count = len(trial.inputs)
    most = min(MANY, trial.batch, NUMBERS // max(1, trial.inputs[0].numel()))
    return [place % count for place in range(max(count, most))]


def require_repeatable(trial: Trial, anew: nn.Module | None = None) -> Pass:
    """Return a pass over the inputs; ``NetworkError`` if it depends on chance or earlier passes.

    ``anew`` is the same network without any earlier pass, where there is one.
    """
    before = _generators()
    first = trial.run(trial.inputs)
    draws = _generators() != before
    _require_alike(trial, first, trial.run(trial.inputs), NOISE if draws else STATE)
    if draws:
        many = trial.inputs[_many(trial)]
        found = trial.run(many)
        for _ in range(DRAWS):
            _require_alike(trial, found, trial.run(many), NOISE)
    other = trial.run(trial.others)
    _require_alike(trial, first, trial.run(trial.inputs), STATE)
    if anew is not None:
        _require_alike(trial, observe(anew, trial.layers, trial.others), other, STATE)
    return first


def require_alone(trial: Trial, layout: Layout, first: Pass) -> None:
    """Refuse a network that answers an input otherwise alone, in another order, or among more.

    ``first`` is a pass over the inputs of the trial. Raises ``NetworkError`` with the layer.
    """
    count = len(trial.inputs)
    axes = dict.fromkeys(trial.layers, layout.axes.index(BATCH) if layout.axes else 0) | {"": 0}
    everything = list(range(count))
    parts = everything[: count // 2 + 1], everything[::-1], _many(trial)
    for index in (*parts, *([place] for place in everything)):
        found = trial.run(trial.inputs[index])
        require_same_runs(first.runs, found.runs)
        rows = torch.tensor(index)
        expected = {
            name: output.index_select(axes[name], rows) for name, output in _all_of(first).items()
        }
        seen = trial.seen_in(expected, _all_of(found))
        if seen is not None:
            _refuse(trial, seen, NEIGHBOURS, index)
