"""What others would measure of a pair: similarity scores, and stitching on all pairs of samples.

Every score grows with similarity. Those of stitching follow from the smaller of both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from sklearn.metrics import cohen_kappa_score
from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.maps.baselines import affine_map, direct_rbf_map
from sametask.statistics.similarity import SIMILARITIES
from sametask.statistics.variance import relative_error
from sametask.verdict.task.learner import Learner

Fit = Callable[[Tensor, Tensor], Mapping[str, nn.Module]]
STITCHING: dict[str, Fit] = {
    "stitching, affine": affine_map,
    "stitching, splines": direct_rbf_map,
}
OUTPUTS = "outputs, affine R²"
# A stitched network no better than its mean, or than chance, is not similar at all.
WORST = 0.0


def r2(given: Tensor, wanted: Tensor) -> float:
    """Return R² of given outputs (n, o), at least 0; 1 where both are constant."""
    missed = relative_error(given, wanted)
    return 1.0 if missed is None else max(WORST, 1 - missed)


def agreement(given: Tensor, wanted: Tensor, classifies: bool) -> float:
    """Return how well answers (n, o) agree with the wanted ones: Cohen's kappa of classes, or R².

    Two constant answers agree if they are the same class.
    """
    if not classifies:
        return r2(given, wanted)
    first, second = given.argmax(dim=1), wanted.argmax(dim=1)
    if torch.equal(first, second):
        return 1.0
    return max(WORST, float(cohen_kappa_score(first, second)))


def stitched(source: Learner, target: Learner, fit: Fit) -> float:
    """Return how well the target's answers survive when its layer is mapped from the source's."""
    try:
        (stage,) = fit(source.layer.fit, target.whole).values()
    except DataError:
        # Too few samples for a map of so many neurons.
        return WORST
    (answers,) = target.back(stage(source.layer.test)[None])
    return agreement(answers, target.outputs.test, target.classifies)


def outputs_explained(source: Learner, target: Learner) -> float:
    """Return R² of an affine map from the source's outputs to the target's."""
    (stage,) = affine_map(source.outputs.fit, target.outputs.fit).values()
    return r2(stage(source.outputs.test), target.outputs.test)


def peer_scores(a: Learner, b: Learner) -> dict[str, float]:
    """Return every peer's score of two layers, on held-out samples."""
    ways = ((a, b), (b, a))
    return {
        **{name: score(a.layer.test, b.layer.test) for name, score in SIMILARITIES.items()},
        **{name: min(stitched(*way, fit) for way in ways) for name, fit in STITCHING.items()},
        OUTPUTS: min(outputs_explained(*way) for way in ways),
    }
