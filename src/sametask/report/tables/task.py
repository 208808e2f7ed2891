"""The table of the evidence on a task: every item with its threshold and meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sametask.report.data.experiment import JudgedPair
from sametask.report.tables.verdict import NONE, Item, interval
from sametask.report.wording.numbers import number
from sametask.verdict.task.ways import Way, Words, floor_words, ways_of, words_of


def _share_text(ends: Sequence[float]) -> str:
    low, estimate, high = (f"{end:z.2f}".replace("-", "−") for end in ends)
    return f"{estimate} ({low}\u00a0to\u00a0{high})"


def _where(way: Way, place: str) -> str:
    return f"layer {way.layer}" if place == "layer" else way.wanted


def _share_item(way: Way, place: str, words: Words) -> Item:
    """Return the task share of a source at one place; it is what decides."""
    found, where = way.places[place], _where(way, place)
    name = f"Task share {way.source} → {way.target}, {where}"
    if found.share is None:
        why = (
            f"A simple map from {way.floor(place, words)} does as well as one from {way.ceiling}: "
            f"there is no scale to place {way.source} on."
        )
        return Item(name, "cannot be told", f"≥ {found.limit:g}", None, why)
    best = way.floor(place, words)
    meaning = f"Clearly more than {best}: a simple map finds {way.target}'s {way.wanted} there."
    if not found.holds:
        meaning = f"Not clearly more than {best}: no sign of {way.target}'s task."
    return Item(name, _share_text(found.share), f"≥ {found.limit:g}", found.holds, meaning)


def _needed_item(way: Way, place: str, words: Words) -> Item:
    """Return the numbers of shared samples that suffice from the source and from the floors."""
    found = way.places[place]
    others = "; ".join(
        f"{floor_words(start, way.source, words)} {found.amount(start)}" for start in found.floors
    )
    last = {start: number(values[-1]) for start, values in found.fidelity.items()}
    meaning = (
        f"In its place, {others}. With all {found.samples:,}, the fidelity is {last['source']} "
        f"(ceiling {last['ceiling']})."
    )
    name = f"Shared {words.inputs} needed {way.source} → {way.target}, {_where(way, place)}"
    return Item(name, found.amount("source"), NONE, None, meaning)


def _items(pair: JudgedPair) -> Iterator[Item]:
    verdict = pair.verdict
    words = words_of(pair.a.activations.attributes)
    ways = ways_of(verdict["task"], verdict["networks"])
    for way in ways.values():
        for place in way.places:
            yield _share_item(way, place, words)
    for way in ways.values():
        for place in way.places:
            yield _needed_item(way, place, words)
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
