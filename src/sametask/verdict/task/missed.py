"""Outputs of a target that a source does not give, although it may reach the task share.

The share is over all outputs together, each with its variance: one of four outputs, or one whose
scale is small beside the others, changes it little.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.statistics.centred import Centred
from sametask.statistics.ridge import Ridge
from sametask.statistics.variance import Interval, explained
from sametask.verdict.task.answers import answered
from sametask.verdict.task.learner import Learner, Seen

# An output is missed if its R² is clearly below this fraction of what the ceiling reaches. Two
# classes that a source merges have R² of about one third.
HALF = 0.5
# Of more outputs than these, of pictures say, no single one is looked at.
MOST = 100
# Columns that vary less than this fraction of their values are constant.
ROUND_OFF = 1e-12


def _by_output(
    source: Seen, target: Seen, draws: Tensor, confidence: float
) -> list[Interval | None]:
    """Return the held-out R² of every column of a target by ridge regression on a source.

    Columns of the source have variance 1, and every column of the target its own ridge, so that
    small scales are not lost beside large ones. ``None`` for constant columns.
    """
    spread = source.fit.std(dim=0, correction=0)
    scale = torch.where(spread > ROUND_OFF * source.fit.abs().amax(dim=0), spread, 1.0)
    given = Centred.of(source.fit / scale)
    # Every column is a target of its own (o, n, 1), all of the same source.
    wanted = Centred.of(target.fit.mT[..., None])
    matrix = Ridge.of(given).fit(wanted, given.cross(wanted))
    predicted = source.test / scale @ matrix + given.offset(matrix, wanted)[..., None, :]
    actual = target.test.mT[..., None]
    return [explained(*pair, draws, confidence) for pair in zip(predicted, actual, strict=True)]


def missed(source: Learner, target: Learner, draws: Tensor, confidence: float) -> dict[int, float]:
    """Return the R² of those of a target's answers that the source's answers do not give.

    By output, or class; none if there are more than ``MOST``. ``draws`` (s, n) are resamples of the
    held-out samples. What the target's ``reference`` does not give either is not missed.
    """
    given, wanted = (answered(side.outputs, side.classifies) for side in (source, target))
    if wanted.fit.shape[1] > MOST:
        return {}
    found = _by_output(given, wanted, draws, confidence)
    ceilings = [1.0] * len(found)
    if target.reference is not None:
        reference = answered(target.reference.outputs, target.classifies)
        reached = _by_output(reference, wanted, draws, confidence)
        ceilings = [min(1.0, ends.estimate) if ends else 0.0 for ends in reached]
    return {
        place: ends.estimate
        for place, (ends, ceiling) in enumerate(zip(found, ceilings, strict=True))
        if ends is not None and ends.high < HALF * ceiling
    }
