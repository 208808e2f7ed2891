"""What sources report of populations of networks, to stand beside what is measured here.

Source: Caselles Rico, "Learning hyper-representations of neural networks" (master's thesis, 2021),
tables 2 and 4 to 7; those of one population are told apart by the name in ``study.source``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reported:
    """Figures of a source.

    ``told``: by property and predictor, R² of numbers, macro F1 of classes. ``correlations``:
    Pearson's and Spearman's of a statistic of all weights with the accuracy, and R² of a regression
    on it. ``reconstructed``: R² of weights, by the name of an autoencoder.
    """

    told: Mapping[str, Mapping[str, float]]
    correlations: Mapping[str, tuple[float | None, float | None, float]] = field(
        default_factory=dict
    )
    reconstructed: Mapping[str, float] = field(default_factory=dict)


def _by_predictor(*figures: float) -> dict[str, float]:
    """Return the figures of a column of tables 5 and 6 by predictor, in the source's order."""
    names = ("linear-weights", "linear-whole", "linear-layers", "linear-units", "perceptron",
             "attention-layers", "attention-units", "attention-units-shuffled")  # fmt: skip
    return dict(zip(names, figures, strict=True))


SOURCES = {
    "tetris": Reported(
        told={"accuracy": _by_predictor(0.48, 0.86, 0.87, 0.89, 0.87, 0.87, 0.92, 0.95)},
        correlations={
            "mean": (-0.274, -0.20, 0.066),
            "variance": (0.86, 0.88, 0.74),
            "p0": (-0.86, -0.85, 0.74),
            "p25": (-0.91, -0.90, 0.82),
            "p50": (0.28, 0.22, 0.082),
            "p75": (0.83, 0.86, 0.69),
            "p100": (0.71, 0.72, 0.51),
            "all": (None, None, 0.86),
        },
        reconstructed={
            "pca-raw": 0.352,
            "perceptron-raw": 0.756,
            "attention-1-raw": 0.843,
            "attention-2-raw": 0.865,
        },
    ),
    "tetris-hyper": Reported(
        told={
            "accuracy": _by_predictor(0.23, 0.67, 0.74, 0.74, 0.71, 0.72, 0.87, 0.89),
            "activation": {
                "linear-weights": 0.82,
                "linear-whole": 0.80,
                "linear-layers": 0.80,
                "linear-units": 0.87,
                "perceptron": 0.90,
                "attention-units": 0.91,
                "attention-units-shuffled": 0.97,
            },
            "initialiser": {
                "linear-weights": 0.32,
                "linear-whole": 0.42,
                "linear-layers": 0.47,
                "linear-units": 0.45,
                "perceptron": 0.39,
                "attention-units": 0.38,
                "attention-units-shuffled": 0.46,
            },
        },
    ),
}


def reported(name: str | None) -> Reported | None:
    """Return the figures of a source by its name, or ``None`` where none is asked for."""
    return None if name is None else SOURCES[name]
