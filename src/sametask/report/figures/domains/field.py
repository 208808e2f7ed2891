"""Figures of vector fields over the plane: networks of two inputs and two outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, PowerNorm
from matplotlib.figure import Figure

from sametask.report.figures.colours import CONTINUOUS
from sametask.report.figures.style import Style, plain, side_by_side, styled

# Arrows along the longer side of the domain: for scattered points, and at most for a grid.
ARROWS, MOST = 18, 22
# The end of the scale is too pale for thin arrows on white.
DARK = ListedColormap(colormaps[CONTINUOUS](np.linspace(0, 0.87, 256)), name="dark")
# Length of the longest arrow, in distances between arrows; longer ones would cross.
LONGEST = 1.15
HEADS = {
    "angles": "xy",
    "scale_units": "xy",
    "pivot": "mid",
    "width": 0.0045,
    "headwidth": 3.8,
    "headlength": 4.2,
    "headaxislength": 3.8,
    "minlength": 0.4,
}
# The labels of the axes, if these have no other names.
INPUTS = "input 1", "input 2"
# The height of a panel in its widths, at least and at most.
SHAPES = 0.45, 1.4
# This share of the errors of a panel, the lowest ones, has the colour of the scale's lower end.
# Otherwise a few samples that are right by accident would take most of the scale.
ACCIDENT = 0.01


def _sides(points: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the values along both sides of a grid of points (n, 2); ``None`` for other points."""
    first, second = np.unique(points[:, 0]), np.unique(points[:, 1])
    whole = len(first) * len(second) == len(points) == len(np.unique(points, axis=0))
    return (first, second) if whole and min(len(first), len(second)) > 1 else None


def _every_other(values: np.ndarray, most: int) -> np.ndarray:
    """Return at most ``most`` of sorted values, in equal steps, centred between both ends."""
    step = -(-len(values) // most)
    return values[(len(values) - 1) % step // 2 :: step]


def arrow_places(points: np.ndarray) -> np.ndarray:
    """Return the rows of points (n, 2) that arrows stand at, evenly spread over the plane.

    Of a grid these are every so many lines. Of scattered points they are the nearest sample to the
    middle of each square that has one, so that every arrow is a sample and none is interpolated.
    """
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    longer = span.max() or 1.0
    if sides := _sides(points):
        most = np.maximum(2, np.rint(MOST * span / longer)).astype(int)
        on_line = [np.isin(points[:, k], _every_other(sides[k], most[k])) for k in (0, 1)]
        return np.flatnonzero(on_line[0] & on_line[1])
    square = longer / ARROWS
    squares = np.floor((points - low) / square).clip(max=ARROWS - 1)
    away = np.linalg.norm(points - low - (squares + 0.5) * square, axis=1)
    nearest = np.argsort(away, kind="stable")
    _, first = np.unique((squares @ [ARROWS, 1])[nearest], return_index=True)
    return np.sort(nearest[first])


def _spacing(points: np.ndarray) -> float:
    """Return the distance between arrows at points (m, 2) that are spread evenly."""
    area = np.ptp(points, axis=0).prod() or 1.0
    return float(np.sqrt(area) / max(np.sqrt(len(points)) - 1, 1))


def _panels(
    points: np.ndarray, names: Iterable[str], labels: tuple[str, str]
) -> tuple[Figure, list[Axes]]:
    """Return a panel of equal aspect over the points (n, 2) for each name, titled and labelled."""
    span = np.ptp(points, axis=0)
    margin = np.where(span > 0, 0.04 * span, 0.5)
    ends = np.stack([points.min(axis=0) - margin, points.max(axis=0) + margin])
    wide, high = np.ptp(ends, axis=0)
    shape = float(np.clip(high / wide, *SHAPES))
    figure, panels = side_by_side(names, shape, labels)
    panels[0].set(xlim=ends[:, 0], ylim=ends[:, 1])
    for axes in panels:
        axes.set_aspect("equal")
    return figure, panels


def _bar(
    figure: Figure, panels: list[Axes], drawn: ScalarMappable, label: str, **options: Any
) -> None:
    figure.colorbar(
        drawn, ax=panels, label=plain(label), fraction=0.04, pad=0.015, aspect=26, **options
    )


def _arrows(vectors: np.ndarray, longest: float) -> np.ndarray:
    """Return vectors (m, 2) of the same directions, as long as the square root of their lengths.

    The longest is 1. Were all lengths in proportion, a field would be a few long arrows and dots.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.sqrt(np.where(lengths > 0, lengths, 1.0) * longest)


@styled
def field_figure(
    points: np.ndarray,
    fields: Mapping[str, np.ndarray],
    labels: tuple[str, str] = INPUTS,
    vector: str = "output vector",
) -> Figure:
    """Draw vectors (n, 2) over points (n, 2) in the plane, one panel for each name.

    ``labels`` are those of the axes, ``vector`` is what a vector is, with its unit if it has one.
    All panels have one scale, and arrows at the same points. The colour says how long a vector is;
    the arrow is as long as the square root of that, and so is the scale of the colours.
    """
    figure, panels = _panels(points, fields, labels)
    rows = arrow_places(points)
    lengths = {name: np.linalg.norm(vectors[rows], axis=1) for name, vectors in fields.items()}
    longest = max(values.max() for values in lengths.values()) or 1.0
    style: Style = {"cmap": DARK, "norm": PowerNorm(0.5, 0, longest), **HEADS}
    style["scale"] = 1 / (LONGEST * _spacing(points[rows]))
    for axes, (name, vectors) in zip(panels, fields.items(), strict=True):
        arrows = _arrows(vectors[rows], longest)
        drawn = axes.quiver(*points[rows].T, *arrows.T, lengths[name], **style)
    _bar(figure, panels, drawn, f"length of the\n{vector}")
    return figure


def _scale(errors: Mapping[str, np.ndarray]) -> LogNorm:
    """Return one logarithmic scale for all errors (n,), of which some or all may be zero."""
    positive = [values[values > 0] for values in errors.values() if (values > 0).any()]
    if not positive:
        return LogNorm(1e-17, 1e-16)
    low = min(np.quantile(values, ACCIDENT) for values in positive)
    high = max(values.max() for values in positive)
    return LogNorm(low, high) if low < 0.99 * high else LogNorm(high / 10, high * 10)


@styled
def field_error_figure(
    points: np.ndarray,
    errors: Mapping[str, np.ndarray],
    labels: tuple[str, str] = INPUTS,
    unit: str = "",
) -> Figure:
    """Colour points (n, 2) by the length (n,) of an error, one panel for each name.

    ``labels`` are those of the axes, ``unit`` that of the errors, if they have one.
    A grid is drawn as tiles. Other points are all drawn, the largest errors on top: to thin them
    could leave out the worst.
    """
    figure, panels = _panels(points, errors, labels)
    sides, norm = _sides(points), _scale(errors)
    size = float(np.clip(5e4 / len(points), 6, 80))
    for axes, values in zip(panels, errors.values(), strict=True):
        drawn: ScalarMappable
        values = values.clip(min=norm.vmin or 0.0)
        if sides:
            tiles = np.empty((len(sides[1]), len(sides[0])))
            columns, lines = (np.searchsorted(sides[k], points[:, k]) for k in (0, 1))
            tiles[lines, columns] = values
            drawn = axes.pcolormesh(*sides, tiles, cmap=CONTINUOUS, norm=norm, rasterized=True)
        else:
            order = np.argsort(values)
            style: Style = {"cmap": CONTINUOUS, "norm": norm, "s": size, "linewidth": 0}
            x, y = points[order, 0], points[order, 1]
            drawn = axes.scatter(x, y, c=values[order], **style)
        axes.grid(visible=False)
    _bar(figure, panels, drawn, f"length of the error\n({unit or 'output units'})", extend="min")
    return figure
