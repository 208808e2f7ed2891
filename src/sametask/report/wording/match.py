"""A match of two networks' samples in plain words: badge, sentence, warnings, notes."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from sametask.base.relations import DIRECTIONS
from sametask.report.data.match import MatchedPair
from sametask.report.wording.maps import KINDS, kind_of, useful
from sametask.report.wording.numbers import number

# Larger numbers are written in digits.
FEW = ("no", "one", "two", "three", "four", "five")
BASELINES = KINDS[-1]


def shared_inputs(count: int) -> str:
    """Return how many inputs are shared, in words."""
    number_text = FEW[count] if count < len(FEW) else f"{count:,}"
    return f"{number_text} shared input" + ("" if count == 1 else "s")


def baseline_title(count: int) -> str:
    """Return the title of the baselines in the table of maps."""
    if not count:
        return "Baselines that need no shared input"
    return f"Baselines fitted on the {shared_inputs(count)} alone"


def missed(figures: Mapping[str, float]) -> float:
    """Return a map's relative error; the mean-square error of outputs if the target is constant."""
    if "activation_r2" in figures:
        return 1 - figures["activation_r2"]
    return figures.get("output_mse", inf)


def best_of(pair: MatchedPair, direction: str, baseline: bool) -> tuple[str, float] | None:
    """Return the best of the baselines, or of all other maps, and its error."""
    metrics = pair.metrics(direction)
    errors = {
        name: missed(metrics[name])
        for name in useful(metrics)
        if (kind_of(name) == BASELINES) == baseline
    }
    best = min(errors, key=errors.__getitem__, default=None)
    return None if best is None else (best, errors[best])


def _errors_text(pair: MatchedPair, direction: str) -> str:
    """Return the errors of our best map and of the best baseline in a direction."""
    source, target = (end.name for end in pair.ends(direction))
    ours, baseline = (best_of(pair, direction, flag) for flag in (False, True))
    text = f"from {source} to {target} "
    if ours:
        text += f"{number(ours[1])} ({ours[0]})" + (" and " if baseline else "")
    return text + (f"{number(baseline[1])} ({baseline[0]})" if baseline else "")


def match_sentence(pair: MatchedPair) -> str:
    """Say how many inputs are shared, whether they suffice, and the best maps' errors."""
    a, b, tests = pair.a.name, pair.b.name, f"{pair.facts['samples']['test']:,} held-out inputs"
    shared = shared_inputs(pair.anchors)
    if pair.routed:
        begun = (
            f"With {shared}, every sample of {a} was matched to a place in {b}, and every sample "
            f"of {b} to a place in {a}."
        )
        best = "our best map and the best baseline with the same shared inputs"
    else:
        begun = f"With {shared}, no reliable match of {a} and {b} was found."
        best = "the best baseline with these shared inputs"
    errors = "; ".join(_errors_text(pair, direction) for direction in DIRECTIONS)
    return f"{begun} Relative errors of {best}, on {tests}: {errors}."


def _ways(pair: MatchedPair) -> str | None:
    """Say how many matches fit equally well, if there are several, and what decides."""
    count, settles = len(pair.match["candidates"]), pair.match["settles"]
    if count < 2:
        return None
    text = f"The domain has a symmetry: {count} matches fit equally well. "
    if not pair.match["found"]:
        if settles is None or settles <= pair.anchors:
            return text + "The shared inputs do not decide between them."
        return text + f"{shared_inputs(settles).capitalize()} would decide between them."
    return text + "The shared inputs decide between them."


def match_warnings(pair: MatchedPair) -> list[str]:
    """Return why no match was found."""
    ways = _ways(pair)
    warnings = [] if pair.match["found"] or ways is None else [ways]
    return [*pair.match["reasons"], *warnings]


def _beaten(pair: MatchedPair) -> list[str]:
    """Return the directions in which a baseline is ahead of all our maps."""
    beaten = []
    for direction in DIRECTIONS:
        ours, baseline = (best_of(pair, direction, flag) for flag in (False, True))
        if ours and baseline and baseline[1] < ours[1]:
            beaten.append(pair.arrow(direction))
    return beaten


def match_notes(pair: MatchedPair) -> list[str]:
    """Return what a reader should know of a match that was found."""
    ways = _ways(pair)
    notes = [ways] if pair.match["found"] and ways else []
    beaten = _beaten(pair)
    if beaten:
        notes.append(
            f"A baseline has a smaller error than all our maps ({'; '.join(beaten)}): there are "
            "enough shared inputs for a regression. A match is useful where there are fewer."
        )
    return notes


def study_sentence(pair: MatchedPair) -> str:
    """Say how often the study reported a match as found, and how often wrongly."""
    facts, reported = pair.studied.attributes, pair.studied["found"]
    below = number(facts["right_below"])
    wrong = f"{facts['wrong']:,} of these have" if facts["wrong"] else "none of these has"
    return (
        f"Of {reported.size:,} random choices of shared inputs, {int(reported.sum()):,} led to a "
        f"match that is reported as found; {wrong} a held-out error above {below}."
    )
