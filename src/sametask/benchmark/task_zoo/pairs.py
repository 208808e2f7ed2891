"""Pairs of the task zoo: which are compared, and what is true of them by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from sametask.base.randomness import generator
from sametask.base.relations import A_CONTAINS_B, B_CONTAINS_A, GRADED, OTHER_TASK, SAME_TASK
from sametask.benchmark.task_zoo.recipes import Recipe
from sametask.benchmark.task_zoo.targets import AUTOENCODER, MEMORISED
from sametask.benchmark.task_zoo.zoo import Network
from sametask.config.sections.task_zoo_section import TaskZoo

HALVES = ("calibration", "held_out")


@dataclass(frozen=True)
class Pair:
    """Two networks of one data set, by their places in its list, and what is true of them.

    ``why`` says in a few words which kind of pair it is.
    """

    a: int
    b: int
    truth: str
    why: str


def _graded(a: Network, b: Network) -> str | None:
    """Return why a pair is graded: neither the same nor another task; ``None`` if it is not."""
    changes = [change for change in (a.recipe.change, b.recipe.change) if change]
    if a.recipe.target == b.recipe.target:
        return changes[0] if len(changes) == 1 else None
    forms = a.target.like == b.target.name or b.target.like == a.target.name
    return "another form" if forms and not changes else None


def truth(a: Network, b: Network) -> tuple[str, str] | None:
    """Return what is true of two networks of one data set, and why; ``None`` if it is not known.

    Not known is how a graded network is related to one of another task, nor how another form of a
    task is related to a task that its plain form contains. Two autoencoders are left out: what they
    learn is the raw input itself.
    """
    both: tuple[Recipe, Recipe] = (a.recipe, b.recipe)
    targets = {recipe.target for recipe in both}
    if (graded := _graded(a, b)) and not any(recipe.untrained for recipe in both):
        return GRADED, graded
    if any(recipe.change for recipe in both) or targets == {AUTOENCODER}:
        return None
    if b.target.name in a.target.perhaps or a.target.name in b.target.perhaps:
        return None
    if any(recipe.untrained for recipe in both):
        return OTHER_TASK, "untrained"
    for name in (*MEMORISED, AUTOENCODER):
        if name in targets:
            return OTHER_TASK, name
    if len(targets) == 1:
        renamed = any(recipe.renamed for recipe in both)
        return SAME_TASK, "renamed classes" if renamed else "same target"
    if b.recipe.target in a.target.contains:
        return A_CONTAINS_B, "contained"
    if a.recipe.target in b.target.contains:
        return B_CONTAINS_A, "contained"
    return OTHER_TASK, "other target"


def halves(recipes: Sequence[Recipe], seed: int) -> list[int]:
    """Return the half of every network of a data set: calibration (0) or held out (1).

    Half of the networks of each target, of untrained ones and of graded ones, at random; changed
    copies are in the half of the network that they were made from.
    """
    kinds: dict[tuple[str, bool, str | None], list[Recipe]] = {}
    for recipe in recipes:
        if not recipe.derived:
            key = recipe.target, recipe.untrained, recipe.change
            kinds.setdefault(key, []).append(recipe)
    half = {}
    for number, (key, members) in enumerate(kinds.items()):
        draw = generator(seed, f"task zoo halves {members[0].data} {key}")
        # Of an odd number, the larger part is now in one half and now in the other.
        for place, chosen in enumerate(draw.permutation(len(members))):
            half[members[chosen]] = (place + number) % 2
    return [half[recipe.parent] for recipe in recipes]


def _group(truth: str) -> str:
    return "contained" if truth in (A_CONTAINS_B, B_CONTAINS_A) else truth


def choose_pairs(networks: Sequence[Network], half: int, settings: TaskZoo) -> list[Pair]:
    """Return pairs of networks of one half, at random: so many of each truth as settings say.

    Networks that have not learned their task are in none. Pairs of other tasks are drawn evenly
    from untrained networks, memorised and other targets, and autoencoders; graded ones evenly from
    what is changed.
    """
    recipes = [network.recipe for network in networks]
    in_half = halves(recipes, settings.seed)
    usable = [
        place
        for place, network in enumerate(networks)
        if in_half[place] == half and network.learned
    ]
    met = list(combinations(usable, 2))
    draw = generator(settings.seed, f"task zoo pairs {recipes[0].data} {HALVES[half]}")
    found: dict[str, dict[str, list[Pair]]] = {}
    for place in draw.permutation(len(met)):
        first, second = met[place]
        # Which of the two comes first is drawn as well: sources and targets are of all kinds.
        a, b = (first, second) if draw.random() < 0.5 else (second, first)
        if known := truth(networks[a], networks[b]):
            kinds = found.setdefault(_group(known[0]), {})
            kinds.setdefault(known[1], []).append(Pair(a, b, *known))
    held_out = HALVES[half] == "held_out"
    counts = {
        SAME_TASK: settings.same,
        "contained": settings.contained,
        OTHER_TASK: settings.other if held_out else settings.calibrating,
        GRADED: settings.graded if held_out else 0,
    }
    return [pair for name, count in counts.items() for pair in _evenly(found.get(name, {}), count)]


def _evenly(kinds: dict[str, list[Pair]], count: int) -> list[Pair]:
    """Return at most ``count`` pairs, in turn from each kind."""
    longest = max(map(len, kinds.values()), default=0)
    turns = [
        pairs[turn] for turn in range(longest) for pairs in kinds.values() if turn < len(pairs)
    ]
    return turns[:count]
