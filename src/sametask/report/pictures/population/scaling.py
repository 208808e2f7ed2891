"""How well accuracy is told over the number of networks that are learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sametask.report.data.population import Studied, Told
from sametask.report.figures.population.told import draw_scaling
from sametask.report.pictures.picture import Picture
from sametask.report.wording.population import predictor_words


def _curve(told: Sequence[Told]) -> np.ndarray:
    """Return the numbers of networks, and low, estimate and high of R² (4, c)."""
    scores = [one.score for one in told]
    return np.array([
        [sum(one.facts["counts"].values()) for one in told],
        *([getattr(score, end) for score in scores] for end in ("low", "estimate", "high")),
    ])  # fmt: skip


def scaling_pictures(studied: Studied) -> list[Picture]:
    """Return the curve over the number of networks, if there are several numbers."""
    scaling = {name: told for name, told in studied.scaling().items() if len(told) > 1}
    if not scaling:
        return []
    told = studied.source.told.get("accuracy") if studied.source else None
    best = max(told, key=lambda name: told[name]) if told else ""
    reference = (f"the source: {predictor_words(best)}", told[best]) if told else None
    curves = {predictor_words(name): _curve(some) for name, some in scaling.items()}
    return [
        Picture(
            "scaling",
            "More networks to learn from",
            draw_scaling(curves, "R² of accuracy, held out", reference),
            "R² of accuracy over the number of networks that are learned from.",
            "Each mark learned from so many networks, with all their checkpoints (a tenth of them "
            "to choose by), and is judged on the same held-out networks. Bands: 95 % intervals. A "
            "curve that still rises at its end may rise further with more networks.",
        )
    ]
