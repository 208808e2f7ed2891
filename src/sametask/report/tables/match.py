"""The tables of a match: the evidence for it, and the candidates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.report.data.match import MatchedPair
from sametask.report.tables.verdict import NONE, Item, round_trip_items
from sametask.report.wording.match import shared_inputs
from sametask.report.wording.numbers import number, share

# At most this many candidates are listed.
LISTED = 8


def _shown(value: float | None) -> str:
    return NONE if value is None else number(value)


def _confidence(pair: MatchedPair) -> Item:
    match = pair.match
    meaning = "High enough: reported as found." if match["found"] else "Too low."
    threshold = f"≥ {share(match['threshold'])}"
    low, high = map(share, match["confidence_interval"])
    value = f"{share(match['confidence'])} ({low} to {high})"
    meaning += " In brackets: 95 % interval, as only a few matches were used for calibration."
    return Item("Confidence", value, threshold, match["found"], meaning)


def _fit_items(pair: MatchedPair) -> Iterator[Item]:
    for direction in DIRECTIONS:
        source, target = (end.name for end in pair.ends(direction))
        meaning = "Mean relative error of local lengths; 0 is a perfect isometry."
        value = _shown(pair.match["stress"][direction])
        yield Item(f"Stress {source} → {target}", value, NONE, None, meaning)
    a, b, cycle = pair.a.name, pair.b.name, pair.match["cycle"]
    unit = "" if cycle is None else " sample spacings"
    meaning = "Distance of a sample from its place after both maps (median); below 1 is close."
    yield Item(f"Cycle {a} → {b} → {a}", _shown(cycle) + unit, NONE, None, meaning)
    yield from round_trip_items(pair, pair.facts.get("round_trip", {}))


def _agreement(pair: MatchedPair) -> Item:
    chance = pair.match["agreement"]["p_value"]
    meaning = "Probability that chance predicts left-out shared inputs equally well."
    if chance is None:
        meaning = "Too few shared inputs for a comparison with chance."
    value = NONE if chance is None else f"p = {chance:.2g}"
    name = "Agreement with the shared inputs"
    return Item(f"{name} ({pair.anchors})", value, NONE, None, meaning)


def match_table(pair: MatchedPair) -> list[Item]:
    """Return all evidence for a match, with thresholds and meaning."""
    match, settles = pair.match, pair.match["settles"]
    count = len(match["candidates"])
    meaning = "Only one match fits." if count == 1 else "Matches that fit equally well."
    if settles is not None:
        meaning += f" {shared_inputs(settles).capitalize()} would decide between them."
    return [
        _confidence(pair),
        *_fit_items(pair),
        _agreement(pair),
        Item("Candidates", f"{count}", NONE, None, meaning if count else "No match fits."),
    ]


def candidate_table(pair: MatchedPair) -> list[dict[str, Any]]:
    """Return the candidates if there are several: number, stress, whether chosen."""
    candidates = pair.match["candidates"]
    if len(candidates) < 2:
        return []
    return [
        {
            "number": place + 1,
            "stress": _shown(candidate["stress"]),
            "chosen": candidate["chosen"],
        }
        for place, candidate in enumerate(candidates[:LISTED])
    ]


def match_facts(pair: MatchedPair) -> list[tuple[str, str]]:
    """Return the figures of a match that are in no other table."""
    facts, compared = [("shared inputs", f"{pair.anchors:,}")], pair.match["coordinates"]
    if compared is not None:
        facts.append(("diffusion coordinates compared", f"{compared:,}"))
    return facts
