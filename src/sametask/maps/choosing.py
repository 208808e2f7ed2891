"""Which map is handed over without a name: the best one on validation samples, in each direction.

One direction can be a function and the other not. One name for both would then be a compromise, so
that each direction has its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sametask.base.relations import DIRECTIONS

MEAN = "mean"
# R² on validation samples, by map and direction.
Validation = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Chosen:
    """The default map of each direction, and the R² by which it was chosen."""

    default: Mapping[str, str]
    validation: Validation

    def plain(self) -> dict[str, Any]:
        """Return the attributes of ``transformation.zarr``."""
        return {
            "default": dict(self.default),
            "validation": {name: dict(figures) for name, figures in self.validation.items()},
        }


def choose(validated: Validation, fitted: Collection[str]) -> Chosen:
    """Choose the map with the highest R² in each direction, among those ``fitted``.

    If none is better than the mean, it is ``mean``: no map worse than the mean is handed over.
    """
    default = {}
    for direction in DIRECTIONS:
        r2 = {
            name: figures[direction]
            for name, figures in validated.items()
            if direction in figures and name in fitted
        }
        default[direction] = max(r2, key=lambda name: (r2[name], name == MEAN), default=MEAN)
    return Chosen(default, validated)


def failing(validated: Validation, name: str) -> dict[str, float]:
    """Return the directions in which a map is worse than the mean, with its R² there."""
    return {way: r2 for way, r2 in validated.get(name, {}).items() if r2 < 0}
