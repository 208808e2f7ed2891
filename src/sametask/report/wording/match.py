"""A match of two networks' samples in plain words: badge, sentence, warnings, notes."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from sametask.base.relations import DIRECTIONS
from sametask.report.data.match import MatchedPair
from sametask.report.wording.maps import KINDS, kind_of
from sametask.report.wording.numbers import number

# Beside more shared inputs than these their number is no longer written as a word.
FEW = ("no", "one", "two", "three", "four", "five")
BASELINES = KINDS[-1]


def shared_inputs(count: int) -> str:
    """Return how many inputs are shared, in words."""
    said = FEW[count] if count < len(FEW) else f"{count:,}"
    return f"{said} shared input" + ("" if count == 1 else "s")


def baseline_title(count: int) -> str:
    """Return the title of the baselines in the table of maps."""
    if not count:
        return "Baselines that need no shared input"
    return f"Baselines fitted on the {shared_inputs(count)} alone"


def missed(figures: Mapping[str, float]) -> float:
    """Return a map's relative error; that of its outputs where the target is constant."""
    if "activation_r2" in figures:
        return 1 - figures["activation_r2"]
    return figures.get("output_mse", inf)


def best_of(pair: MatchedPair, direction: str, baseline: bool) -> tuple[str, float] | None:
    """Return the best baseline, or the best of all other maps, and its error."""
    errors = {
        name: missed(figures)
        for name, figures in pair.metrics(direction).items()
        if (kind_of(name) == BASELINES) == baseline
    }
    best = min(errors, key=errors.__getitem__, default=None)
    return None if best is None else (best, errors[best])


def _errors_text(pair: MatchedPair, direction: str) -> str:
    """Say how well our best map does in a direction, beside the best baseline."""
    source, target = (end.name for end in pair.ends(direction))
    ours, baseline = (best_of(pair, direction, flag) for flag in (False, True))
    said = f"from {source} to {target} "
    if ours:
        said += f"{number(ours[1])} ({ours[0]})" + (", beside " if baseline else "")
    return said + (f"{number(baseline[1])} ({baseline[0]})" if baseline else "")


def match_sentence(pair: MatchedPair) -> str:
    """Say what was shared, whether it was enough, and how well the best maps do."""
    a, b, tests = pair.a.name, pair.b.name, f"{pair.facts['samples']['test']:,} held-out inputs"
    shared = shared_inputs(pair.anchors)
    if pair.routed:
        begun = f"With {shared}, every sample of {a} was given a place in {b}, and the reverse."
        best = "of our best map, beside that of the best baseline with the same shared inputs"
    else:
        begun = f"With {shared}, no match of {a} and {b} was found that can be trusted."
        best = "of the best baseline with these shared inputs"
    errors = "; ".join(_errors_text(pair, direction) for direction in DIRECTIONS)
    return f"{begun} On {tests}, the relative error {best}, is: {errors}."


def _ways(pair: MatchedPair) -> str | None:
    """Say in how many ways the domain looks the same, if in more than one."""
    count, settles = len(pair.match["candidates"]), pair.match["settles"]
    if count < 2:
        return None
    text = f"The domain looks the same in {count} ways: as many matches fit equally well. "
    if not pair.match["found"]:
        if settles is None or settles <= pair.anchors:
            return text + "The shared inputs do not settle which is meant."
        return text + f"{shared_inputs(settles).capitalize()} would settle which is meant."
    return text + "The shared inputs settle which is meant."


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
            f"A baseline is ahead of all our maps ({'; '.join(beaten)}): the shared inputs are "
            "many enough for a regression. A match is worth its while where there are fewer."
        )
    return notes


def study_sentence(pair: MatchedPair) -> str:
    """Say how often the study called a match found, and how often wrongly."""
    facts, found = pair.study.attributes, pair.study["found"]
    below = number(facts["right_below"])
    wrong = f"{facts['wrong']:,} of these have" if facts["wrong"] else "none of these has"
    return (
        f"Of {found.size:,} random choices of shared inputs, {int(found.sum()):,} were called "
        f"found; {wrong} a held-out error above {below}."
    )
