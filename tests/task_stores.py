"""Made-up verdicts on tasks, with the curves behind them."""

import numpy as np

from sametask.base.relations import DIRECTIONS
from sametask.verdict.task.statement import state

NUMBERS = [10, 30, 100, 300, 1000]
# Median fidelity at these numbers from each start, by what there is to see in a direction.
CEILING = [0.8, 0.97, 0.99, 1.0, 1.0]
FLOORS = {"inputs": [0.3, 0.5, 0.7, 0.8, 0.9], "untrained": [0.2, 0.4, 0.6, 0.7, 0.8]}
PAIR = {True: [0.7, 0.96, 0.98, 0.99, 0.99], False: [0.3, 0.45, 0.6, 0.7, 0.8]}
EASY = {"inputs": CEILING, "untrained": [0.7, 0.9, 0.95, 0.99, 1.0]}
SHARES = {True: [0.8, 0.9, 1.0], False: [-0.3, -0.1, 0.1]}
LIMITS = {"layer": 0.15, "answers": 0.55}
# Whether a learned b's task, and b a's; None where nothing tells.
LEARNED = {
    "same_task": (True, True),
    "a_contains_b": (True, False),
    "b_contains_a": (False, True),
    "other_task": (False, False),
    "undecided": (None, None),
}


def needed(values, wanted):
    """The first of the numbers at which a curve reaches a fidelity."""
    return next((n for n, value in zip(NUMBERS, values, strict=True) if value >= wanted), None)


def place(holds, without=()):
    """The figures of one direction at one place, as ``summarise`` returns them."""
    floors = EASY if holds is None else FLOORS
    curves = {"source": PAIR[holds is not False], **floors, "ceiling": CEILING}
    curves = {start: values for start, values in curves.items() if start not in without}
    counts = {start: needed(values, 0.95) for start, values in curves.items()}
    return {
        "map": "procrustes",
        "stitched": "procrustes",
        **({} if holds is None else {"share": SHARES[holds], "stitched_share": SHARES[holds]}),
        "limit": 0.5,
        "scale": 0.5 if holds is not None else 0.0,
        "fidelity_wanted": 0.95,
        "inputs_needed": {start: count for start, count in counts.items() if count is not None},
        "fidelity": curves,
        "numbers": NUMBERS,
    }


def measured(
    relation="same_task", fidelity="kappa", reference=True, without=(), missed=None, **changed
):
    """The attributes of ``task.zarr``; ``changed`` are places by ``{direction}_{place}``."""
    learned = dict(zip(("a_to_b", "b_to_a"), LEARNED[relation], strict=True))
    directions = {
        way: {
            name: {**changed.get(f"{way}_{name}", place(found, without)), "limit": limit}
            for name, limit in LIMITS.items()
        }
        for way, found in learned.items()
    }
    task = {
        "relation": relation,
        "contains": {way: found for way, found in learned.items() if found is not None},
        **directions,
        "outputs_r2": {"a_to_b": [0.97, 0.98, 0.99], "b_to_a": [0.3, 0.4, 0.5]},
        "outputs_missed": missed or {},
        "choices": 20,
    }
    sides = {"a": reference, "b": reference}
    return {"task": task, "fidelity": dict.fromkeys(DIRECTIONS, fidelity), "reference": sides}


def told(networks, relation="same_task", **given):
    """``task`` of ``verdict.json``, between networks with names and layers by side."""
    return state(measured(relation, **given), networks)


def fidelities(task):
    """The arrays of ``task.zarr``: five choices around each median; all samples in one way."""
    arrays = {}
    for way in ("a_to_b", "b_to_a"):
        for name, found in ((name, task[way][name]) for name in ("layer", "answers")):
            for start, median in found["fidelity"].items():
                spread = np.array(median)[:, None] + np.linspace(-0.02, 0.02, 5)
                spread[-1, 1:] = np.nan
                spread[-1, 0] = median[-1]
                arrays[f"fidelity/{way}/{name}/{found['stitched']}/{start}"] = spread
    return arrays
