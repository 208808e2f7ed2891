"""Refuse a network whose answer to an input depends on anything but that input."""

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
from sametask.networks.given import Given, count, rows, tensors
from sametask.networks.layers import all_outputs

# Largest number of inputs of a large pass, and of numbers in them: fewer inputs if they are
# pictures.
MANY, NUMBERS = 256, 2**16
# Passes of a network that draws random numbers: a rare dropout may not show in the first.
DRAWS = 20

# The relative precision of float64.
EXACT = torch.finfo(torch.float64).eps

NOISE = "two passes over the same inputs differ: dropout or noise that is active in evaluation?"
STATE = "what it puts out depends on earlier passes: a state, a counter or noise of its own?"
NEIGHBOURS = (
    "what it puts out for an input depends on the other inputs of its batch, or on its place "
    "among them: batch statistics?"
)


@dataclass(frozen=True)
class Trial:
    """A network on trial: its measured layers, a few inputs (n, …), and the size of a batch.

    ``tolerance`` is the largest round-off, relative to the largest number in the output of a layer:
    the square root of the precision of the coarsest numbers in a pass.
    """

    network: nn.Module
    layers: Sequence[str]
    inputs: Given
    batch: int
    tolerance: float

    @classmethod
    def of(cls, network: nn.Module, layers: Sequence[str], inputs: Given, batch: int) -> Trial:
        """Run a pass to find the precision of the network's numbers."""
        kinds = [output.dtype for _, _, output in all_outputs(network, inputs)]
        coarsest = max([torch.finfo(kind).eps for kind in kinds], default=0.0)
        return cls(network, layers, inputs, batch, max(coarsest, EXACT) ** 0.5)

    @property
    def count(self) -> int:
        """The number of inputs."""
        return count(self.inputs)

    @property
    def others(self) -> Given:
        """Another batch of the same shape: copies of the last input."""
        return self.of_inputs([self.count - 1] * self.count)

    def of_inputs(self, index: Sequence[int]) -> Given:
        """Return the inputs of these numbers."""
        return rows(self.inputs, index)

    def run(self, inputs: Given) -> Pass:
        """Run a whole pass; refuse an answer that cannot be measured."""
        run = observe(self.network, self.layers, inputs)
        require_answer(run.answer, count(inputs))
        return run

    def unlike(self, first: Tensor, second: Tensor) -> bool:
        """Return whether two outputs differ by more than round-off."""
        if first.shape != second.shape:
            return True
        if not first.numel():
            return False
        first, second = (torch.nan_to_num(values.double()) for values in (first, second))
        return bool(((first - second).abs() > self.tolerance * first.abs().max()).any())

    def first_unlike(self, first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> str | None:
        """Return the name of the first output that differs, or ``None``."""
        common = (name for name in first if name in second)
        names = (name for name in common if self.unlike(first[name], second[name]))
        return next(names, None)


def _all_of(run: Pass) -> dict[str, Tensor]:
    return {**run.outputs, "": run.answer}


def _generators() -> tuple:
    """Return the states of the random generators that a network may draw from."""
    numpy = str(np.random.get_state())  # noqa: NPY002 (networks may draw from the global one)
    return torch.get_rng_state().numpy().tobytes(), numpy, random.getstate()


def _rows(output: Tensor, other: Tensor, index: Sequence[int]) -> Tensor:
    """Return the inputs ``index`` of an output; in its batch axis ``other`` has another size."""
    pairs = zip(output.shape, other.shape, strict=False)
    axis = next((place for place, (size, other_size) in enumerate(pairs) if size != other_size), 0)
    fits = output.ndim and output.shape[axis] > max(index)
    return output.index_select(axis, torch.tensor(index)) if fits else output


def _refuse(trial: Trial, seen: str, why: str, index: Sequence[int]) -> None:
    """Raise ``NetworkError`` that names the first layer whose output differs.

    Two further passes find it: over all inputs, and, after a pass over other inputs, over the
    inputs ``index``.
    """
    whole, _, some = (
        {name: output for name, _, output in all_outputs(trial.network, inputs)}
        for inputs in (trial.inputs, trial.others, trial.of_inputs(index))
    )
    same = {name: _rows(whole[name], some[name], index) for name in whole if name in some}
    name = trial.first_unlike(same, some) or seen
    mode = any(module.training for module in trial.network.modules())
    raise NetworkError(
        f"{f'layer {name!r}' if name else 'its answer'}: {why}"
        f"{' It runs in training mode.' if mode else ''}"
    )


def _require_alike(trial: Trial, first: Pass, second: Pass, why: str) -> None:
    require_same_runs(first.runs, second.runs)
    seen = trial.first_unlike(_all_of(first), _all_of(second))
    if seen is not None:
        _refuse(trial, seen, why, range(trial.count))


def _many(trial: Trial) -> list[int]:
    """Return the numbers of the inputs of a larger pass, in which each is repeated."""
    numbers = sum(tensor[0].numel() for tensor in tensors(trial.inputs).values())
    most = min(MANY, trial.batch, NUMBERS // max(1, numbers))
    return [place % trial.count for place in range(max(trial.count, most))]


def require_repeatable(trial: Trial, fresh: nn.Module | None = None) -> Pass:
    """Return a pass over the inputs; ``NetworkError`` if it depends on chance or earlier passes.

    ``fresh`` is a second build of the network without any earlier pass, if the builds are equal.
    """
    before = _generators()
    first = trial.run(trial.inputs)
    draws = _generators() != before
    _require_alike(trial, first, trial.run(trial.inputs), NOISE if draws else STATE)
    if draws:
        many = trial.of_inputs(_many(trial))
        repeated = trial.run(many)
        for _ in range(DRAWS):
            _require_alike(trial, repeated, trial.run(many), NOISE)
    other = trial.run(trial.others)
    _require_alike(trial, first, trial.run(trial.inputs), STATE)
    if fresh is not None:
        _require_alike(trial, observe(fresh, trial.layers, trial.others), other, STATE)
    return first


def require_alone(trial: Trial, layout: Layout, first: Pass) -> None:
    """Refuse a network whose answer to an input depends on the other inputs of the batch.

    ``first`` is a pass over the inputs of the trial. Inputs are tried alone, in another order, and
    in a larger batch. Raises ``NetworkError`` with the layer.
    """
    axes = dict.fromkeys(trial.layers, layout.axes.index(BATCH) if layout.axes else 0) | {"": 0}
    everything = list(range(trial.count))
    parts = everything[: trial.count // 2 + 1], everything[::-1], _many(trial)
    for index in (*parts, *([place] for place in everything)):
        run = trial.run(trial.of_inputs(index))
        require_same_runs(first.runs, run.runs)
        numbers = torch.tensor(index)
        expected = {
            name: output.index_select(axes[name], numbers)
            for name, output in _all_of(first).items()
        }
        seen = trial.first_unlike(expected, _all_of(run))
        if seen is not None:
            _refuse(trial, seen, NEIGHBOURS, index)
