"""The whole verdict on a pair: evidence, decision, controls, and the intrinsic route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from sametask.base.relations import (
    DIRECTIONS,
)
from sametask.config.sections.stage_sections import Verdict
from sametask.statistics.chance import Chance
from sametask.statistics.permutation import procrustes_test
from sametask.statistics.variance import explained, plain_intervals
from sametask.verdict.layers.comparison import Evidence, Layer, gather
from sametask.verdict.layers.controls import controls
from sametask.verdict.layers.decision import confirm, decide
from sametask.verdict.layers.support import outside_support


@dataclass(frozen=True)
class Mapped:
    """The held-out samples mapped by the intrinsic route, and the errors of its round trips.

    ``rotated`` (n, k) are a's coordinates after the rotation, ``coordinates`` (n, k) those of b.
    ``predicted`` are the measured neurons (n, m) of each direction's target. If samples are
    sequences, n is the number of slices.
    """

    rotated: Tensor
    coordinates: Tensor
    predicted: Mapping[str, Tensor]
    round_trip: Mapping[str, float]


def _arrays(evidence: Evidence, outside: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the arrays of ``verdict.zarr`` that hold evidence, by name."""
    compared = {"local_correlations": evidence.local.correlations} if evidence.comparable else {}
    return {
        **compared,
        **{f"bootstrap/{way}": r2.resampled for way, r2 in evidence.r2.items() if r2},
        **{f"outside/{side}": flags for side, flags in outside.items()},
        **{f"spectrum/{side}": shares for side, shares in evidence.local.spectrum.items()},
    }


def _through_coordinates(
    mapped: Mapped,
    pair: Mapping[str, Layer],
    chance: Chance,
    confidence: float,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the figures of the intrinsic route of a pair, and the null of its residual."""
    samples = pair["a"].samples
    # Slices of different times are not exchangeable; whole sequences are.
    rotated = mapped.rotated.reshape(samples, -1)
    coordinates = mapped.coordinates.reshape(samples, -1)
    alignment, null = procrustes_test(rotated, coordinates, chance.orders)
    intrinsic = {
        direction: explained(
            mapped.predicted[direction], pair[target].test, chance.draws, confidence
        )
        for direction, (_, target) in DIRECTIONS.items()
    }
    figures = {
        "r2_intrinsic": plain_intervals(intrinsic),
        "round_trip": dict(mapped.round_trip),
        "procrustes": alignment,
    }
    return figures, {"null_residuals": null}


def reach(
    pair: Mapping[str, Layer],
    others: Mapping[str, Mapping[str, Layer]],
    mapped: Mapped | None,
    settings: Verdict,
    chance: Chance,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the verdict on a pair, as in ``verdict.json`` without names, and its arrays.

    ``others`` are the layers of the controls (see ``controls``), ``settings`` is the section
    ``verdict`` of an experiment. If there is no intrinsic route, ``mapped`` is ``None``: entries
    that need it are absent, and the relation follows from R² and local directions alone.
    """
    evidence = gather(pair["a"], pair["b"], chance.draws, settings)
    relation = decide(evidence, settings)
    route: dict[str, Any] = {}
    null: dict[str, Tensor] = {}
    if mapped is not None:
        route, null = _through_coordinates(mapped, pair, chance, settings.confidence)
        relation = confirm(relation, route["procrustes"]["p_value"], settings)
    outside = {side: outside_support(layer.test, layer.fit) for side, layer in pair.items()}
    local = evidence.local
    agreeing = {
        "median": local.smallest.median().item(),
        "q05": local.smallest.quantile(0.05).item(),
    }
    verdict = {
        "relation": relation,
        **evidence.plain(),
        **route,
        **({"local_correlation": agreeing} if evidence.comparable else {}),
        "whitney": {
            side: {"measured": layer.fit.shape[1], "required": 2 * local.dimension[side] + 1}
            for side, layer in pair.items()
        },
        "support": {side: flags.double().mean().item() for side, flags in outside.items()},
        "controls": controls(pair, others, chance, settings),
    }
    return verdict, {**null, **_arrays(evidence, outside)}
