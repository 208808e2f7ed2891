"""Whether one network can stand in for the other: what the stitched networks answer.

A layer can lack much of another layer and nothing that its answers need. So R² of layers does not
say whether a network can stand in for another; the answers of the stitched networks do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.verdict.layers.phrases import per_cent

FIGURES = ("agreement", "kappa", "output_r2")


def stitched_answers(facts: Mapping[str, Any], least: float) -> dict[str, dict[str, Any]]:
    """Return the answers of the network that the default map stitches, in each direction.

    ``facts`` is the pair's ``evaluation.json``. The source ``stands_in`` for the target if Cohen's
    κ with the target's own answers, or for networks that do not classify the R² of its outputs, is
    at least ``least``. A direction in which neither is defined is left out.
    """
    answers = {}
    for direction, name in facts.get("default", {}).items():
        figures = facts["maps"][name][direction]
        decisive = figures.get("kappa" if "agreement" in figures else "output_r2")
        if decisive is not None:
            kept = {key: figures[key] for key in FIGURES if key in figures}
            answers[direction] = {"map": name, **kept, "stands_in": decisive >= least}
    return answers


def _answers(verdict: Mapping[str, Any], direction: str, goes_on: bool) -> str:
    """Say how much of the target's answers the stitched network gives.

    If the sentence ``goes_on`` from the other direction, words that stand there are left out.
    """
    source, target = (verdict["networks"][side]["name"] for side in DIRECTIONS[direction])
    figures = verdict["stitched"][direction]
    if "agreement" in figures:
        agreed = figures["agreement"]
        part = "all" if agreed == 1 else per_cent(agreed).replace("nothing", "none")
        if goes_on:
            return f"{source} those of {target} for {part}"
        return f"{source} gives the answers of {target} for {part} of the held-out inputs"
    explained = per_cent(figures["output_r2"])
    return f"{source} explains {explained} of the variance of {target}'s outputs"


def standing(verdict: Mapping[str, Any]) -> str:
    """Say which network can stand in for the other; empty if no stitched network has answers."""
    answers, networks = verdict["stitched"], verdict["networks"]
    if not answers:
        return ""
    told = ", and ".join(
        _answers(verdict, direction, goes_on=place > 0) for place, direction in enumerate(answers)
    )
    able = [direction for direction, figures in answers.items() if figures["stands_in"]]
    if len(answers) == 2 and len(able) != 1:
        who = "Either can" if able else "Neither can"
        return f"{who} stand in for the other: stitched, {told}."
    clauses = []
    for direction in answers:
        source, target = (networks[side]["name"] for side in DIRECTIONS[direction])
        verb = "can" if direction in able else "cannot"
        clauses.append(f"{source} {verb} stand in for {target}")
    return f"{', but '.join(clauses)}: stitched, {told}."
