"""How good networks with fewer neurons are, and whether they are still the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sametask.neurons.shrinking.quality import Curve
from sametask.neurons.shrinking.summary import band
from sametask.report.data.ensemble import Ensemble
from sametask.report.data.neurons_source import read_out
from sametask.report.figures.ensemble.shrinking import draw_sameness, draw_shrinking
from sametask.report.pictures.picture import Picture
from sametask.report.wording.ensemble import quality_words
from sametask.report.wording.shrinking import METHODS

# The panels of the figure, and the ways to leave neurons that each of them shows.
PANELS = {"tied": ("tie",), "folded or dropped": ("fold", "drop"), "refit": ("refit",)}
BY_SOURCE = "the source’s scheme"


def _panels(
    curves: Mapping[str, Curve], source: Mapping[str, Curve], seed: int
) -> dict[str, dict[str, np.ndarray]]:
    """Return the bands of all methods by panel; panels without any are left out."""
    panels = {
        title: {
            METHODS[method]: band(curve.quality[way], seed)
            for method, curve in curves.items()
            for way in ways
            if way in curve.quality
        }
        for title, ways in PANELS.items()
    }
    panels["tied"] |= {
        f"{METHODS[method]}, {BY_SOURCE}": band(curve.quality["tie"], seed)
        for method, curve in source.items()
    }
    return {title: lines for title, lines in panels.items() if lines}


def shrinking_picture(ensemble: Ensemble, layer: int) -> Picture:
    """Return quality over the neurons of a layer that are left, by way and method."""
    curves, source = ensemble.curves(layer), ensemble.source_curves(layer)
    sizes = next(iter(curves.values())).sizes
    points = read_out(ensemble.settings["data"]["of"])
    beside = " Marks in black: read off the source’s figure 9." if points else ""
    return Picture(
        f"shrinking-{layer}",
        f"How many neurons of layer {layer} are needed",
        draw_shrinking(
            sizes,
            _panels(curves, source, ensemble.seed),
            f"{quality_words(ensemble)}, held out",
            points,
        ),
        "Quality over the number of neurons that are left, by method and way.",
        "Lines: the mean over all networks; shaded: its 95 % interval. What is merged or left out "
        f"is decided on rows that the networks learned from.{beside}",
    )


def sameness_picture(judged: Sequence[Mapping[str, Any]], layer: int, label: str) -> Picture:
    """Return whether shrunk networks are still the same, from the verdicts on them."""
    sizes = np.unique([one["size"] for one in judged])
    by_size = [[one for one in judged if one["size"] == size] for size in sizes]

    def values(name: str) -> list[list[Any]]:
        return [[one[name] for one in some] for some in by_size]

    figures = (np.array(values(name), float) for name in ("quality", "task_share", "linear_cka"))
    relations = {name: values(name) for name in ("task", "layer")}
    return Picture(
        f"sameness-{layer}",
        "Is a shrunk network still the same?",
        draw_sameness(sizes, *figures, relations, label),
        "Quality, task share, similarity and verdicts over the number of neurons that are left.",
        "Dots: networks of the first split; lines: their median. The task share is 1 where the "
        "shrunk network serves as well as another whole one, and shares far outside are drawn at "
        "the edge. The area of a dot at the lower right is the number of networks.",
    )
