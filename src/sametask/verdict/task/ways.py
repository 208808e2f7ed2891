"""One direction of the verdict on the task as words need it: from a source to a target network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.inputs.listening import VALUES as SOUND

# What a network's answers are called, by how the fidelity to them is measured: Cohen's κ of
# classes, R² of the counts of trigrams of letters in texts, R² of outputs.
KAPPA, WORDS_R2, OUTPUTS_R2 = "kappa", "words", "r2"
WANTED = {KAPPA: "answers", WORDS_R2: "words", OUTPUTS_R2: "outputs"}
# How the names of maps begin that read the target's answers from the source's layer.
READING = "reading_"
# Numbers of values in a pixel: grey, or red, green and blue.
CHANNELS = (1, 3)
# From a ceiling below this, not even a network of the same recipe gives the target's answers.
FAITHFUL = 0.5


@dataclass(frozen=True)
class Words:
    """What the samples of a domain are called: several of them, and what a network is given."""

    inputs: str
    raw: str


INPUTS = Words("inputs", "the raw input")
IMAGES = Words("images", "the pixels")
TEXTS = Words("texts", "the tokens")
SOUNDS = Words("sounds", "the raw sound")
SEQUENCES = Words("sequences", "the raw sequence")


def words_of(activations: Mapping[str, Any]) -> Words:
    """Return what samples are called, from the attributes of the activations of a network."""
    layout = activations["layout"]
    if layout.get("steps") and not layout.get("inner_steps"):
        return SEQUENCES
    fields = activations.get("input_fields")
    if fields is not None:
        return SOUNDS if SOUND in fields else TEXTS
    shape = activations["input_shape"]
    pictures = len(shape) == 2 or (len(shape) == 3 and shape[0] in CHANNELS)
    return IMAGES if pictures else INPUTS


@dataclass(frozen=True)
class Place:
    """The figures of a direction at one place, ``layer`` or ``answers``, as in ``verdict.json``.

    ``share`` is ``[low, estimate, high]``, ``None`` if nothing can be told there, and ``limit`` the
    least share of a source that holds the task. ``map`` is the map that decides; ``fidelity``,
    ``needed`` and ``stitched_share`` are those of a stitched network, by ``stitched``.
    """

    share: list[float] | None
    limit: float
    needed: Mapping[str, int]
    fidelity: Mapping[str, list[float]]
    samples: int
    map: str
    stitched: str
    stitched_share: list[float] | None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Place:
        """Take the figures of ``task.{direction}.{place}``."""
        needed, fidelity, samples = facts["inputs_needed"], facts["fidelity"], facts["numbers"][-1]
        maps = facts["map"], facts["stitched"], facts.get("stitched_share")
        return cls(facts.get("share"), facts["limit"], needed, fidelity, samples, *maps)

    @property
    def read(self) -> bool:
        """Whether the source holds the task, but by a map that reads the answers only."""
        stitched = self.stitched_share
        return bool(self.holds) and (stitched is None or stitched[1] < self.limit)

    @property
    def holds(self) -> bool | None:
        """Whether the source holds the target's task here; ``None`` if nothing tells."""
        return None if self.share is None else self.share[1] >= self.limit

    def amount(self, start: str) -> str:
        """Return how many shared samples a start needs: a number, or more than all there are."""
        count = self.needed.get(start)
        return f"more than {self.samples:,}" if count is None else f"{count:,}"

    @property
    def floors(self) -> list[str]:
        """The starts that did not learn the task, as far as they exist."""
        return [start for start in self.fidelity if start not in ("source", "ceiling")]

    @property
    def floor(self) -> str:
        """The floor that does best: the start with the largest mean fidelity."""
        return max(self.floors, key=lambda start: sum(self.fidelity[start]))

    @property
    def untaught(self) -> int | None:
        """How many shared samples suffice without training: from the raw input or a copy."""
        counts = [self.needed[start] for start in ("inputs", "untrained") if start in self.needed]
        return min(counts) if counts else None

    @property
    def fewer(self) -> bool:
        """Whether a map from the source suffices, with fewer samples than without training."""
        pair = self.needed.get("source")
        return pair is not None and (self.untaught is None or pair < self.untaught)

    @property
    def reached(self) -> float:
        """The largest fidelity of the ceiling."""
        return max(self.fidelity["ceiling"])


@dataclass(frozen=True)
class Way:
    """A direction: whose answers are wanted, ``target``, and from where, ``source``.

    ``learned`` says whether the source learned the target's task, ``None`` if nothing tells.
    With a ``reference``, another network that learned the target's task is the ceiling; without,
    it is the target itself. ``wanted`` is what the target puts out: answers, words, or outputs
    where there are no classes; ``missed`` are R² of what a source that learned the task does not
    give of it, by output, trigram or class.
    """

    source: str
    layer: str
    target: str
    learned: bool | None
    reference: bool
    constant: bool
    wanted: str
    missed: Mapping[str, float]
    places: Mapping[str, Place]

    @property
    def deciding(self) -> str:
        """The place that decides against the source, or else its answers."""
        return "layer" if self.places["layer"].holds is False else "answers"

    @property
    def lacks_layer_only(self) -> bool:
        """Whether the source gives the target's answers, and only its layer lacks the task."""
        return self.places["layer"].holds is False and self.places["answers"].holds is True

    @property
    def failing(self) -> str:
        """What a source does not do that did not learn the target's task, in words."""
        if self.lacks_layer_only:
            return f"{self.source}'s layer {self.layer} does not hold {self.target}'s"
        return f"{self.source} did not learn {self.target}'s"

    @property
    def ceiling(self) -> str:
        """The ceiling in words."""
        return f"another network like {self.target}" if self.reference else f"{self.target} itself"

    def floors(self, words: Words) -> str:
        """All floors that there are, except a network of another task, in words."""
        copy = "untrained" in self.places["layer"].fidelity
        return f"{words.raw} or an untrained copy" if copy else words.raw

    def scale_start(self, words: Words) -> str:
        """Where the scale of the task share starts: at the best of all floors, in words."""
        floors = self.floors(words)
        if "different_task" not in self.places["layer"].fidelity:
            return floors
        other = floor_words("different_task", self.source, words)
        return f"{floors.replace(' or ', ', ')} or {other}"

    def floor(self, place: str, words: Words) -> str:
        """The floor that does best at a place, in words."""
        return floor_words(self.places[place].floor, self.source, words)


def floor_words(start: str, source: str, words: Words) -> str:
    """Return a floor in words; ``source`` is the network in whose place it stands."""
    return {
        "inputs": words.raw,
        "untrained": f"an untrained copy of {source}",
        "different_task": "a network of another task",
    }[start]


def ways_of(task: Mapping[str, Any], networks: Mapping[str, Mapping[str, str]]) -> dict[str, Way]:
    """Return both directions of ``task`` in ``verdict.json``, by direction.

    ``networks`` are ``name`` and ``layer`` by side.
    """
    ways = {}
    for direction, (source, target) in DIRECTIONS.items():
        kind = task["fidelity"][direction]
        places = {name: Place.of(task[direction][name]) for name in ("layer", "answers")}
        curves = [values for place in places.values() for values in place.fidelity.values()]
        # κ is 0 from everywhere if the target has one class only; R² is not defined if its
        # outputs do not change.
        silent = not any(any(values) for values in curves)
        ways[direction] = Way(
            source=networks[source]["name"],
            layer=networks[source]["layer"],
            target=networks[target]["name"],
            learned=task["contains"].get(direction),
            reference=task["reference"][target],
            constant=silent if kind == KAPPA else direction not in task["outputs_r2"],
            wanted=WANTED[kind],
            missed=task["outputs_missed"].get(direction, {}),
            places=places,
        )
    return ways


def blocked(way: Way, place: str, words: Words) -> str:
    """Say why nothing can be told about a direction at a place."""
    if way.constant:
        return f"{way.target} gives the same answer to every held-out input"
    if way.places[place].reached < FAITHFUL:
        return f"no simple map gives {way.target}'s {way.wanted}, not even from {way.ceiling}"
    floor = way.floor(place, words)
    return (
        f"a simple map from {floor} already gives {way.target}'s {way.wanted} as well as one from "
        f"{way.ceiling} does"
    )


def untold(way: Way) -> str | None:
    """Return the place that leaves a direction open; the answers first, as the last layer."""
    if way.learned is not None:
        return None
    return next(name for name in ("answers", "layer") if way.places[name].share is None)
