"""Notes on the verdict on the task: what a reader of its figures should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sametask.verdict.task.ways import FAITHFUL, Way, Words, blocked, untold

# Outputs that a note names.
SHOWN = 3


def read(way: Way) -> Iterator[str]:
    """Say where a layer holds a task in another form than the target's layer."""
    if way.places["layer"].read:
        yield (
            f"{way.source}'s layer {way.layer} holds {way.target}'s task in a form of its own: a "
            f"simple map that reads {way.target}'s {way.wanted} from it decides, and not the "
            f"stitched network of the figure, whose map leads to {way.target}'s layer."
        )


def uncertain(way: Way) -> Iterator[str]:
    """Say where the interval of a share has the threshold inside."""
    for name, place in way.places.items():
        if place.share and place.share[0] < place.limit <= place.share[2]:
            low, estimate, high = (f"{end:z.2f}".replace("-", "−") for end in place.share)
            where = f"layer {way.layer}" if name == "layer" else way.wanted
            yield (
                f"Close to the limit: the task share of {way.source}'s {where} for {way.target} is "
                f"{estimate}, with an interval from {low} to {high}, and {place.limit:g} decides. "
                "More held-out samples would make this sure."
            )


def missing(way: Way) -> Iterator[str]:
    """Say which outputs or classes a source does not give that reaches the share nevertheless."""
    if not way.missed:
        return
    kind = {"answers": "class", "words": "trigram"}.get(way.wanted, "output")
    figures = {place: f"{r2:z.2f}".replace("-", "−") for place, r2 in way.missed.items()}
    shown = [f"{kind} {place} (R² {r2})" for place, r2 in figures.items()][:SHOWN]
    more = len(way.missed) - len(shown)
    named = ", ".join(shown) + (f" and {more} more" if more else "")
    yield (
        f"Not all of it: {way.source}'s {way.wanted} do not give {named} of {way.target}, counted "
        "from 0. The task share is over all of them together, each with its variance, and is "
        "reached without."
    )


def silent(way: Way) -> Iterator[str]:
    """Say where only the probabilities of classes change, and never the class."""
    if way.constant and way.learned is not None:
        yield (
            f"{way.target} gives the same class to every held-out input: what is said of its task "
            "rests on the probabilities of its classes alone."
        )


def yardstick(way: Way, words: Words) -> Iterator[str]:
    """Say which ends of the scale are missing."""
    if not way.reference:
        yield (
            f"There is no other network like {way.target} to compare with, so that the scale ends "
            f"at {way.target} itself; verdict.reference can name one."
        )
    if "untrained" not in way.places["layer"].fidelity:
        yield (
            f"There is no untrained copy of {way.source}, so that the scale starts at "
            f"{way.scale_start(words)}."
        )


def _places_differ(way: Way, words: Words) -> Iterator[str]:
    """Say where a layer holds a task that its network does not do, or the other way round."""
    layer, answers = (place.holds for place in way.places.values())
    if layer and answers is False:
        yield (
            f"{way.source}'s layer {way.layer} holds what {way.target}'s {way.wanted} need, but "
            f"{way.source}'s own {way.wanted} do not: what the layer tells apart, the network "
            "does not use."
        )
    if answers and layer is False:
        yield (
            f"{way.source} gives {way.target}'s {way.wanted}, but its layer {way.layer} does not "
            "hold them in a simple form: a later layer does."
        )
    # Of an open direction, the sentence itself says why.
    if layer is None and answers is False:
        yield f"{way.source}'s layer {way.layer} tells nothing: {blocked(way, 'layer', words)}."
    if answers is None and layer is not None:
        why = blocked(way, "answers", words)
        yield f"{way.source}'s own {way.wanted} tell nothing: {why}."


def _what_would_tell(way: Way, words: Words) -> Iterator[str]:
    """Say which layer or inputs would decide an open direction."""
    place = untold(way)
    if place is None:
        return
    if way.constant:
        yield f"Inputs to which {way.target} gives different answers would tell."
    elif place == "layer":
        yield f"A later layer than {way.layer} of {way.source} would tell: its answers do."
    elif way.places[place].reached < FAITHFUL:
        yield (
            f"More inputs would tell, or a later layer of {way.target}: with {_all(way)} shared "
            f"{words.inputs}, {way.ceiling} does not give its {way.wanted} either."
        )
    else:
        yield (
            f"Harder {words.inputs} would tell: ones whose {way.wanted} a simple map, fitted to a "
            f"few of them, cannot read from {words.raw} or from an untrained network."
        )


def _all(way: Way) -> str:
    return f"{way.places['answers'].samples:,}"


def notes(ways: Mapping[str, Way], words: Words) -> list[str]:
    """Return what a reader of the answer should know, each once."""
    texts: list[str] = []
    for way in ways.values():
        texts += _what_would_tell(way, words)
        texts += missing(way)
        texts += silent(way)
        texts += _places_differ(way, words)
        texts += read(way)
        texts += uncertain(way)
        texts += yardstick(way, words)
    return list(dict.fromkeys(texts))
