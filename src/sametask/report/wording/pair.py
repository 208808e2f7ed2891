"""The maps of a pair in words: sentences, warnings, notes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import Pair
from sametask.report.data.names import Names
from sametask.report.wording.maps import useful
from sametask.report.wording.numbers import R2_DIGITS, listed, number, r2_text, share

# Up to this part of the variance, two outputs are the same but for round-off.
ALIKE = 1e-6


def best_map(metrics: Mapping[str, Mapping[str, float]]) -> str:
    """Return the map with the highest agreement; without one, with the least output error.

    Of layers that are only read, it is the map with the highest R² of activations.
    Neither an ablation nor the route of the thesis is ever the best.
    """
    return min(useful(metrics), key=lambda name: _rank(metrics[name]))


def _rank(figures: Mapping[str, float]) -> tuple[float, float, float]:
    return (
        -figures.get("agreement", figures.get("word_agreement", 0.0)),
        figures.get("output_mse", math.inf),
        -figures.get("activation_r2", -math.inf),
    )


def _better(metrics: Mapping[str, Mapping[str, float]]) -> bool:
    """Return whether direct_rbf is ahead of the intrinsic route."""
    return _rank(metrics["direct_rbf"]) < _rank(metrics["intrinsic"])


def _achieves(figures: Mapping[str, float], target: str, names: Names) -> str:
    """Say how close the outputs of the stitched network are to the target's."""
    if "agreement" in figures:
        answer = (
            f"the same class as {target} itself for {share(figures['agreement'])} of the inputs"
        )
        accuracy = figures.get("accuracy")
        return answer + (f" (accuracy {number(accuracy)})" if accuracy is not None else "")
    if "word_agreement" in figures:
        low, high = figures["word_agreement_low"], figures["word_agreement_high"]
        return (
            f"the words that {target} itself says, {share(figures['word_agreement'])} of them "
            f"({number(100 * low)} to {number(100 * high)} %)"
        )
    if "not_finite" in figures:
        return "outputs that are not finite"
    if "output_mse" not in figures:
        explained = r2_text(figures.get("activation_r2", 0.0))
        return f"R² {explained} of {target}'s layer, which is only read"
    amount = f"{number(figures['output_mse'])} {names.squared}".rstrip()
    error = f"an error of the {names.output} (mean square) of {amount}"
    if "output_r2" not in figures:
        return error
    missed = 1 - figures["output_r2"]
    part = "less than 1e-15" if abs(missed) < R2_DIGITS else number(missed)
    return f"{error}, which is {part} of the variance of {target}'s own"


def direction_sentence(pair: Pair, direction: str) -> str:
    """Say which map is best in a direction, and how good the intrinsic route is."""
    source, target = pair.ends(direction)
    metrics, names = pair.metrics(direction), pair.names
    best = best_map(metrics)
    tests = f"{pair.facts['samples']['test']:,} held-out inputs"
    text = f"From {source.name} to {target.name}, on {tests}, the best of "
    text += (
        f"{len(useful(metrics))} maps is {best}: {_achieves(metrics[best], target.name, names)}. "
    )
    own_accuracy = pair.own_metrics(direction)[1].get("accuracy")
    if own_accuracy is not None:
        text += f"{target.name} itself has accuracy {number(own_accuracy)}. "
    intrinsic = metrics.get("intrinsic", {})
    if best != "intrinsic" and intrinsic:
        text += f"The intrinsic route: {_achieves(intrinsic, target.name, names)}. "
    if "activation_r2" in intrinsic:
        text += (
            f"The intrinsic route leaves a share of {number(1 - intrinsic['activation_r2'])} of "
            f"the variance of {target.name}'s activations unexplained (0 is perfect, 1 is no "
            "better than the mean)."
        )
    return text


def default_sentence(pair: Pair) -> str | None:
    """Say which map is handed over in each direction; ``None`` for the maps of a match."""
    default, validation = (pair.facts.get(key, {}) for key in ("default", "validation"))
    if not default:
        return None
    parts = []
    for direction, name in default.items():
        r2 = validation.get(name, {}).get(direction)
        found = f" (R² {r2_text(r2)})" if r2 is not None else ""
        parts.append(f"{name} for {pair.arrow(direction)}{found}")
    nothing = "mean" in default.values()
    return (
        f"Without a name, Transformation.load gives {listed(parts)}: in each direction the best "
        "map on samples that were set apart from the fit. The held-out inputs took no part."
        + (" Where it is mean, no map was better than the mean." if nothing else "")
    )


def _failed(pair: Pair) -> list[str]:
    """Warn of each direction in which the intrinsic route is no better than the mean."""
    warnings = []
    for direction in DIRECTIONS:
        _, target = pair.ends(direction)
        r2 = pair.metrics(direction).get("intrinsic", {}).get("activation_r2", 1)
        if r2 <= 0:
            warnings.append(
                f"{pair.arrow(direction)}: the intrinsic route is no better than always "
                f"answering with {target.name}'s mean activation (unexplained share "
                f"{number(1 - r2)}, the mean has 1). Do not use this map; the rotated coordinates "
                "below show how far the two networks' coordinates are apart."
            )
    return warnings


def pair_warnings(pair: Pair) -> list[str]:
    """Return the warnings about the maps of a pair."""
    return _failed(pair) + _not_finite(pair)


def _not_finite(pair: Pair) -> list[str]:
    """Warn of each direction in which the target puts out values that are not finite."""
    warnings = []
    for direction in DIRECTIONS:
        broken = pair.broken(direction)
        if broken:
            _, target = pair.ends(direction)
            counts = listed([f"{name} {count:,}" for name, count in broken.items()])
            warnings.append(
                f"{pair.arrow(direction)}: with mapped activations, {target.name} puts out "
                "values that are not finite. Number of held-out samples with such outputs: "
                f"{counts}. The maps lead to activations that {target.name} never has by itself. "
                "They have no figures of outputs."
            )
    return warnings


def pair_notes(pair: Pair) -> list[str]:
    """Return how to compare the maps of a pair."""
    notes, maps = [], pair.facts["maps"]
    beaten = [
        pair.arrow(direction)
        for direction in DIRECTIONS
        if {"direct_rbf", "intrinsic"} <= set(maps) and _better(pair.metrics(direction))
    ]
    if beaten:
        notes.append(
            f"direct_rbf beats the intrinsic route ({listed(beaten)}). That is usual when all "
            "samples are paired: it fits one network's activations directly to the other's, and"
            " needs no common coordinates. Only the intrinsic route gives evidence whether the "
            "two networks are equivalent, coordinates that they share, and a map when only a "
            "few inputs are paired."
        )
    if "thesis" in maps:
        notes.append(
            "thesis is a nonlinear regression through the source's coordinates. The rotation "
            "cancels out, so this map cannot distinguish equivalent networks from shuffled "
            "ones: its figures reproduce the thesis and are no evidence of equivalence."
        )
    return notes + _own_layers(pair) + _left_out(pair)


def _own_layers(pair: Pair) -> list[str]:
    """Say what a network loses with its own activations put back, and what goes past its layers."""
    notes, closed = [], []
    judged = [one for one in pair.facts["networks"].values() if "own_layers" in one]
    for own, name in ((network["own_layers"], network["name"]) for network in judged):
        if own.get("agreement", 1.0) < 1 or own.get("output_r2", 1.0) < 1 - ALIKE:
            reached = (
                f"its own class for {share(own['agreement'])} of the inputs"
                if "agreement" in own
                else f"R² {r2_text(own['output_r2'])} of its own outputs"
            )
            notes.append(
                f"With its own activations put back as maps put them, {name} gives {reached}: "
                "no map can be expected to do better."
            )
        past = own.get("past_layer")
        if past is not None and past > ALIKE:
            notes.append(
                f"{share(past)} of the variance of {name}'s outputs goes past its layer: it "
                "changes with what the network is given, while the activations of the layer stay."
            )
        elif past is not None:
            closed.append(name)
    if closed:
        notes.append(
            f"Nothing goes past the layer of {listed(closed)}: with the same activations and "
            "another input of the same length, the outputs are the same."
        )
    return notes


def _left_out(pair: Pair) -> list[str]:
    """Say which maps are not in the table, and why."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in pair.facts.get("left_out", {}).items():
        by_reason.setdefault(reason, []).append(name)
    return [f"Left out: {listed(names)} ({reason})." for reason, names in by_reason.items()]


def disagreement_sentence(target: str, counts: Mapping[str, int], total: int) -> str:
    """Say for how many test inputs the class of each stitched network is not the target's."""
    numbers = "; ".join(f"{name} {count} of {total}" for name, count in counts.items())
    return (
        "Number of inputs for which the stitched network's class differs from that of "
        f"{target}: {numbers}."
    )
