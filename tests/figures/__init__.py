"""What the experiments must reach: results, and a figure beside its target."""

import json
import sys
from pathlib import Path

import numpy as np

from sametask.storage.store import open_store

RESULTS = Path(__file__).parents[2] / "results"
DIRECTIONS = {"a_to_b": "b", "b_to_a": "a"}


def was_run(experiment, pair):
    """Return whether a pair was evaluated."""
    return (RESULTS / experiment / pair / "evaluation.json").is_file()


def read(experiment, *path):
    """Return a file of an experiment; one that was not run ends the program."""
    path = RESULTS / experiment / Path(*path)
    if not path.is_file():
        sys.exit(f"{path} is not there: run {experiment} first")
    return json.loads(path.read_text())


def evaluated(experiment, pair):
    """Return what an experiment measured of a pair's maps."""
    return read(experiment, pair, "evaluation.json")


def array(experiment, network, kind, name):
    """Return an array of a network's store."""
    return open_store(RESULTS / experiment / network / f"{kind}.zarr", kind)[name]


def check(what, value, target, at_most=True):
    """Print one figure beside its target and return whether it is met."""
    met = value <= target if at_most else value >= target
    relation = "<=" if at_most else ">="
    print(f"{'ok    ' if met else 'MISSED'}  {what:<48} {value:>10.3g}  {relation} {target:g}")
    return met


def whitney(experiment, *networks, target=None):
    """Check the error of inputs told from 2d + 1 neurons, the median choice."""
    for name in networks:
        path = RESULTS / experiment / name / "reconstruction.zarr"
        store = open_store(path, "reconstruction")
        required = store.attributes["required"]
        medians = np.median(store["input/errors"], axis=0)
        what = f"{experiment} {name}: input from {required} neurons"
        if target is None:
            print(f"        {what:<48} {' '.join(f'{one:.1g}' for one in medians)}")
        else:
            yield check(what, medians[required - 1], target)
