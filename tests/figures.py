"""Compare the results of `make run` with the figures that they must reach.

    .venv/bin/python tests/figures.py

Prints every figure beside its target; the exit status is 1 if one is missed.
"""

import json
import sys
from pathlib import Path
from statistics import mean

RESULTS = Path(__file__).parents[1] / "results"
SPLITS = ("digits", "digits-split-1", "digits-split-2")
DIRECTIONS = {"a_to_b": "b", "b_to_a": "a"}
LOSS, AGREEMENT = 0.005, 0.98


def read(experiment, pair):
    """Return what an experiment measured of a pair, or ``None`` if it was not run."""
    path = RESULTS / experiment / pair / "evaluation.json"
    return json.loads(path.read_text()) if path.is_file() else None


def check(what, value, target, at_most=True):
    """Print one figure beside its target and return whether it is met."""
    met = value <= target if at_most else value >= target
    relation = "<=" if at_most else ">="
    print(f"{'ok    ' if met else 'MISSED'}  {what:<48} {value:>10.3g}  {relation} {target:g}")
    return met


def scalar(found):
    """Check the scalar pair."""
    maps = found["maps"]
    for direction, target in (("a_to_b", 4.4e-9), ("b_to_a", 2.7e-8)):
        error = maps["intrinsic"][direction]["output_mse"]
        yield check(f"scalar {direction}: intrinsic output_mse", error, target)
    for direction in DIRECTIONS:
        name, error = min(
            ((name, one[direction]["output_mse"]) for name, one in maps.items()),
            key=lambda entry: entry[1],
        )
        yield check(f"scalar {direction}: best ({name}) output_mse", error, 1e-10)
    yield check("scalar: alignment residual", found["alignment"]["residual"], 1e-6)


def digits(splits):
    """Check the digit networks, as means over the splits that were run."""
    print(f"digits: means over {len(splits)} of {len(SPLITS)} splits: {', '.join(splits)}")
    runs = list(splits.values())
    own = {side: mean(run["networks"][side]["task"]["accuracy"] for run in runs) for side in "ab"}
    for side, accuracy in own.items():
        name = runs[0]["networks"][side]["name"]
        yield check(f"digits {name}: accuracy", accuracy, 0.97, at_most=False)
    for direction, target in DIRECTIONS.items():
        judged = {}
        for name in runs[0]["maps"]:
            figures = [run["maps"][name][direction] for run in runs]
            loss = own[target] - mean(one["accuracy"] for one in figures)
            judged[name] = loss, mean(one["agreement"] for one in figures)
        # One map has to reach both targets, and it is the same one on every split.
        best = max(
            judged, key=lambda name: (judged[name][0] <= LOSS, judged[name][1], -judged[name][0])
        )
        loss, agreement = judged[best]
        yield check(f"digits {direction}: best ({best}) accuracy lost", loss, LOSS)
        yield check(f"digits {direction}: best ({best}) agreement", agreement, AGREEMENT, False)


if __name__ == "__main__":
    pair = read("scalar", "shallow-deep")
    splits = {name: run for name in SPLITS if (run := read(name, "mlp-cnn"))}
    if not pair or not splits:
        sys.exit(f"nothing to check in {RESULTS}: run `make run` first")
    sys.exit(not all([*scalar(pair), *digits(splits)]))
