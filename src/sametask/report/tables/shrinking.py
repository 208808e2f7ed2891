"""The quality of networks with fewer neurons, by method and size, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sametask.neurons.shrinking.quality import Curve
from sametask.neurons.shrinking.summary import larger_quality
from sametask.report.data.ensemble import Ensemble
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.ensemble import quality_words
from sametask.report.wording.shrinking import (
    METHODS,
    WAYS,
    at_size,
    compared_places,
    quality_text,
)
from sametask.weights.scores import Score

# Methods by what they rest on, in the order of the table.
GROUPS = {
    "Merged, by means and covariances of the ensemble": ("rho1", "rho2", "medoids"),
    "Merged, by the rows of each network": ("own",),
    "Left out, by what the ensemble says": ("low-variance", "collinear", "qpfs", "qpfs-rho2"),
    "Left out, by the weights of each network: the usual floor": ("magnitude",),
    "Left out, by another library": ("torch-pruning",),
}
SOURCE_GROUP = "The source’s scheme: other seeds, neurons as trained, tied"
NOTE = (
    "ρ₁: k-means of the means of neurons; ρ₂: k-means of neurons as Gaussians, by the Wasserstein "
    "distance; medoids: about single neurons, by the same; own rows: clusters of each network’s "
    "own neurons. Best known: farthest from 0 in their standard deviations; QPFS: a quadratic "
    "programme of relevance and redundancy; largest weights: into and out of a neuron. Tied: rows "
    "of a cluster are set equal, and all neurons stay. Folded: one neuron for each cluster, with "
    "the sum of the weights out of it. Refit: weights out of the neurons that are left are fitted "
    "anew, on rows that the networks learned from. ★ and bold: the best of its size."
)
Scores = list[Score]


def _lines(
    curves: Mapping[str, Curve], methods: Sequence[str], places: list[int], seed: int
) -> Iterator[tuple[str, Scores]]:
    """Yield the name of each method and way, with its scores at some places."""
    for method in methods:
        if method in curves:
            for way in curves[method].quality:
                scores = [at_size(curves[method], way, place, seed) for place in places]
                yield f"{METHODS[method]}, {WAYS[way]}", scores


def _rows(
    lines: list[tuple[str, Scores]], best: Sequence[float | None], classifies: bool
) -> list[Row]:
    """Return rows of scores, with those marked whose estimate is the best of its size."""
    return [
        Row(
            name,
            [
                Cell(quality_text(score, classifies), score.estimate == mark)
                for score, mark in zip(scores, best, strict=True)
            ],
        )
        for name, scores in lines
    ]


def _differences(curves: Mapping[str, Curve], places: list[int], ensemble: Ensemble) -> Group:
    """Return the paired differences ρ₂ − ρ₁ on the same networks, by way."""
    lines = []
    for way in curves["rho2"].quality if {"rho1", "rho2"} <= set(curves) else ():
        apart = larger_quality(curves["rho2"], curves["rho1"], way, ensemble.seed)
        lines.append((f"ρ₂ less ρ₁, {WAYS[way]}", [apart[place] for place in places]))
    better = "above" if ensemble.classifies else "below"
    title = f"Paired difference on the same networks ({better} 0: ρ₂ is better)"
    return Group(title, _rows(lines, [None] * len(places), ensemble.classifies))


def _whole(curve: Curve, places: list[int], ensemble: Ensemble) -> Group:
    """Return the quality of whole networks, the same in every column."""
    score = at_size(curve, next(iter(curve.quality)), len(curve.sizes) - 1, ensemble.seed)
    cells = [Cell(quality_text(score, ensemble.classifies))] * len(places)
    return Group("Whole networks", [Row(f"all {curve.sizes[-1]} neurons", cells)])


def _groups(ensemble: Ensemble, layer: int, places: list[int]) -> list[Group]:
    """Return the rows of every method and way, and those of the source's scheme.

    The best of all of them is marked, at each size.
    """
    curves, seed = ensemble.curves(layer), ensemble.seed
    lines = {
        title: list(_lines(curves, methods, places, seed)) for title, methods in GROUPS.items()
    }
    lines[SOURCE_GROUP] = [
        (METHODS[method], [at_size(curve, "tie", place, seed) for place in places])
        for method, curve in ensemble.source_curves(layer).items()
    ]
    best = _best([scores for some in lines.values() for _, scores in some], ensemble.classifies)
    return [Group(title, _rows(some, best, ensemble.classifies)) for title, some in lines.items()]


def shrinking_tables(ensemble: Ensemble, layer: int) -> list[Table]:
    """Return the table of a layer: every method and way, the source's scheme, whole networks.

    None where the only size is that of whole networks.
    """
    curves = ensemble.curves(layer)
    first = next(iter(curves.values()))
    places = compared_places(first.sizes)
    if not places:
        return []
    groups = _groups(ensemble, layer, places)
    groups += [_differences(curves, places, ensemble), _whole(first, places, ensemble)]
    table = Table(
        "method",
        [f"{size} of {first.sizes[-1]} neurons" for size in first.sizes[places]],
        [group for group in groups if group.rows],
        f"Held-out {quality_words(ensemble)}, the mean over all networks with its 95 % interval "
        f"(bootstrap over splits, or over networks where there is one split). {NOTE}",
    )
    return [table]


def _best(scores: list[Scores], classifies: bool) -> list[float]:
    """Return the best estimate of each column."""
    values = np.array([[score.estimate for score in row] for row in scores])
    return (values.max(axis=0) if classifies else values.min(axis=0)).tolist()
