"""The task share: where a source lies between the floors and the ceiling of a target.

For n shared samples, p is the median R² of the target's outputs from the source, f the largest one
of the floors (raw input, untrained network), and c that of the ceiling. The share is
Σ (p − f) / Σ (c − f) over all n: 0 for a source that is no better than the raw input or an
untrained network, 1 for one that is as good as the ceiling. Numbers at which floors and ceiling
differ most weigh most; where a map can learn the task by itself they do not differ, and the number
weighs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.verdict.task.curves import Curve
from sametask.verdict.task.fidelity import Fidelity

# A floor that is closer to the ceiling than this leaves no scale to place a source on.
SCALE = 0.03
# A floor that explains this much from the fewest shared samples gives the answers away: what the
# target does is no task on these inputs.
GIVEN_AWAY = 0.99


@dataclass(frozen=True)
class Share:
    """A task share with its bootstrap interval, and its ``scale``: the largest c − f.

    ``given_away`` is whether a floor gives the target's answers from the fewest shared samples.
    Without a scale, c − f counts as ``SCALE``, and only a source that is clearly worse than its
    floors tells something.
    """

    low: float
    estimate: float
    high: float
    scale: float
    given_away: bool

    @property
    def tells(self) -> bool:
        """Whether the share says that the source holds the task, or that it does not."""
        return not self.given_away and (self.scale >= SCALE or self.high < -1)

    @property
    def plain(self) -> list[float]:
        """The share as in ``verdict.json``: ``[low, estimate, high]``."""
        return [self.low, self.estimate, self.high]


def medians(curve: Curve, fidelity: Fidelity, counts: Tensor) -> Tensor:
    """Return the median R² (k, s) at each number of shared samples, over resamples (s, n)."""
    reached = fidelity.r2(torch.cat(curve.errors), counts)
    choices = [len(errors) for errors in curve.errors]
    return torch.stack([of_number.quantile(0.5, dim=0) for of_number in reached.split(choices)])


def task_share(
    source: Tensor, floors: Sequence[Tensor], ceiling: Tensor, confidence: float
) -> Share:
    """Return the task share of a source from the ``medians`` (k, 1 + s) of all curves.

    The first column is of the held-out samples themselves, the others of resamples, the same for
    all curves, so that differences are paired. ``confidence`` is the coverage of the interval.
    """
    floor = torch.stack(list(floors)).amax(dim=0)
    length, gained = (ceiling - floor).clamp_min(0), source - floor
    scale = float(length[:, 0].max())
    wide = length[:, 0] >= SCALE
    wide = wide if wide.any() else torch.ones_like(wide)
    share = gained[wide].sum(dim=0) / length[wide].clamp_min(SCALE).sum(dim=0)
    tail = (1 - confidence) / 2
    low, high = torch.quantile(share[1:], share.new_tensor([tail, 1 - tail])).tolist()
    return Share(low, float(share[0]), high, scale, bool(floor[0, 0] >= GIVEN_AWAY))
