"""The verdict in words: its sentence, notes on its limits, and alarms that invalidate it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.base.classes import chosen_classes
from sametask.base.relations import A_DETERMINES_B, B_DETERMINES_A, DIRECTIONS, EQUIVALENT, PARTIAL
from sametask.config.sections.stage_sections import Verdict

# Up to this fraction of held-out samples may lie outside the support by chance.
OUTSIDE = 0.01


def per_cent(r2: float) -> str:
    """Return a fraction in words; it is never rounded to 100 %."""
    if r2 < 0.001:
        return "nothing"
    return "over 99.9 %" if r2 > 0.999 else f"{100 * r2:.1f} %"


def counted(count: int, thing: str) -> str:
    """Return a number of things: one neuron, two neurons."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _named(network: Mapping[str, str]) -> str:
    return f"{network['name']} ({network['layer']})"


def sentence(verdict: Mapping[str, Any]) -> str:
    """Return the sentence of a verdict: the relation of the layers, and what it allows."""
    networks, r2 = verdict["networks"], verdict["r2"]
    a, b = (_named(networks[side]) for side in ("a", "b"))
    both = ", ".join(
        f"{networks[source]['name']} explains {per_cent(r2[direction][1])} of "
        f"{networks[target]['name']}"
        for direction, (source, target) in DIRECTIONS.items()
        if direction in r2
    )
    relation = verdict["relation"]
    if relation == EQUIVALENT:
        return (
            f"{a} and {b} are equivalent on these inputs: each is a function of the other "
            f"({both}, held out): either can stand in for the other."
        )
    if relation in (A_DETERMINES_B, B_DETERMINES_A):
        source, target = (a, b) if relation == A_DETERMINES_B else (b, a)
        return (
            f"{source} determines {target} on these inputs but not the other way round ({both}, "
            f"held out): use the first in place of the second, never the reverse."
        )
    if len(r2) < 2:
        still = " and ".join(_named(networks[DIRECTIONS[d][1]]) for d in DIRECTIONS if d not in r2)
        return f"{still} does not change with these inputs, so that there is nothing to compare."
    if relation == PARTIAL:
        dimension = verdict["dimension"]
        shared = dimension["a"] + dimension["b"] - dimension["joint"]
        return (
            f"{a} and {b} share a part of what they represent: {both} (held out), and {shared} of "
            f"{dimension['a']} and {dimension['b']} local directions are common. Neither can stand "
            "in for the other without loss."
        )
    return (
        f"{a} and {b} have nothing in common that these samples show ({both}, held out): a map "
        "between them would be made up."
    )


def _disputed(verdict: Mapping[str, Any], settings: Verdict) -> list[str]:
    """Return the directions in which R² is high, but the target is not a function of the source.

    It adds local directions, or a component of it is not explained.
    """
    texts = []
    for direction, (source, target) in DIRECTIONS.items():
        if verdict["r2"].get(direction, [0.0])[0] < settings.determined:
            continue
        start, end = (verdict["networks"][side]["name"] for side in (source, target))
        new, but = verdict["new_directions"][direction], []
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


def notes(verdict: Mapping[str, Any], settings: Verdict) -> list[str]:
    """Return the notes that a reader of the verdict needs."""
    texts = _disputed(verdict, settings)
    for side, network in verdict["networks"].items():
        count = verdict["whitney"][side]
        if count["measured"] < count["required"]:
            texts.append(
                f"{_named(network)}: {counted(count['measured'], 'measured neuron')} for "
                f"{counted(verdict['dimension'][side], 'dimension')}; {count['required']} would be "
                "sure to keep all inputs apart (Whitney: 2 d + 1)."
            )
        if verdict["support"][side] > OUTSIDE:
            texts.append(
                f"{_named(network)}: {per_cent(verdict['support'][side])} of the held-out samples "
                "lie outside the support of the fit, where every map extrapolates."
            )
    for side, control in verdict["controls"]["untrained"].items():
        texts += _shared_by_control(verdict, side, control, "an untrained copy of it")
    failed = [
        f"Control {name} of {verdict['networks'][side]['name']}: {control['failed']}"
        for name, sides in verdict["controls"].items()
        for side, control in _by_side(sides).items()
        if "failed" in control
    ]
    return texts + failed


def _by_side(control: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the outcomes of a control by the side that it replaces; shuffled pairs replace b."""
    sides = {side: control[side] for side in ("a", "b") if side in control}
    return sides or {"b": control}


def _shared_by_control(
    verdict: Mapping[str, Any], side: str, control: Mapping[str, Any], what: str
) -> list[str]:
    relation = verdict["relation"]
    one_way = relation in (A_DETERMINES_B, B_DETERMINES_A)
    if not one_way or control.get("relation") != relation:
        return []
    return [
        f"{_named(verdict['networks'][side])}: {what} has that relation as well, so that the "
        "relation is not due to training."
    ]


def alarms(verdict: Mapping[str, Any]) -> list[str]:
    """Return the controls that are equivalent: each makes the verdict "equivalent" meaningless."""
    networks, controls = verdict["networks"], verdict["controls"]
    texts = []
    if controls["shuffled_pairs"].get("relation") == EQUIVALENT:
        texts.append(
            "Shuffled pairs come out equivalent too: on these samples the evidence means nothing."
        )
    for name, sides in controls.items():
        for side, control in _by_side(sides).items() if name != "shuffled_pairs" else ():
            if control.get("relation") == EQUIVALENT:
                stands_in = networks[side]
                kept = networks["b" if side == "a" else "a"]
                who = (
                    f"An untrained copy of {stands_in['name']}"
                    if name == "untrained"
                    else f"{sides['network']}, which learned a different task,"
                )
                texts.append(
                    f"{who} is equivalent to {_named(kept)} as well: here a layer keeps everything "
                    "that tells these inputs apart, whatever it was trained for. Equivalence at "
                    "these layers says nothing about the task."
                )
    return texts


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
    networks = {
        side: {"name": network["name"], "layer": network["layer"]}
        for side, network in facts["networks"].items()
    }
    classifies = any("accuracy" in network["task"] for network in facts["networks"].values())
    named = {"experiment": facts["experiment"], "networks": networks, **verdict}
    if "different_task" in named["controls"]:
        named["controls"]["different_task"]["network"] = settings.different_task
    undefined = [
        text
        for side, network in networks.items()
        for text in output_notes(network["name"], outputs[side], classifies)
    ]
    alarming, failed = alarms(named), failures(facts)
    # The sentence is also shown alone: it must name evidence that contradicts it.
    cautions = []
    if verdict["relation"] == EQUIVALENT and failed:
        cautions.append("Whether a rotation confirms it could not be tested.")
    if verdict["relation"] == EQUIVALENT and alarming:
        cautions.append("A control is equivalent too, so that this says nothing about the task.")
    return {
        **named,
        "sentence": " ".join([sentence(named), *cautions]),
        "notes": notes(named, settings) + undefined,
        "alarms": alarming,
        **({"failures": failed} if failed else {}),
        "samples": facts["samples"],
        "thresholds": settings.model_dump(mode="json", exclude={"different_task"}),
    }
