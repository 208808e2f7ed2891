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
from sametask.verdict.task.simple_maps import SIMPLE, Fit, Span, in_span, span

# Numbers of shared samples that are tried, besides all fit samples.
NUMBERS = (10, 20, 30, 50, 100, 300, 1000, 3000, 10_000)


@dataclass(frozen=True)
class Choices:
    """Random choices of shared samples, for each of the ``numbers`` of samples.

    ``rows`` has the fit rows (c, r) of the choices of each number. Where samples are sequences,
    whole sequences are chosen, with all their fit rows; choices with other numbers of rows then are
    tensors of their own.
    """

    numbers: tuple[int, ...]
    rows: tuple[tuple[Tensor, ...], ...]


def _alike(rows: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return choices (r,) of rows as tensors (c, r), one for each r."""
    lengths = sorted({len(chosen) for chosen in rows})
    return tuple(
        torch.stack([chosen for chosen in rows if len(chosen) == length]) for length in lengths
    )


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
        chosen = [torch.from_numpy(draw.permutation(samples)[:number]) for _ in range(choices)]
        drawn.append(_alike([torch.isin(place, found).nonzero()[:, 0] for found in chosen]))
    return Choices((*numbers, samples), (*drawn, (torch.arange(rows)[None],)))


@dataclass(frozen=True)
class Curve:
    """Stitched networks of one source, map and target, for growing numbers of shared samples.

    For each of the ``numbers``, with c choices: the ``errors`` (c, n) of the outputs at n held-out
    samples, and the ``fidelity`` (c,), see ``Fidelity.agreement``.
    """

    numbers: tuple[int, ...]
    errors: tuple[Tensor, ...]
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

    @torch.no_grad()
    def _curve(self, source: Seen, fit: Fit) -> Curve:
        wanted, fidelity = span(self.target.whole), Fidelity.of(self.target)
        errors, agreement = [], []
        for choices in self.choices.rows:
            mapped = (self._mapped(source, wanted, rows, fit) for rows in choices)
            outputs = torch.cat([self.target.back(ways) for ways in mapped])
            answers = fidelity.answers(outputs)
            errors.append(fidelity.errors(answers))
            agreement.append(fidelity.agreement(answers))
        return Curve(self.choices.numbers, tuple(errors), tuple(agreement))

    def _mapped(self, source: Seen, target: Span, rows: Tensor, fit: Fit) -> Tensor:
        """Return the held-out samples (c, n R, t) mapped in as many ways as there are choices."""
        matrix, offset = fit(source.fit[rows], target.rows[rows])
        return source.test @ (matrix @ target.basis) + (offset @ target.basis)[:, None]
