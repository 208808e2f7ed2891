"""Fit every map between two networks in both directions, and say which could not be fitted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.base.relations import DIRECTIONS
from sametask.maps.baselines import (
    affine_map,
    direct_rbf_map,
    knn_map,
    mean_map,
    procrustes_map,
    relative_map,
)
from sametask.maps.routes import (
    Side,
    coordinate_maps,
    euclidean_route,
    random_rotation,
    rotation_ablations,
)

Stages = Mapping[str, nn.Module]

# The maps through diffusion coordinates, and the map through those of the Euclidean metric.
ROUTES = ("intrinsic", "thesis", "intrinsic_identity", "intrinsic_random")
EUCLIDEAN = "intrinsic_euclidean"


@dataclass(frozen=True)
class Fitted:
    """Maps ``{map: {direction: stages}}``, and why others were left out ``{map: reason}``."""

    maps: dict[str, dict[str, Stages]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, names: Iterable[str], fit: Callable[[str], Mapping[str, Stages]]) -> None:
        """Add the maps of these names; ``fit`` returns all of them for a direction.

        A map is fitted in both directions or in none. If ``fit`` raises ``DataError`` in a
        direction, all these maps are left out, with the message of the error as the reason.
        """
        try:
            fitted = {direction: fit(direction) for direction in DIRECTIONS}
        except DataError as error:
            self.without(names, str(error))
            return
        for name in names:
            self.maps[name] = {direction: stages[name] for direction, stages in fitted.items()}

    def without(self, names: Iterable[str], reason: str) -> None:
        """Leave maps out, and keep the reason."""
        self.left_out.update(dict.fromkeys(names, reason))
        logging.getLogger(__name__).warning("%s left out: %s", ", ".join(names), reason)


# The baselines for which two paired samples are enough.
REGRESSIONS: dict[str, Callable[[Side, Side], Stages]] = {
    "affine": lambda source, target: affine_map(source.measured, target.whole, source.groups),
    "procrustes": lambda source, target: procrustes_map(source.measured, target.whole),
    "knn": lambda source, target: knn_map(source.measured, target.whole, source.groups),
    "relative": lambda source, target: relative_map(source.measured, target.whole, target.measured),
}
BASELINES: dict[str, Callable[[Side, Side], Stages]] = {
    "direct_rbf": lambda source, target: direct_rbf_map(
        source.measured, target.whole, source.groups
    ),
    **REGRESSIONS,
    "mean": lambda source, target: mean_map(source.measured, target.whole),
}

# How the names of maps end that see a window of positions, and the baselines that there are of it.
# Distances in so many dimensions say little, and take long.
WINDOW = "_window"
SEEING = ("direct_rbf", "affine")


def candidates_of(source: Side) -> dict[str, Callable[[Side, Side], Stages]]:
    """Return the baselines that can be fitted from a side: those of windows if it has any."""
    if source.window is None:
        return BASELINES
    return {**BASELINES, **{f"{name}{WINDOW}": partial(_of_window, name) for name in SEEING}}


def _of_window(name: str, source: Side, target: Side) -> Stages:
    return BASELINES[name](seeing(name + WINDOW, source), target)


def seeing(name: str, side: Side) -> Side:
    """Return a side with what a map of this name sees as what is measured."""
    if side.window is None or not name.endswith(WINDOW):
        return side
    return replace(side, measured=side.window)


def regressions(source: Side, target: Side) -> dict[str, Stages]:
    """Fit the baselines for which two paired samples are enough: ``{map: stages}``."""
    return {name: fit(source, target) for name, fit in REGRESSIONS.items()}


def _baseline(
    name: str, fit: Callable[[Side, Side], Stages], ends: Mapping[str, tuple[Side, Side]], way: str
) -> dict[str, Stages]:
    return {name: fit(*ends[way])}


def fit_maps(
    a: Side,
    b: Side,
    rotation: Tensor | None,
    smoothing: float | str,
    seed: int = 0,
    failed: str = "no diffusion coordinates",
) -> Fitted:
    """Fit every map in both directions on the same pairs.

    ``rotation`` (k, k) takes a's coordinates to b's; its transpose takes b's to a's. Without a
    rotation, ``failed`` is the reason, and only maps without coordinates are fitted. ``smoothing``
    is for the routes through coordinates; ``seed`` draws the rotation of ``intrinsic_random``. Maps
    that need more distinct samples, such as splines, are left out.
    """
    ends = {"a_to_b": (a, b), "b_to_a": (b, a)}
    fitted = Fitted()
    if rotation is None:
        fitted.without((*ROUTES, EUCLIDEAN), failed)
    else:
        turns = {"a_to_b": rotation, "b_to_a": rotation.mT}
        random = random_rotation(len(rotation), seed).to(rotation)
        others = {"a_to_b": random, "b_to_a": random.mT}

        def routes(direction: str) -> Mapping[str, Stages]:
            maps = coordinate_maps(*ends[direction], turns[direction], smoothing)
            return maps | rotation_ablations(maps["intrinsic"], others[direction])

        fitted.add(ROUTES, routes)
        fitted.add([EUCLIDEAN], lambda way: {EUCLIDEAN: euclidean_route(*ends[way], smoothing)})
    for name, fit in candidates_of(a).items():
        fitted.add([name], partial(_baseline, name, fit, ends))
    return fitted
