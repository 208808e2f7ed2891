"""Figures over a two-dimensional domain, and of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from sametask.report.figures.colours import CONTINUOUS
from sametask.report.figures.style import WIDTH, grid, plain, styled, thin

SHOWN = 3
PICTURES = 12
# Largest number of letters of a class above a picture.
LETTERS = 10


@styled
def coordinates_over_plane(
    inputs: Mapping[str, np.ndarray],
    coordinates: Mapping[str, np.ndarray],
    labels: Sequence[str] = ("input 1", "input 2"),
) -> Figure:
    """Colour planes of inputs (N, 2) by their first coordinates (N, k), one row per title."""
    count = min(min(values.shape[1] for values in coordinates.values()), SHOWN)
    figure, panels = grid(len(coordinates), count, 3.3, width=WIDTH * count / SHOWN)
    for row, (title, values) in zip(panels, coordinates.items(), strict=True):
        rows = thin(len(values))
        for place, axes in enumerate(row):
            # One range for each column, so that equal colours mean equal values.
            top = max(np.abs(other[:, place]).max() for other in coordinates.values())
            style = {"cmap": CONTINUOUS, "s": 12, "linewidth": 0, "vmin": -top, "vmax": top}
            drawn = axes.scatter(*inputs[title][rows].T, c=values[rows, place], **style)
            axes.set(xlabel=plain(labels[0]), ylabel=plain(labels[1]), aspect="equal")
            axes.set_title(plain(f"{title}: coordinate {place + 1}"))
            figure.colorbar(drawn, ax=axes, shrink=0.8)
    return figure


def _pick(places: np.ndarray) -> np.ndarray:
    """Return at most ``PICTURES`` places, evenly spread over those there are."""
    chosen = np.linspace(0, len(places) - 1, min(len(places), PICTURES))
    return places[chosen.round().astype(int)]


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


@styled
def disagreement_figure(
    images: np.ndarray,
    targets: np.ndarray,
    stitched: Mapping[str, np.ndarray],
    names: Sequence[str] = (),
) -> Figure:
    """Show images (n, h, w) on which a stitched network's classes (n,) differ from the target's.

    One row for each of ``stitched``, which are classes by the name of the map. ``names`` are those
    of the classes, if they have any.
    """
    rows = [(name, classes) for name, classes in stitched.items() if (classes != targets).any()]
    figure, panels = grid(len(rows), PICTURES + 1, 1.25)
    for row, (name, classes) in zip(panels, rows, strict=True):
        places = np.flatnonzero(classes != targets)
        for axes in row:
            axes.axis("off")
        label = plain(f"{name}:\n{len(places)} of {len(targets)}")
        row[0].text(0, 0.5, label, transform=row[0].transAxes, va="center")
        for axes, place in zip(row[1:], _pick(places), strict=False):
            axes.imshow(images[place], cmap="gray_r", interpolation="nearest")
            if names:
                both = (_short(names[end[place]]) for end in (targets, classes))
                axes.set_title(plain("\n→ ".join(both)), fontsize=8)
            else:
                axes.set_title(f"{targets[place]} → {classes[place]}", fontsize=10.5)
    return figure
