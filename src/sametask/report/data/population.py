"""What the page of a population shows: its stores, opened together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sametask.populations.stored import StoredPopulation
from sametask.report.data.weights_source import Reported, reported
from sametask.storage.related import require_parents
from sametask.storage.store import Store, open_store, read_json
from sametask.weights.questions import SHUFFLED, Question, ask
from sametask.weights.scores import Score

# The stores and files of a population, by the name of the rule's input. Of these there is one, or
# none, and this is its kind.
ONE = {"statistics": "statistics", "noise": "noise", "attention": "attention"}
# Of these there may be several.
NAMED = {"views": "view", "codes": "codes"}
# And of these files there is one, or none.
FILES = ("correlations", "limit", "pairs", "told_from_codes")
# Predictors that know images which the networks have learned.
AT_IMAGES = ("probes-images",)


@dataclass(frozen=True)
class Told:
    """What one predictor tells of a property, from a store ``told``.

    ``networks`` is the number that it learned from, or ``None`` if it learned from all.
    """

    store: Store
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, store: Store) -> Told:
        """Take over the attributes of a store."""
        return cls(store, store.attributes)

    @property
    def name(self) -> str:
        """The name of the property."""
        return self.facts["property"]

    @property
    def predictor(self) -> str:
        """The name of the predictor."""
        return self.facts["predictor"]

    @property
    def networks(self) -> int | None:
        """How many networks it was to learn from; ``None``: all of the first half."""
        return self.facts["networks"]

    @property
    def classes(self) -> list[str]:
        """The classes that it tells apart; none if it tells a number."""
        return self.facts["classes"]

    @property
    def score(self) -> Score:
        """How right it is on held-out networks: R² of a number, macro F1 of classes."""
        return Score(**self.facts["f1" if self.classes else "r2"])

    @property
    def within(self) -> Score | None:
        """R² within an epoch; none of classes, nor of the epoch, which has one value in each."""
        return None if self.classes or self.name == "epoch" else Score(**self.facts["r2_within"])

    @property
    def last(self) -> Score | None:
        """F1 at the last epoch; none of numbers."""
        return Score(**self.facts["f1_last"]) if self.classes else None

    @property
    def chosen_by(self) -> float:
        """R² or F1 on the networks that are kept to choose by; −∞ if it is no number."""
        value = self.facts["chosen_by"]
        return value if np.isfinite(value) else -np.inf

    @property
    def sees_images(self) -> bool:
        """Whether it knows images that the networks have learned."""
        return self.predictor in AT_IMAGES


@dataclass(frozen=True)
class Studied:
    """A population and what was told, measured and drawn of it.

    ``images`` (s, d) are what its networks learned, where that is known. ``correlations``,
    ``limit``, ``pairs`` and ``told_from_codes`` are the contents of files, where they were made.
    """

    name: str
    population: StoredPopulation
    told: Sequence[Told] = ()
    statistics: Store | None = None
    views: Mapping[str, Store] = field(default_factory=dict)
    codes: Mapping[str, Store] = field(default_factory=dict)
    noise: Store | None = None
    attention: Store | None = None
    variant: str = "extremes"
    source: Reported | None = None
    images: np.ndarray | None = None
    correlations: Mapping[str, Any] | None = None
    limit: Mapping[str, Any] | None = None
    pairs: Mapping[str, Any] | None = None
    told_from_codes: Mapping[str, Any] | None = None

    @cached_property
    def accuracy(self) -> np.ndarray:
        """Held-out accuracy (n, E) of every checkpoint; NaN where there is none."""
        return np.where(self.population.present, self.population.figure("test/accuracy"), np.nan)

    @property
    def properties(self) -> list[str]:
        """What was told, in the order of the settings."""
        asked = dict.fromkeys(one.name for one in self.told)
        return [name for name in asked if not name.startswith(SHUFFLED)]

    def ranked(self, name: str) -> list[Told]:
        """Return what tells a property, the best on the networks kept to choose by first."""
        return sorted(self.predictors(name), key=lambda one: -one.chosen_by)

    def predictors(self, name: str) -> list[Told]:
        """Return what tells a property after learning from all networks of the first half."""
        return [one for one in self.told if one.name == name and one.networks is None]

    def guards(self, name: str) -> list[Told]:
        """Return what was to tell shuffled answers, where nothing can be learned."""
        return self.predictors(SHUFFLED + name)

    def best(self, name: str) -> Told | None:
        """Return what is best for a property on the networks that are kept to choose by."""
        return next(iter(self.ranked(name)), None)

    def best_without_images(self, name: str) -> Told | None:
        """Return the best that knows no image, if the best of all does know some."""
        best = self.best(name)
        if best is None or not best.sees_images:
            return None
        return next((one for one in self.ranked(name) if not one.sees_images), None)

    def scaling(self) -> dict[str, list[Told]]:
        """Return, by predictor, what tells accuracy after learning from fewer and more networks."""
        of = [one for one in self.told if one.name == "accuracy"]
        fewer = dict.fromkeys(one.predictor for one in of if one.networks is not None)
        return {
            name: sorted(
                (one for one in of if one.predictor == name),
                key=lambda one: sum(one.facts["counts"].values()),
            )
            for name in fewer
        }

    def question(self, told: Told) -> Question:
        """Return the true values of what was told, of every checkpoint."""
        return ask(self.population, told.name, told.facts["seed"])


def _opened(path: str, kind: str, population: StoredPopulation) -> Store:
    store = open_store(path, kind)
    require_parents(store, population=population.store.digest)
    return store


def read_studied(
    paths: Mapping[str, Any], facts: Mapping[str, Any], images: np.ndarray | None
) -> Studied:
    """Open the stores of a rule's inputs; ``StoreError`` if they are of another population.

    ``paths``: ``population``; and where there are any, lists of ``told``, and of what ``ONE``,
    ``NAMED`` and ``FILES`` name. ``facts``: ``population`` (its name), ``statistics`` (which
    seven), and ``source``.
    """
    population = StoredPopulation.read(paths["population"])

    def opened(name: str, kind: str) -> dict[str, Store]:
        return {Path(path).stem: _opened(path, kind, population) for path in paths.get(name, ())}

    given: dict[str, Any] = {name: opened(name, kind) for name, kind in NAMED.items()}
    given |= {name: next(iter(opened(name, kind).values()), None) for name, kind in ONE.items()}
    given |= {name: next(map(read_json, paths.get(name, ())), None) for name in FILES}
    return Studied(
        facts["population"],
        population,
        [Told.of(_opened(path, "told", population)) for path in paths.get("told", ())],
        variant=facts["statistics"],
        source=reported(facts["source"]),
        images=images,
        **given,
    )
