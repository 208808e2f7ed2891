"""The verdict on the task in words: the answer to "have they learned the same task?", and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sametask.base.relations import A_CONTAINS_B, B_CONTAINS_A, OTHER_TASK, SAME_TASK
from sametask.verdict.task.notes import notes
from sametask.verdict.task.ways import INPUTS, Way, Words, blocked, untold, ways_of

SOURCE = "source"


def _both_needed(forth: Way, back: Way, words: Words) -> str | None:
    """Say how many samples a map needs in either direction; ``None`` if that shows nothing."""
    layers = [way.places["layer"] for way in (forth, back)]
    if not all(layer.fewer for layer in layers):
        return None
    pair = [layer.needed[SOURCE] for layer in layers]
    limit = "" if pair[0] == pair[1] else "at most "
    untaught = [layer.untaught for layer in layers]
    known = [count for count in untaught if count is not None]
    if not known:
        other = f"even all {layers[0].samples:,} are not enough"
    else:
        other = f"it needs {'' if untaught[0] == untaught[1] else 'at least '}{min(known):,}"
    return (
        f"A simple map from one to the other needs {limit}{max(pair):,} shared {words.inputs} to "
        f"give the other's {forth.wanted}; from {forth.floors(words)} {other}."
    )


def _one_needed(way: Way, words: Words) -> str:
    """Say how many samples a map needs from a source, and from its floors, if that shows it."""
    layer = way.places["layer"]
    if not layer.fewer:
        return ""
    least = layer.untaught
    other = f"more than {layer.samples:,}" if least is None else f"{least:,}"
    return (
        f"To give {way.target}'s {way.wanted}, a simple map from {way.source} needs "
        f"{layer.amount(SOURCE)} shared {words.inputs}, and one from {way.floors(words)} {other}. "
    )


def _reaches(way: Way) -> str:
    """Say which task share a source reaches, at the place that decides."""
    place = way.places[way.deciding]
    # A place that decides has a share; without one, the sentence says that nothing can be told.
    assert place.share is not None
    share = f"{place.share[1]:z.2f}"
    what = f"layer {way.layer}" if way.deciding == "layer" else way.wanted
    verb = "reaches" if way.deciding == "layer" else "reach"
    return f"{way.source}'s {what} {verb} {share.replace('-', '−')} for {way.target}'s task"


def _shares(forth: Way, back: Way, words: Words) -> str:
    """Say where both sources lie between floors and ceiling."""
    if forth.reference != back.reference:
        ceiling = f"{forth.ceiling}, or {back.ceiling}"
    else:
        ceiling = "another network of the same recipe" if forth.reference else "the network itself"
    return (
        f"On a scale from {forth.scale_start(words)} (0; less is worse) to {ceiling} "
        f"(1), {_reaches(forth)}, and {_reaches(back)}."
    )


def _both_blocked(forth: Way, back: Way, words: Words) -> str:
    """Say why nothing can be told either way, once where the reason is the same."""
    reasons = [
        blocked(way, place, words) for way in (forth, back) if (place := untold(way)) is not None
    ]
    raw = (
        f"a simple map from {words.raw} already gives {{}} {forth.wanted} as well as one from {{}} "
        "does"
    )
    if reasons == [raw.format(f"{way.target}'s", way.ceiling) for way in (forth, back)]:
        like = "another network like it" if forth.reference else "the network itself"
        return raw.format("either's", like)
    return ", and ".join(dict.fromkeys(reasons))


def _undecided(forth: Way, back: Way, words: Words) -> str:
    """Say what nothing can be told about, and why."""
    why = _both_blocked(forth, back, words)
    if forth.learned is None and back.learned is None:
        return (
            f"These {words.inputs} cannot tell whether {forth.source} and {back.source} learned "
            f"the same task: {why}."
        )
    open_way, told = (forth, back) if forth.learned is None else (back, forth)
    return (
        f"Only half an answer: {told.source} learned {told.target}'s task, but these "
        f"{words.inputs} cannot tell whether {open_way.source} learned {open_way.target}'s: {why}."
    )


def _different(forth: Way, back: Way, words: Words) -> str:
    """Say that the tasks differ, and by how much; of a direction that nothing tells, why."""
    start = f"No: {forth.source} and {back.source} learned different tasks"
    only_layers = [way.lacks_layer_only for way in (forth, back)]
    if all(only_layers):
        return (
            f"Not at these layers: {forth.source} and {back.source} give each other's "
            f"{forth.wanted}, but {forth.failing} task, and {back.failing}. "
            f"{_shares(forth, back, words)}"
        )
    if any(only_layers) and None not in (forth.learned, back.learned):
        return f"{start}: {forth.failing}, and {back.failing}. {_shares(forth, back, words)}"
    if None not in (forth.learned, back.learned):
        return f"{start}, and neither does the other's. {_shares(forth, back, words)}"
    open_way, told = (forth, back) if forth.learned is None else (back, forth)
    return (
        f"{start}: {told.failing}. Whether {open_way.source} learned "
        f"{open_way.target}'s, these {words.inputs} cannot tell: "
        f"{_both_blocked(forth, back, words)}."
    )


def sentence(relation: str, forth: Way, back: Way, words: Words) -> str:
    """Return the answer with the figures that carry it; ``forth`` is the direction a to b."""
    a, b = forth.source, back.source
    if relation == SAME_TASK:
        figures = _both_needed(forth, back, words) or _shares(forth, back, words)
        return f"Yes: {a} and {b} learned the same task. {figures}"
    if relation in (A_CONTAINS_B, B_CONTAINS_A):
        way, other = (forth, back) if relation == A_CONTAINS_B else (back, forth)
        return (
            f"In part: {way.source} learned {way.target}'s task, but {other.failing}. "
            f"{_one_needed(way, words)}{_shares(forth, back, words)}"
        )
    if relation == OTHER_TASK:
        return _different(forth, back, words)
    return _undecided(forth, back, words)


def state(
    measured: Mapping[str, Any],
    networks: Mapping[str, Mapping[str, str]],
    words: Words = INPUTS,
) -> dict[str, Any]:
    """Return the verdict on the task as in ``verdict.json``, with ``sentence`` and ``notes``.

    ``measured`` are the attributes of ``task.zarr``, ``networks`` are ``name`` and ``layer`` by
    side, ``words`` are those for the samples.
    """
    task = {**measured["task"], **{key: measured[key] for key in ("fidelity", "reference")}}
    ways = ways_of(task, networks)
    return {
        **task,
        "sentence": sentence(task["relation"], ways["a_to_b"], ways["b_to_a"], words),
        "notes": notes(ways, words),
    }
