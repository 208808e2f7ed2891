"""The verdict in words: its sentence, notes on its limits, and alarms that invalidate it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.base.relations import A_DETERMINES_B, B_DETERMINES_A, DIRECTIONS, EQUIVALENT, PARTIAL
from sametask.config.sections.stage_sections import Verdict
from sametask.verdict.layers.alarms import alarms
from sametask.verdict.layers.notes import disputed, map_notes, notes, output_notes
from sametask.verdict.layers.perturbation_notes import limits_reached, perturbation_notes
from sametask.verdict.layers.phrases import counted, explained_both_ways, layer_of
from sametask.verdict.layers.stitched import standing, stitched_answers

# From here on an R² is 1 to three digits.
ROUNDED_TO_ONE = 0.9995
# What the sentence adds if a control is as related: it is also shown alone. A control that shares
# a part does not contradict the sentence.
CAUTIONS = {
    EQUIVALENT: "A control is equivalent too, so that this says nothing about the task.",
    A_DETERMINES_B: "A control has this relation too, so that it says nothing about the task.",
    B_DETERMINES_A: "A control has this relation too, so that it says nothing about the task.",
}


def _one_way(verdict: Mapping[str, Any]) -> str:
    """Return the sentence of a pair in which one layer determines the other."""
    source, target = ("a", "b") if verdict["relation"] == A_DETERMINES_B else ("b", "a")
    networks, r2, both = verdict["networks"], verdict["r2"], explained_both_ways(verdict)
    names = layer_of(networks[source]), layer_of(networks[target])
    if len(r2) < 2 or min(ends[1] for ends in r2.values()) < ROUNDED_TO_ONE:
        return (
            f"{names[0]} determines {names[1]} on these inputs but not the other way round "
            f"({both}, held out)."
        )
    new = verdict["dimension"]["joint"] - verdict["dimension"][target]
    why = (
        f"{networks[source]['name']} also reacts to perturbations that {networks[target]['name']} "
        f"ignores ({counted(new, 'more local direction')})"
        if new
        else f"that of {networks[source]['name']} is less certain"
    )
    return f"{names[0]} and {names[1]} explain each other ({both}, held out), but {why}."


def _unchanging(verdict: Mapping[str, Any]) -> str:
    """Return the sentence of a pair with a layer that has no R²."""
    networks, r2 = verdict["networks"], verdict["r2"]
    still = [layer_of(networks[DIRECTIONS[way][1]]) for way in DIRECTIONS if way not in r2]
    return (
        f"{' and '.join(still)} does not change with these inputs, so that there is nothing to "
        "compare."
    )


def _common(dimension: Mapping[str, int]) -> str:
    """Say how many local directions two layers share, if they saw the same perturbations."""
    if "joint" not in dimension:
        return "their local directions cannot be compared"
    shared = dimension["a"] + dimension["b"] - dimension["joint"]
    return f"{shared} of {dimension['a']} and {dimension['b']} local directions are common"


def relation_sentence(verdict: Mapping[str, Any]) -> str:
    """Return what is found on the layers of a verdict."""
    networks, both = verdict["networks"], explained_both_ways(verdict)
    a, b = (layer_of(networks[side]) for side in ("a", "b"))
    relation = verdict["relation"]
    if relation == EQUIVALENT:
        return (
            f"{a} and {b} are equivalent on these inputs: each is a function of the other ({both}, "
            "held out)."
        )
    if relation in (A_DETERMINES_B, B_DETERMINES_A):
        return _one_way(verdict)
    if len(verdict["r2"]) < 2:
        return _unchanging(verdict)
    if relation == PARTIAL:
        return (
            f"{a} and {b} share a part of what they represent: {both} (held out), and "
            f"{_common(verdict['dimension'])}."
        )
    return (
        f"No function between {a} and {b} was found on these samples ({both}, held out): a map "
        "between them would be made up."
    )


def sentence(verdict: Mapping[str, Any]) -> str:
    """Return the sentence of a verdict: the relation of the layers, and what it allows.

    Only the answers of stitched networks say whether one network can stand in for the other.
    """
    return " ".join(filter(None, [relation_sentence(verdict), standing(verdict)]))


def failures(facts: Mapping[str, Any]) -> list[str]:
    """Return what failed for a pair, why, and what holds without it.

    ``facts`` is the pair's ``evaluation.json``.
    """
    texts, failed = [], facts["alignment"].get("failed")
    why = failed or facts.get("left_out", {}).get("intrinsic")
    if why is not None:
        what = "diffusion map" if failed else "map through the diffusion coordinates"
        texts.append(
            f"There is no {what} ({why}), and so no intrinsic map and no test whether a rotation "
            "takes one network's coordinates to the other's. The relation rests on R² and on local "
            "directions alone; these, the controls and all other maps hold without it."
        )
    return texts


def named(verdict: Mapping[str, Any], facts: Mapping[str, Any], settings: Verdict) -> dict:
    """Return a verdict with the names of its networks, and the answers of stitched networks."""
    networks = {
        side: {"name": network["name"], "layer": network["layer"]}
        for side, network in facts["networks"].items()
    }
    controls = dict(verdict["controls"])
    if "different_task" in controls:
        controls["different_task"] |= {"network": settings.different_task}
    stitched = stitched_answers(facts, settings.determined)
    about = {key: facts[key] for key in ("experiment", "samples", "along")}
    whole = {**about, "networks": networks, **verdict, "stitched": stitched, "controls": controls}
    return {**whole, "limited": limits_reached(whole)}


def state(
    verdict: Mapping[str, Any],
    facts: Mapping[str, Any],
    outputs: Mapping[str, np.ndarray],
    settings: Verdict,
) -> dict[str, Any]:
    """Return a verdict with names and sentences, as in ``verdict.json``.

    ``facts`` is the pair's ``evaluation.json``, ``outputs`` are those of the networks on the
    held-out samples, by side.
    """
    whole = named(verdict, facts, settings)
    classifies = any("accuracy" in network["task"] for network in facts["networks"].values())
    undefined = [
        text
        for side, network in whole["networks"].items()
        for text in output_notes(network["name"], outputs[side], classifies)
    ]
    alarming, failed = alarms(whole), failures(facts)
    # The sentence is also shown alone: it must name evidence that contradicts it.
    cautions = []
    if verdict["relation"] == EQUIVALENT and failed:
        cautions.append("Whether a rotation confirms it could not be tested.")
    if alarming and verdict["relation"] in CAUTIONS:
        cautions.append(CAUTIONS[verdict["relation"]])
    return {
        **whole,
        "sentence": " ".join([sentence(whole), *cautions]),
        "notes": notes(whole, settings)
        + perturbation_notes(whole, bool(disputed(whole, settings)))
        + map_notes(facts)
        + undefined,
        "alarms": alarming,
        **({"failures": failed} if failed else {}),
        "thresholds": settings.model_dump(mode="json", exclude={"different_task", "controls"}),
    }
