"""What all forms of `figures.py` use: results, and a figure beside its target."""

import json
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
DIRECTIONS = {"a_to_b": "b", "b_to_a": "a"}


def read(experiment, pair, file="evaluation.json"):
    """Return what an experiment measured of a pair, or ``None`` if it was not run."""
    path = RESULTS / experiment / pair / file
    return json.loads(path.read_text()) if path.is_file() else None


def check(what, value, target, at_most=True):
    """Print one figure beside its target and return whether it is met."""
    met = value <= target if at_most else value >= target
    relation = "<=" if at_most else ">="
    print(f"{'ok    ' if met else 'MISSED'}  {what:<48} {value:>10.3g}  {relation} {target:g}")
    return met
