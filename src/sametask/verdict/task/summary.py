"""The evidence on the tasks as plain figures, for ``verdict.json``, and as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from sametask.config.sections.stage_sections import TaskVerdict
from sametask.statistics.variance import plain_intervals
from sametask.verdict.task.curves import Curve
from sametask.verdict.task.decision import contains, decide, deciding_map
from sametask.verdict.task.evidence import CEILING, Reached, TaskEvidence
from sametask.verdict.task.simple_maps import SIMPLE


def fidelities(curve: Curve) -> np.ndarray:
    """Return the fidelity (k, c) of c choices of each number; NaN where there are fewer choices."""
    most = max(len(values) for values in curve.fidelity)
    padded = np.full((len(curve.fidelity), most), np.nan)
    for place, values in enumerate(curve.fidelity):
        padded[place, : len(values)] = values
    return padded


def arrays(evidence: TaskEvidence) -> Iterator[tuple[str, np.ndarray | Tensor]]:
    """Yield ``fidelity/{direction}/{place}/{map}/{start}`` (k, c) of all curves."""
    for direction, places in evidence.reached.items():
        for place, reached in places.items():
            for name, starts in reached.curves.items():
                for start, curve in starts.items():
                    yield f"fidelity/{direction}/{place}/{name}/{start}", fidelities(curve)


def _place(place: str, reached: Reached, settings: TaskVerdict) -> dict[str, Any]:
    """Return the figures of one direction at one place: the share of the map that decides.

    Curves are those of a ``stitched`` network, by the map of these that does best.
    """
    name = deciding_map(reached)
    share = reached.shares[name]
    stitching = {map_: found for map_, found in reached.shares.items() if map_ in SIMPLE}
    # Of a layer that is only read, the curves are those of the map that reads.
    stitched = deciding_map(replace(reached, shares=stitching or reached.shares))
    curves, beside = reached.curves[stitched], reached.shares[stitched]
    wanted = settings.needed * float(curves[CEILING].median[-1])
    # What the ceiling does not reach either suffices nowhere.
    found = curves if wanted > 0 else {}
    needed = {start: curve.needed(wanted) for start, curve in found.items()}
    return {
        "map": name,
        "stitched": stitched,
        **({"stitched_share": beside.plain} if beside.tells else {}),
        **({"share": share.plain} if share.tells else {}),
        "limit": settings.limits[place],
        "scale": share.scale,
        "fidelity_wanted": wanted,
        "inputs_needed": {start: count for start, count in needed.items() if count is not None},
        "fidelity": {start: curve.median.tolist() for start, curve in curves.items()},
        "numbers": list(next(iter(curves.values())).numbers),
    }


def summarise(evidence: TaskEvidence, settings: TaskVerdict) -> dict[str, Any]:
    """Return the figures of ``verdict.json``: the relation, and what it rests on.

    ``inputs_needed`` is the smallest number of shared samples whose median fidelity reaches the
    fraction ``needed`` of what the ceiling reaches with all samples; a start that never reaches it
    is absent, as is every start if the ceiling reaches nothing. So is the share of a source where
    floors and ceiling do not differ.
    """
    learned = {way: contains(evidence, way, settings.limits) for way in evidence.reached}
    return {
        "relation": decide(evidence, settings.limits),
        "contains": {way: found for way, found in learned.items() if found is not None},
        **{
            way: {place: _place(place, reached, settings) for place, reached in places.items()}
            for way, places in evidence.reached.items()
        },
        "outputs_r2": plain_intervals(evidence.outputs),
        "outputs_missed": {
            way: {str(output): r2 for output, r2 in evidence.missed[way].items()}
            for way, found in learned.items()
            if found and evidence.missed[way]
        },
        "choices": settings.choices,
    }
