"""The decision: which of two layers is a function of which, on the inputs of an experiment.

Two layers are equivalent when each is a function of the other; one determines the other when only
one direction holds. A function is believed where the held-out R² of a regression is high *and* the
target reacts to no perturbation that the source ignores: R² alone overlooks a weak direction,
the local comparison alone overlooks a fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.alignment import null_residuals
from sametask.comparison import Evidence, Layer, gather
from sametask.errors import SametaskError
from sametask.evidence import explained, outside_support, p_value, plain_intervals
from sametask.randomness import derived_seed, generator
from sametask.relations import (
    A_DETERMINES_B,
    B_DETERMINES_A,
    DIRECTIONS,
    EQUIVALENT,
    PARTIAL,
    UNRELATED,
)


def determines(evidence: Evidence, direction: str, settings: Mapping[str, Any]) -> bool:
    """Return whether the target of a direction is believed to be a function of its source.

    The lower end of its R² reaches ``determined``, and it adds no local direction to the source's.
    """
    interval = evidence.r2[direction]
    return (
        interval is not None
        and interval.low >= settings["determined"]
        and evidence.local.adds[direction] == 0
    )


def decide(evidence: Evidence, settings: Mapping[str, Any]) -> str:
    """Return the relation between two layers that the evidence supports.

    ``partial`` is what is left when the lower end of R² reaches ``related`` in a direction.
    """
    forth, back = (determines(evidence, direction, settings) for direction in DIRECTIONS)
    if forth or back:
        return EQUIVALENT if forth and back else A_DETERMINES_B if forth else B_DETERMINES_A
    lows = [interval.low for interval in evidence.r2.values() if interval]
    return PARTIAL if max(lows, default=0.0) >= settings["related"] else UNRELATED


def confirm(relation: str, chance: float, settings: Mapping[str, Any]) -> str:
    """Return the relation, with "equivalent" only where the aligned coordinates agree as well.

    ``chance`` is the p-value of their residual among shuffled pairings.
    """
    return PARTIAL if relation == EQUIVALENT and chance > settings["level"] else relation


def control(a: Layer, b: Layer, draws: Tensor, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return relation, R² and dimensions of a control, or why it could not be computed.

    A control must not stop the verdict that it stands beside.
    """
    try:
        evidence = gather(a, b, draws, settings)
    except SametaskError as error:
        return {"failed": str(error)}
    return {"relation": decide(evidence, settings), **evidence.plain()}


def controls(
    pair: Mapping[str, Layer],
    others: Mapping[str, Mapping[str, Layer]],
    draws: Tensor,
    settings: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Return every control: shuffled pairs, and other networks in the place of one of the two.

    ``others`` name the control and the sides that it replaces: ``{control: {side: layer}}``.
    """
    shuffled = control(pair["a"], pair["b"].shuffled(seed), draws, settings)
    found: dict[str, Any] = {"shuffled_pairs": shuffled}
    for name, sides in others.items():
        found[name] = {
            side: control(*({**pair, side: layer}[end] for end in ("a", "b")), draws, settings)
            for side, layer in sides.items()
        }
    return found


def procrustes_test(rotated: Tensor, target: Tensor, orders: Tensor) -> tuple[dict, Tensor]:
    """Return residual, null quantile and p-value of held-out coordinates (n, k), and the null (s,).

    ``rotated`` are the source's own coordinates after the rotation, ``orders`` (s, n) shuffle the
    pairing.
    """
    null = null_residuals(rotated, target, orders)
    residual = (rotated - target).square().mean().item()
    figures = {
        "residual": residual,
        "null_quantile_01": null.quantile(0.01).item(),
        "p_value": p_value(residual, null),
        "shuffles": len(null),
    }
    return figures, null


@dataclass(frozen=True)
class Mapped:
    """What the intrinsic route made of the held-out samples, and what it cost to come back.

    ``rotated`` and ``coordinates`` (n, k) are a's coordinates after the rotation and b's own,
    ``predicted`` the measured neurons (n, m) of each direction's target; n counts the slices
    where samples are sequences.
    """

    rotated: Tensor
    coordinates: Tensor
    predicted: Mapping[str, Tensor]
    round_trip: Mapping[str, float]


def resamples(count: int, samples: int, seed: int) -> Tensor:
    """Return how often each of n samples occurs in each of s bootstrap resamples: (s, n)."""
    draw = generator(seed, "bootstrap")
    return torch.from_numpy(draw.multinomial(samples, np.full(samples, 1 / samples), size=count))


def shuffled_orders(count: int, samples: int, seed: int) -> Tensor:
    """Return s random orders of n samples: (s, n)."""
    draw = generator(seed, "shuffles")
    return torch.from_numpy(np.stack([draw.permutation(samples) for _ in range(count)]))


def _arrays(evidence: Evidence, outside: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what evidence consists of, by the names of its arrays in ``verdict.zarr``."""
    return {
        "local_correlations": evidence.local.correlations,
        **{f"bootstrap/{name}": one.resampled for name, one in evidence.r2.items() if one},
        **{f"outside/{side}": flags for side, flags in outside.items()},
        **{f"spectrum/{side}": shares for side, shares in evidence.local.spectrum.items()},
    }


def _through_coordinates(
    mapped: Mapped,
    pair: Mapping[str, Layer],
    draws: Tensor,
    settings: Mapping[str, Any],
    shuffled: tuple[int, int],
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return what the intrinsic route says of a pair, and the null of its residual.

    ``shuffled`` are the number of shuffled pairings and the seed.
    """
    count, seed = shuffled
    samples = pair["a"].samples
    # Slices of one sequence are not exchangeable with those of other times; sequences are.
    coordinates = (one.reshape(samples, -1) for one in (mapped.rotated, mapped.coordinates))
    alignment, null = procrustes_test(*coordinates, shuffled_orders(count, samples, seed))
    intrinsic = {
        direction: explained(mapped.predicted[direction], pair[target].test, draws, settings)
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
    settings: Mapping[str, Any],
    shuffles: int,
    seed: int,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the verdict on a pair, as in ``verdict.json`` without names, and its arrays.

    ``others`` are the controls' layers (see ``controls``), ``settings`` the section ``verdict`` of
    an experiment. Where there is no intrinsic route (``mapped`` is ``None``) what needs it is
    absent, and the relation rests on R² and local directions alone.
    """
    samples = pair["a"].samples
    draws = resamples(settings["resamples"], samples, seed)
    evidence = gather(pair["a"], pair["b"], draws, settings)
    relation = decide(evidence, settings)
    route, null = {}, {}
    if mapped is not None:
        route, null = _through_coordinates(mapped, pair, draws, settings, (shuffles, seed))
        relation = confirm(relation, route["procrustes"]["p_value"], settings)
    outside = {side: outside_support(layer.test, layer.fit) for side, layer in pair.items()}
    local = evidence.local
    verdict = {
        "relation": relation,
        **evidence.plain(),
        **route,
        "local_correlation": {
            "median": local.smallest.median().item(),
            "q05": local.smallest.quantile(0.05).item(),
        },
        "whitney": {
            side: {"measured": layer.fit.shape[1], "required": 2 * local.dimension[side] + 1}
            for side, layer in pair.items()
        },
        "support": {side: flags.double().mean().item() for side, flags in outside.items()},
        "controls": controls(pair, others, draws, settings, derived_seed(seed, "shuffled pairs")),
    }
    return verdict, {**null, **_arrays(evidence, outside)}
