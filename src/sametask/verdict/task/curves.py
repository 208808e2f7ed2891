"""Fidelity of a stitched network against the number of shared samples that its map is fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sametask.base.randomness import generator
from sametask.statistics.centred import Centred
from sametask.statistics.folds import places
from sametask.verdict.task.fidelity import Fidelity
from sametask.verdict.task.learner import Learner, Seen
from sametask.verdict.task.simple_maps import SIMPLE, Span, in_span, span

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

    def of_samples(self, groups: Tensor) -> Choices:
        """Return the same choices as rows (c, s) of whole samples, numbered in their order."""
        _, place = groups.unique(return_inverse=True)
        chosen = ((place[rows].unique() for of in number for rows in of) for number in self.rows)
        return Choices(self.numbers, tuple(_alike(list(found)) for found in chosen))


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
    """A target that simple maps lead to, and from where its network answers.

    ``wanted`` are its rows that maps are fitted to.
    """

    target: Learner
    wanted: Span
    fidelity: Fidelity

    @classmethod
    def of(cls, target: Learner) -> Towards:
        """Prepare a target for maps from any source."""
        return cls(target, span(target.whole), Fidelity.of(target))

    def answers(self, source: Tensor, matrix: Tensor, offset: Tensor) -> Tensor:
        """Return the answers (c, n, o) from held-out rows (n R, m), mapped in c ways x M + b.

        Rows are centred before they are taken to the precision of the target: nothing is lost of
        a layer whose mean is large.
        """
        basis, precision = self.wanted.basis, self.target.precision
        mean = source.mean(dim=0)
        at_mean = (mean @ matrix + offset) @ basis
        mapped = (source - mean).to(precision) @ (matrix @ basis).to(precision)
        mapped += at_mean.to(precision)[:, None]
        return self.fidelity.answers(self.target.back(mapped))

    def compared(self, answers: Tensor) -> tuple[Tensor, Tensor]:
        """Return the errors (c, n) and the fidelity (c,) of answers (c, n, o)."""
        return self.fidelity.errors(answers), self.fidelity.agreement(answers)


@torch.no_grad()
def curves(
    starts: Mapping[str, Seen], targets: Mapping[str, Towards], choices: Choices
) -> dict[str, dict[str, Curve]]:
    """Return the curves ``{map: {start: curve}}`` of every simple map from starts to targets.

    The name of a map begins with that of its target.
    """
    reduced = {start: in_span(seen) for start, seen in starts.items()}
    measured: dict[str, dict[str, list[tuple[Tensor, Tensor]]]] = {}
    for chosen in choices.rows:
        drawn = [(rows, _wanted(targets, rows)) for rows in chosen]
        for start, seen in reduced.items():
            for name, found in _measured(seen, targets, drawn).items():
                measured.setdefault(name, {}).setdefault(start, []).append(found)
    return {
        name: {
            start: Curve(choices.numbers, *zip(*found, strict=True))
            for start, found in by_start.items()
        }
        for name, by_start in measured.items()
    }


def _wanted(targets: Mapping[str, Towards], rows: Tensor) -> dict[str, Centred]:
    """Return the chosen rows (c, r) of every target, centred."""
    return {name: Centred.of(towards.wanted.rows[rows]) for name, towards in targets.items()}


def _measured(
    source: Seen,
    targets: Mapping[str, Towards],
    drawn: Sequence[tuple[Tensor, Mapping[str, Centred]]],
) -> dict[str, tuple[Tensor, Tensor]]:
    """Return errors (c, n) and fidelity (c,) by map, for all choices of one number of samples.

    ``drawn`` are chosen rows, with those of the targets.
    """
    answers: dict[tuple[str, str], list[Tensor]] = {}
    for rows, wanted in drawn:
        given = Centred.of(source.fit[rows])
        fits = {name: prepare(given) for name, prepare in SIMPLE.items()}
        for target, ends in wanted.items():
            cross = given.cross(ends)
            for name, fit in fits.items():
                matrix = fit(ends, cross)
                mapped = targets[target].answers(source.test, matrix, given.offset(matrix, ends))
                answers.setdefault((target, name), []).append(mapped)
    return {
        target + name: targets[target].compared(torch.cat(mapped))
        for (target, name), mapped in answers.items()
    }
