"""The task share: where a source lies between the floors and the ceiling of a target.

For n shared samples, p is the median fidelity from the source, f the largest one of the floors (raw
input, untrained network), and c that of the ceiling. Two figures say how far the source reaches:

- over all numbers: Σ (p − f) / Σ (c − f). Numbers at which floors and ceiling differ most weigh
  most; where a map can learn the task by itself they do not differ, and the number weighs nothing;
- at the best number: (p − f) / (c − f) where its lower end is largest. A layer that holds a task in
  another form than the target needs more shared samples than the target itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.verdict.task.curves import Curve
from sametask.verdict.task.fidelity import Fidelity

# A floor that is closer to the ceiling than this leaves no scale to place a source on.
SCALE = 0.05


@dataclass(frozen=True)
class Share:
    """A task share with the ends of its bootstrap interval."""

    low: float
    estimate: float
    high: float

    @property
    def plain(self) -> list[float]:
        """The share as in ``verdict.json``: ``[low, estimate, high]``."""
        return [self.low, self.estimate, self.high]


@dataclass(frozen=True)
class Shares:
    """Both task shares of a source; ``scale`` is the largest c − f.

    ``number`` is the number of shared samples of the ``best`` share. Without a scale, c − f counts
    as ``SCALE``, and only a source that is clearly worse than its floors tells something.
    """

    over_all: Share
    best: Share
    number: int
    scale: float

    @property
    def tells(self) -> bool:
        """Whether the shares say that the source holds the task, or that it does not."""
        return self.scale >= SCALE or self.over_all.high < -1


def medians(curve: Curve, fidelity: Fidelity, counts: Tensor) -> Tensor:
    """Return the median fidelity (k, s) at each number of shared samples, over resamples (s, n)."""
    return torch.stack(
        [fidelity.measure(part, counts).quantile(0.5, dim=0) for part in curve.compared]
    )


def _share(gained: Tensor, length: Tensor, confidence: float) -> Share:
    """Return gained / length of the samples themselves, first, and of their resamples (1 + s,)."""
    resampled = gained[1:] / length[1:]
    tail = (1 - confidence) / 2
    low, high = torch.quantile(resampled, resampled.new_tensor([tail, 1 - tail])).tolist()
    return Share(low, float(gained[0] / length[0]), high)


def task_shares(
    numbers: Sequence[int], source: Tensor, floors: Sequence[Tensor], ceiling: Tensor, level: float
) -> Shares:
    """Return the task shares of a source from the ``medians`` (k, 1 + s) of all curves.

    The first column is of the held-out samples themselves, the others of resamples, the same for
    all curves, so that differences are paired. ``level`` is the coverage of the intervals.
    """
    floor = torch.stack(list(floors)).amax(dim=0)
    length, gained = (ceiling - floor).clamp_min(0), source - floor
    scale = float(length[:, 0].max())
    wide = (length[:, 0] >= SCALE).nonzero()[:, 0].tolist() or list(range(len(numbers)))
    length = length.clamp_min(SCALE)
    at = {place: _share(gained[place], length[place], level) for place in wide}
    best = max(at, key=lambda place: at[place].low)
    over_all = _share(gained[wide].sum(dim=0), length[wide].sum(dim=0), level)
    return Shares(over_all, at[best], numbers[best], scale)
