"""Read layers and the intrinsic route from stores, and reach the verdict on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from sametask.activations.stored import read_array, read_layout, read_perturbed
from sametask.base.relations import DIRECTIONS
from sametask.config.sections.stage_sections import Control, Verdict
from sametask.statistics.chance import draw_chance
from sametask.storage.store import Store
from sametask.verdict.layers.comparison import Layer
from sametask.verdict.layers.reach import Mapped, reach

# The role of the activations that replace each side in a control.
CONTROLS: dict[Control, dict[str, str]] = {
    "untrained": {side: f"activations_untrained_{side}" for side in ("a", "b")},
    "different_task": dict.fromkeys(("a", "b"), "activations_different_task"),
}


def read_layer(recorded: Store) -> Layer:
    """Return a layer; its activations at perturbed samples are read in blocks."""
    rows = read_layout(recorded).rows_per_sample
    fit, test = (read_array(recorded, f"{part}/samples") for part in ("fit", "test"))
    slices = torch.from_numpy(recorded["fit/slices"]) if rows > 1 else None
    place = recorded.attributes.get("perturbed_at")
    at = None if place is None else torch.tensor(place, dtype=torch.float64)
    return Layer(fit, test, read_perturbed(recorded), rows, slices, at)


def read_mapped(
    evaluation: Store, facts: Mapping[str, Any], recorded: Mapping[str, Store]
) -> Mapped | None:
    """Return the held-out samples mapped by the intrinsic route; ``None`` without the route.

    ``facts`` are those of ``evaluation.json``, ``recorded`` the activations of both sides.
    """
    if "intrinsic" not in facts["maps"]:
        return None
    arrays = {
        name: torch.from_numpy(evaluation[f"intrinsic/{name}"])
        for name in ("a_to_b/rotation", "b_to_a/encoder", "a_to_b/layers", "b_to_a/layers")
    }
    predicted = {
        direction: read_layout(recorded[target]).measure(arrays[f"{direction}/layers"])
        for direction, (_, target) in DIRECTIONS.items()
    }
    rotated, coordinates = arrays["a_to_b/rotation"], arrays["b_to_a/encoder"]
    return Mapped(rotated, coordinates, predicted, facts["round_trip"])


def reach_stored(
    stores: Mapping[str, Store],
    facts: Mapping[str, Any],
    settings: Verdict,
    shuffles: int,
    seed: int,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the verdict and its arrays, as ``reach`` does, from stores.

    ``stores``, by role, are ``evaluation``, ``activations_a``, ``activations_b``, and those of the
    ``CONTROLS`` that exist; others are not looked at. ``facts`` are those of ``evaluation.json``.
    """
    recorded = {role: store for role, store in stores.items() if role.startswith("activations")}
    layers = {role: read_layer(store) for role, store in recorded.items()}
    others: dict[str, dict[str, Layer]] = {
        name: {side: layers[role] for side, role in roles.items()}
        for name, roles in CONTROLS.items()
        if name in settings.controls and all(role in layers for role in roles.values())
    }
    pair = {side: layers[f"activations_{side}"] for side in ("a", "b")}
    sides = {side: recorded[f"activations_{side}"] for side in pair}
    mapped = read_mapped(stores["evaluation"], facts, sides)
    chance = draw_chance(pair["a"].samples, settings.resamples, shuffles, seed)
    return reach(pair, others, mapped, settings, chance)
