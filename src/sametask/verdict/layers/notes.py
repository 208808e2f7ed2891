"""Notes on a verdict: the limits of its evidence, and what is wrong with maps and controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.base.classes import chosen_classes
from sametask.base.relations import DIRECTIONS
from sametask.config.sections.stage_sections import Verdict
from sametask.verdict.layers.alarms import by_side
from sametask.verdict.layers.phrases import counted, layer_of, per_cent

# Up to this fraction of held-out samples may lie outside the support by chance.
OUTSIDE = 0.01
# If the worst 1 % of the samples have more than this part of the error, a reader must know, unless
# the error is less than the second number of the variance.
MOST_OF_ERROR, SMALL_ERROR = 0.5, 0.01


def disputed(verdict: Mapping[str, Any], settings: Verdict) -> list[str]:
    """Return the directions in which R² is high, but the target is not a function of the source.

    It adds local directions, or a component of it is not explained.
    """
    texts = []
    for direction, (source, target) in DIRECTIONS.items():
        if verdict["r2"].get(direction, [0.0])[0] < settings.determined:
            continue
        start, end = (verdict["networks"][side]["name"] for side in (source, target))
        new, but = verdict.get("new_directions", {}).get(direction, 0), []
        low, estimate, _ = verdict["weakest_r2"].get(direction, [1.0, 1.0, 1.0])
        if new:
            but.append(
                f"{end} also reacts to perturbations that {start} ignores "
                f"({counted(new, 'more local direction')})"
            )
        if low < settings.component_r2:
            part = "nothing" if estimate <= 0 else per_cent(estimate)
            but.append(
                f"of a direction with at least {settings.component_share:.1%} of that variance it "
                f"explains {part}"
            )
        if but:
            texts.append(
                f"{start} explains almost all of the variance of {end}, but {' and '.join(but)}: "
                f"{end} is not a function of {start}."
            )
    return texts


def _apart(verdict: Mapping[str, Any]) -> list[str]:
    """Return a note if the two layers did not see the same perturbations."""
    if "new_directions" in verdict:
        return []
    a, b = (verdict["networks"][side]["name"] for side in ("a", "b"))
    return [
        f"{a} and {b} were perturbed apart: noise where each embeds its tokens is another change "
        "of the text for each. How they react cannot be compared, so that neither layer can be "
        "shown to be a function of the other. A function that substitutes words "
        "(perturbations.along) changes the text for both."
    ]


def notes(verdict: Mapping[str, Any], settings: Verdict) -> list[str]:
    """Return the notes on the evidence that a reader of the verdict needs."""
    texts = disputed(verdict, settings) + _apart(verdict)
    for side, network in verdict["networks"].items():
        count = verdict["whitney"][side]
        if count["measured"] < count["required"]:
            texts.append(
                f"{layer_of(network)}: {counted(count['measured'], 'measured value')} for "
                f"{counted(verdict['dimension'][side], 'dimension')}; {count['required']} would be "
                "sure to keep all inputs apart (Whitney: 2 d + 1)."
            )
        if verdict["support"][side] > OUTSIDE:
            texts.append(
                f"{layer_of(network)}: {per_cent(verdict['support'][side])} of the held-out "
                "samples lie outside the support of the fit, where every map extrapolates."
            )
    failed = [
        f"Control {name} of {verdict['networks'][side]['name']}: {control['failed']}"
        for name, sides in verdict["controls"].items()
        for side, control in by_side(sides).items()
        if "failed" in control
    ]
    return texts + failed


def _ends(facts: Mapping[str, Any], direction: str) -> list[str]:
    return [facts["networks"][side]["name"] for side in DIRECTIONS[direction]]


def _carried_by_few(facts: Mapping[str, Any]) -> list[str]:
    """Return the directions in which a few samples have most of the error of the default map."""
    texts = []
    for direction, name in facts.get("default", {}).items():
        figures = facts["maps"][name][direction]
        r2, part = figures.get("activation_r2", 1.0), figures.get("worst_fraction", 0.0)
        few = 1 - r2 > SMALL_ERROR and part > MOST_OF_ERROR
        if few and name != "mean" and "activation_r2_rest" in figures:
            texts.append(
                f"{' → '.join(_ends(facts, direction))}: the worst 1 % of the held-out samples "
                f"have {per_cent(part)} of the error of the map {name}. R² is {r2:.3f} with them "
                f"and {figures['activation_r2_rest']:.3f} without them."
            )
    return texts


def _failing_route(facts: Mapping[str, Any]) -> list[str]:
    """Return the directions in which the intrinsic map is worse than the mean."""
    return [
        f"{' → '.join(_ends(facts, direction))}: the intrinsic map fails. Its R² on validation "
        f"samples is {r2:.3g}, worse than the mean; use the map {facts['default'][direction]}."
        for direction, r2 in facts.get("validation", {}).get("intrinsic", {}).items()
        if r2 < 0
    ]


def map_notes(facts: Mapping[str, Any]) -> list[str]:
    """Return the notes on the maps of a pair; ``facts`` is its ``evaluation.json``."""
    return _failing_route(facts) + _carried_by_few(facts)


def output_notes(name: str, outputs: np.ndarray, classifies: bool) -> list[str]:
    """Return notes on held-out outputs (n, …) for which a figure is undefined or meaningless."""
    if np.ptp(outputs, axis=0).max() == 0:
        return [
            f"{name} puts out the same for every held-out sample: R² of its outputs is undefined."
        ]
    if classifies and len(np.unique(chosen_classes(outputs))) == 1:
        return [
            f"{name} answers every held-out sample with the same class: agreement with it says "
            "nothing."
        ]
    return []
