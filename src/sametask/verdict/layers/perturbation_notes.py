"""Notes on what perturbations can show: how many local directions, and whether of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.sample_sections import DATA, NOISE
from sametask.verdict.layers.limits import COMPARED, PERTURBATIONS_A_DIRECTION

# White noise on more input numbers than this is said to leave the data.
MANY_INPUTS = 10
COUNT, NEIGHBOURS = "perturbations.count", "perturbations.neighbours"


def _possible(verdict: Mapping[str, Any], side: str) -> int:
    """Return how many local directions a layer can have: inputs and what is measured bound them."""
    return min(verdict["whitney"][side]["measured"], verdict["samples"]["inputs"])


def limits_reached(verdict: Mapping[str, Any]) -> dict[str, str]:
    """Return by side which limit the number of local directions of a layer has reached, if one.

    Then the layer may have more of them. Limits are keys of the configuration, or ``compared``.
    """
    limits = {side: _limit_reached(verdict, side) for side in ("a", "b")}
    return {side: limit for side, limit in limits.items() if limit is not None}


def _limit_reached(verdict: Mapping[str, Any], side: str) -> str | None:
    samples, found = verdict["samples"], verdict["dimension"][side]
    limits = {COUNT: samples["perturbations"] // PERTURBATIONS_A_DIRECTION, "compared": COMPARED}
    if verdict["along"] == DATA:
        limits[NEIGHBOURS] = samples["neighbours"]
    key = min(limits, key=lambda name: limits[name])
    return key if limits[key] <= found < _possible(verdict, side) else None


def _more_needed(verdict: Mapping[str, Any], side: str) -> list[str]:
    """Return a note if a layer has reached a limit of its local directions."""
    key = verdict["limited"].get(side)
    if key is None:
        return []
    network, found = verdict["networks"][side], verdict["dimension"][side]
    text = f"{network['name']} ({network['layer']}): {found} local directions were found, the most "
    most = min(COMPARED, _possible(verdict, side))
    if key == COUNT:
        count = verdict["samples"]["perturbations"]
        return [
            f"{text}that {count} perturbations of a sample can show. There may be more, and more "
            f"perturbations are needed to see them: {COUNT} of at least "
            f"{PERTURBATIONS_A_DIRECTION * most} for up to {most}."
        ]
    if key == NEIGHBOURS:
        return [
            f"{text}that steps towards {found} neighbours can show. There may be more, and more "
            f"neighbours are needed to see them: {NEIGHBOURS} of at least {most} for up to {most}."
        ]
    return [f"{text}that are compared. There may be more."]


def _off_data(verdict: Mapping[str, Any]) -> list[str]:
    """Return a note if perturbations leave the data."""
    inputs = verdict["samples"]["inputs"]
    if verdict["along"] != NOISE or inputs <= MANY_INPUTS:
        return []
    return [
        f"That a layer adds local directions rests on white noise on {inputs:,} input "
        "numbers. Such perturbations leave the data, so that directions count to which no data "
        "ever lead; perturbations.along: data asks along the data."
    ]


def perturbation_notes(verdict: Mapping[str, Any], disputed: bool) -> list[str]:
    """Return notes on the perturbations of a verdict, with names, ``samples``, ``along``, and the
    limits that are reached (``limited``).

    ``disputed`` is whether R² is high in a direction whose target adds local directions.
    """
    notes = _off_data(verdict) if disputed else []
    return notes + [text for side in ("a", "b") for text in _more_needed(verdict, side)]
