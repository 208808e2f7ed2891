"""Whether a network's own answers hold those of another: an affine map between the outputs."""

from __future__ import annotations

from torch import Tensor

from sametask.statistics.ridge import ridge
from sametask.statistics.variance import Interval, explained
from sametask.verdict.task.learner import Seen


def outputs_explained(
    source: Seen, target: Seen, groups: Tensor | None, draws: Tensor, confidence: float
) -> Interval | None:
    """Return the held-out R² of the target's outputs from the source's, by ridge regression.

    Fitted to all fit samples. Renamed classes, another scale or an offset cost nothing; ``None`` if
    the target always puts out the same.
    """
    matrix, offset = ridge(source.fit, target.fit, groups)
    return explained(source.test @ matrix + offset, target.test, draws, confidence)
