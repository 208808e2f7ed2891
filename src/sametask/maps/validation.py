"""The R² of the maps that may be handed over, on validation samples set apart from the fit samples.

A fifth of the fit samples is set apart. The candidates are fitted to the others and judged on it.
The held-out test samples take no part, so that they judge the choice as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed
from sametask.base.relations import DIRECTIONS
from sametask.maps.fitting import Stages, candidates_of, seeing
from sametask.maps.routes import Side, coordinates_of, encoder_of, intrinsic_route
from sametask.statistics.folds import places
from sametask.statistics.procrustes import procrustes
from sametask.statistics.variance import relative_error

# The part of the fit samples that is set apart.
APART = 0.2


def set_apart(rows: int, groups: Tensor | None, seed: int) -> tuple[Tensor, Tensor]:
    """Return the rows that candidates are fitted to, and those that they are judged on.

    A fifth of the samples, at least two, drawn at random and set apart with all their rows.
    ``groups`` (N,) are equal for rows of one sample.
    """
    place = places(rows, groups)
    count = int(place.max()) + 1
    draw = torch.Generator().manual_seed(derived_seed(seed, "validation samples"))
    drawn = torch.randperm(count, generator=draw)[: max(2, round(APART * count))]
    apart = torch.isin(place, drawn)
    return torch.where(~apart)[0], torch.where(apart)[0]


def _rows(side: Side, rows: Tensor) -> Side:
    """Return some rows of a side."""
    parts = {
        name: values[rows]
        for name in ("measured", "whole", "coordinates", "groups", "window")
        if (values := getattr(side, name)) is not None
    }
    return replace(side, **parts, euclidean=None)


def _intrinsic(source: Side, target: Side, smoothing: float | str) -> Stages:
    """Fit the intrinsic route, with the rotation of these samples alone.

    Coordinates are those of all fit samples: the diffusion maps, which know no pairs, are not
    computed again.
    """
    turn = procrustes(coordinates_of(source), coordinates_of(target))
    return intrinsic_route(encoder_of(source, smoothing), target, turn, smoothing)


def _judged(fit: Callable[[], Stages], measured: Tensor, whole: Tensor) -> float | None:
    """Return the R² of a map; ``None`` if it cannot be fitted or the target does not vary."""
    try:
        mapped = nn.Sequential(*fit().values())(measured)
    except DataError:
        return None
    missed = relative_error(mapped, whole)
    return None if missed is None or not math.isfinite(missed) else 1 - missed


@torch.no_grad()
def validate(a: Side, b: Side, smoothing: float | str, seed: int) -> dict[str, dict[str, float]]:
    """Return the R² of every candidate on samples set apart: ``{map: {direction: R²}}``.

    ``smoothing`` is for the intrinsic route, ``seed`` draws the samples. A direction is missing if
    the map could not be fitted there, or if the target does not vary.
    """
    rest, apart = set_apart(len(a.measured), a.groups, seed)
    fit, held = ({"a": _rows(a, rows), "b": _rows(b, rows)} for rows in (rest, apart))
    # Our route and the baselines. Neither ablations, nor the route of the thesis, which is evidence
    # of nothing, are handed over.
    candidates: dict[str, Callable[[Side, Side], Stages]] = {
        "intrinsic": partial(_intrinsic, smoothing=smoothing),
        **candidates_of(a),
    }
    validated: dict[str, dict[str, float]] = {}
    for name, candidate in candidates.items():
        for direction, (source, target) in DIRECTIONS.items():
            fitting = partial(candidate, fit[source], fit[target])
            r2 = _judged(fitting, seeing(name, held[source]).measured, held[target].whole)
            if r2 is not None:
                validated.setdefault(name, {})[direction] = r2
    return validated
