"""What the experiments must reach: results, and a figure beside its target."""

import json
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np

from sametask.base.errors import StoreError
from sametask.storage.store import open_store

RESULTS = Path(__file__).parents[2] / "results"
DIRECTIONS = {"a_to_b": "b", "b_to_a": "a"}


@dataclass(frozen=True)
class Figure:
    """A measured value and the target that it must reach: at most so much, or at least.

    Both are NaN where ``what`` says why there is no value.
    """

    what: str
    value: float
    target: float
    at_most: bool = True

    @property
    def met(self):
        return self.value <= self.target if self.at_most else self.value >= self.target

    @property
    def measured(self):
        """The value as it is shown."""
        return "none" if isnan(self.value) else f"{self.value:.3g}"

    @property
    def limit(self):
        """The target as it is shown."""
        if isnan(self.target):
            return "a result"
        return f"{'≤' if self.at_most else '≥'} {self.target:.5g}"

    def __str__(self):
        state = "ok    " if self.met else "MISSED"
        return f"{state}  {self.what:<48} {self.measured:>10}  {self.limit}"


def read(experiment, *path):
    """Return a file of an experiment; ``StoreError`` if it was not run."""
    path = RESULTS / experiment / Path(*path)
    if not path.is_file():
        shown = path.relative_to(RESULTS.parent)
        raise StoreError(f"{shown} is not there: run {experiment} first")
    return json.loads(path.read_text())


def evaluated(experiment, pair):
    """Return what an experiment measured of a pair's maps."""
    return read(experiment, pair, "evaluation.json")


def array(experiment, network, kind, name):
    """Return an array of a network's store."""
    return open_store(RESULTS / experiment / network / f"{kind}.zarr", kind)[name]


def whitney(experiment, *networks, target=None):
    """Yield the error of inputs reconstructed from 2d + 1 neurons, the median choice."""
    for name in networks:
        path = RESULTS / experiment / name / "reconstruction.zarr"
        store = open_store(path, "reconstruction")
        required = store.attributes["required"]
        medians = np.median(store["input/errors"], axis=0)
        what = f"{experiment} {name}: input from {required} neurons"
        if target is None:
            yield f"{what:<48} {' '.join(f'{error:.1g}' for error in medians)}"
        else:
            yield Figure(what, medians[required - 1], target)
