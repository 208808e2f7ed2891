"""Fidelity of a stitched network against the number of shared samples that its map is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sametask.base.randomness import generator
from sametask.statistics.folds import places
from sametask.verdict.task.fidelity import Fidelity
from sametask.verdict.task.learner import Learner, Seen
from sametask.verdict.task.simple_maps import SIMPLE, Fit, in_span, span

# Numbers of shared samples that are tried, besides all fit samples.
NUMBERS = (10, 20, 30, 50, 100, 300, 1000, 3000, 10_000)


@dataclass(frozen=True)
class Choices:
    """Random choices of shared samples: for each of the ``numbers``, the ``rows`` of each choice.

    Where samples are sequences, whole sequences are chosen, with all their fit rows.
    """

    numbers: tuple[int, ...]
    rows: tuple[tuple[Tensor, ...], ...]


def draw_choices(rows: int, groups: Tensor | None, choices: int, seed: int) -> Choices:
    """Draw so many ``choices`` of every number of samples; all samples can be chosen in one way.

    ``groups`` (N,) is the sample of every fit row, see ``Learner``.
    """
    place = places(rows, groups)
    samples = int(place.max()) + 1
    numbers = tuple(number for number in NUMBERS if number < samples)
    drawn = []
    for number in numbers:
        draw = generator(seed, "shared samples", number)
        drawn.append(
            tuple(
                torch.isin(place, torch.from_numpy(draw.permutation(samples)[:number])).nonzero()[
                    :, 0
                ]
                for _ in range(choices)
            )
        )
    return Choices((*numbers, samples), (*drawn, (torch.arange(rows),)))


@dataclass(frozen=True)
class Curve:
    """Stitched networks of one source, map and target, for growing numbers of shared samples.

    ``compared`` has for every number what ``Fidelity.compare`` returns, (c, n) for c choices;
    ``fidelity`` (c,) is that of each choice.
    """

    numbers: tuple[int, ...]
    compared: tuple[Tensor, ...]
    fidelity: tuple[Tensor, ...]

    @property
    def median(self) -> np.ndarray:
        """The median fidelity of each number of shared samples."""
        return np.array([np.median(values) for values in self.fidelity])

    def needed(self, fidelity: float) -> int | None:
        """Return the smallest number of shared samples whose median reaches a fidelity."""
        reached = np.flatnonzero(self.median >= fidelity)
        return self.numbers[reached[0]] if len(reached) else None


@dataclass(frozen=True)
class Towards:
    """A target that simple maps lead to, by the back of its network."""

    target: Learner
    choices: Choices

    def curves(self, source: Seen) -> dict[str, Curve]:
        """Return the curve of every simple map from a source, fitted to the chosen samples."""
        reduced = in_span(source)
        return {name: self._curve(reduced, fit) for name, fit in SIMPLE.items()}

    def _curve(self, source: Seen, fit: Fit) -> Curve:
        wanted, fidelity = span(self.target.whole), Fidelity.of(self.target)
        once = torch.ones(1, len(fidelity.own), dtype=torch.float64)
        compared, measured = [], []
        for choices in self.choices.rows:
            mapped = [self._mapped(source, wanted.rows, rows, fit) for rows in choices]
            answers = self._answers(fidelity, [rows @ wanted.basis for rows in mapped])
            compared.append(answers)
            measured.append(fidelity.measure(answers, once)[:, 0])
        return Curve(self.choices.numbers, tuple(compared), tuple(measured))

    def _mapped(self, source: Seen, target: Tensor, rows: Tensor, fit: Fit) -> Tensor:
        matrix, offset = fit(source.fit[rows], target[rows])
        return source.test @ matrix + offset

    @torch.no_grad()
    def _answers(self, fidelity: Fidelity, mapped: Sequence[Tensor]) -> Tensor:
        """Return the answers (c, n) at the mapped samples (n R, t) of every choice."""
        return torch.stack([fidelity.compare(self.target.back(rows)) for rows in mapped])
