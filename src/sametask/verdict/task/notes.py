"""Notes on one direction of the verdict on the task: what a reader of its figures should know."""

from __future__ import annotations

from collections.abc import Iterator

from sametask.verdict.task.ways import Way, Words

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
    kind = "class" if way.wanted == "answers" else "output"
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
