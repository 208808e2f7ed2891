"""The table of the evidence on a task: every item with its threshold and meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sametask.report.data.experiment import JudgedPair
from sametask.report.tables.verdict import NONE, Item, interval
from sametask.report.wording.numbers import number
from sametask.verdict.task.ways import Place, Way, Words, floor_words, ways_of, words_of


def _share_text(ends: Sequence[float]) -> str:
    low, estimate, high = (f"{end:.2f}".replace("-", "−") for end in ends)
    return f"{estimate} ({low}\u00a0to\u00a0{high})"


def _where(way: Way, place: str) -> str:
    return f"layer {way.layer}" if place == "layer" else way.wanted


def _share_item(way: Way, place: str, threshold: float, words: Words) -> Item:
    """Return the task share of a source at one place; it is what decides."""
    found, where = way.places[place], _where(way, place)
    name = f"Task share {way.source} → {way.target}, {where}"
    if found.share is None:
        why = (
            f"{way.floor(place, words)} does as well as {way.ceiling}: there is no scale to place "
            f"{way.source} on."
        )
        return Item(name, "cannot be told", f"≥ {threshold:g}", None, why[0].upper() + why[1:])
    met = found.share[1] >= threshold
    holds = "hold" if place == "answers" else "holds"
    meaning = f"{way.source}'s {where} {holds} what {way.target}'s {way.wanted} need, simply."
    if not met:
        best = way.floor(place, words)
        meaning = f"Closer to {best} than to {way.ceiling}: no sign of {way.target}'s task."
    return Item(name, _share_text(found.share), f"≥ {threshold:g}", met, meaning)


def _needed_item(way: Way, place: str, words: Words) -> Item:
    """Return the numbers of shared samples that suffice from the source and from the floors."""
    found = way.places[place]
    floors = [start for start in found.fidelity if start not in ("source", "ceiling")]
    others = "; ".join(
        f"{floor_words(start, way.source, words)}: {found.amount(start)}" for start in floors
    )
    name = f"Shared {words.inputs} needed {way.source} → {way.target}, {_where(way, place)}"
    return Item(name, found.amount("source"), NONE, None, f"For comparison, {others}.")


def _reached_item(way: Way, place: str) -> Item:
    """Return the fidelity with all shared samples."""
    found: Place = way.places[place]
    name = f"With all {found.samples:,} {way.source} → {way.target}, {_where(way, place)}"
    last = {start: number(values[-1]) for start, values in found.fidelity.items()}
    value = f"{last['source']} (ceiling {last['ceiling']})"
    meaning = "A map that is fitted to so many samples may learn the task by itself."
    return Item(name, value, NONE, None, meaning)


def _items(pair: JudgedPair) -> Iterator[Item]:
    verdict = pair.verdict
    words, threshold = (
        words_of(pair.a.activations.attributes),
        verdict["thresholds"]["task"]["share"],
    )
    ways = ways_of(verdict["task"], verdict["networks"])
    for way in ways.values():
        for place in way.places:
            yield _share_item(way, place, threshold, words)
    for way in ways.values():
        for place in way.places:
            yield _needed_item(way, place, words)
            yield _reached_item(way, place)
    for direction, way in ways.items():
        name = f"R² of outputs {way.source} → {way.target}"
        ends = verdict["task"]["outputs_r2"].get(direction)
        meaning = (
            "By a linear map from all fit samples: renamed classes or another scale cost nothing."
        )
        if ends is None:
            meaning = f"{way.target}'s outputs are the same for all these inputs."
        yield Item(name, interval(ends) if ends else "not defined", NONE, None, meaning)


def task_table(pair: JudgedPair) -> list[Item]:
    """Return all evidence of the verdict on the task, with thresholds and meaning."""
    return list(_items(pair))
