"""Figures of how neurons lie to each other: ellipsoids, their density, distances, a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from sametask.report.figures.colours import ACCENT, CONTINUOUS, DIFFERENCE, EDGE, MUTED
from sametask.report.figures.style import DASHED, WIDTH, grid, plain, styled

# Neurons at most that have their number written beside them.
NUMBERED = 32
# The brightest colours cannot be seen on white.
COLOURS = ListedColormap(colormaps[CONTINUOUS](np.linspace(0, 0.92, 256)))
# Where panels in space stand, with room for the names of axes between them.
IN_SPACE = {"left": 0.0, "right": 0.89, "bottom": 0.05, "top": 0.95, "wspace": 0.16}
# Lines of longitude and of latitude on an ellipsoid.
MESH = 14


def _direction(place: int, shares: Sequence[float]) -> str:
    return f"direction {place + 1} ({shares[place]:.0%} of the variance of means)"


def _by_number(count: int) -> tuple[np.ndarray, ScalarMappable]:
    """Return the colours (K, 4) of neurons by their number, and the scale of these."""
    norm = Normalize(1, max(count, 2))
    return COLOURS(norm(np.arange(1, count + 1))), ScalarMappable(norm, COLOURS)


@styled
def draw_ellipses(
    centres: np.ndarray, axes: np.ndarray, radii: np.ndarray, shares: Sequence[float]
) -> Figure:
    """Draw 95 % ellipses in a plane: ``centres`` (K, 2), unit ``axes`` (K, 2, 2), ``radii``."""
    figure, ((panel,),) = grid(1, 1, 6.2, 8.2)
    colours, scale = _by_number(len(centres))
    for number, (centre, turn, radius) in enumerate(zip(centres, axes, radii, strict=True)):
        angle = np.degrees(np.arctan2(turn[0, 1], turn[0, 0]))
        face = (*colours[number][:3], 0.18)
        panel.add_patch(
            Ellipse(tuple(centre), *(2 * radius), angle=angle, fc=face, ec=colours[number])
        )
        if len(centres) <= NUMBERED:
            panel.annotate(str(number + 1), centre, ha="center", va="center", fontsize=8.5)
    panel.scatter(*centres.T, s=6, color=colours, zorder=3)
    panel.set_aspect("equal", adjustable="datalim")
    panel.autoscale_view()
    panel.set(xlabel=_direction(0, shares), ylabel=_direction(1, shares))
    figure.colorbar(scale, ax=panel, label="number of the neuron", aspect=35, pad=0.02)
    return figure


def _surface(centre: np.ndarray, axes: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return points (3, v, u) of an ellipsoid."""
    round_, down = np.meshgrid(np.linspace(0, 2 * np.pi, MESH), np.linspace(0, np.pi, MESH))
    unit = np.stack([np.cos(round_) * np.sin(down), np.sin(round_) * np.sin(down), np.cos(down)])
    return centre[:, None, None] + np.einsum("kj,k,kuv->juv", axes, radii, unit)


@styled
def draw_ellipsoids(
    centres: np.ndarray, axes: np.ndarray, radii: np.ndarray, shares: Sequence[float]
) -> Figure:
    """Draw 95 % ellipsoids in space, seen from two sides; arrays as those of ``draw_ellipses``.

    Axes are named by the number of their direction, and its share of the variance of the means.
    """
    figure = Figure(figsize=(WIDTH, 5.4))
    colours, scale = _by_number(len(centres))
    panels = figure.subplots(1, 2, subplot_kw={"projection": "3d"}, gridspec_kw=IN_SPACE)
    for panel, azimuth in zip(panels, (-60, 30), strict=True):
        for colour, *one in zip(colours, centres, axes, radii, strict=True):
            panel.plot_surface(*_surface(*one), color=colour, alpha=0.35, linewidth=0)
        panel.view_init(elev=25, azim=azimuth)
        panel.set_aspect("equal")
        panel.tick_params(labelsize=8, pad=0)
        panel.locator_params(nbins=4)
        names = [f"{place} ({share:.0%})" for place, share in enumerate(shares[:3], 1)]
        panel.set_xlabel(names[0], labelpad=8)
        panel.set_ylabel(names[1], labelpad=8)
        # The name of an axis that is seen at an angle may lie on its numbers: that one stands here.
        panel.set_title(f"upwards: {names[2]}")
    scale_axes = figure.add_axes((0.93, 0.12, 0.012, 0.76))
    figure.colorbar(scale, cax=scale_axes, label="number of the neuron")
    return figure


@styled
def draw_domes(
    across: np.ndarray, up: np.ndarray, density: np.ndarray, shares: Sequence[float]
) -> Figure:
    """Draw the density (u, a) of the mixture of neurons over a plane."""
    figure, ((panel,),) = grid(1, 1, 5.4, 8.2)
    # The root shows low and wide domes beside high and narrow ones.
    shown = panel.pcolormesh(across, up, np.sqrt(density), cmap="magma_r", rasterized=True)
    panel.set(xlabel=_direction(0, shares), ylabel=_direction(1, shares))
    panel.grid(visible=False)
    figure.colorbar(shown, ax=panel, label="root of the density", aspect=35, pad=0.02)
    return figure


@styled
def draw_distances(distances: Mapping[str, np.ndarray], label: str) -> Figure:
    """Draw the roots of squared distances (K, K) between neurons, a panel for each kind.

    ``label`` says in which order the neurons are. What is infinite is grey.
    """
    columns = min(len(distances), 2)
    rows = -(-len(distances) // columns)
    figure, panels = grid(rows, columns, 4.3, 9.6)
    for panel in panels.flat[len(distances) :]:
        panel.remove()
    for panel, (name, squared) in zip(panels.flat, distances.items(), strict=False):
        known = np.ma.masked_invalid(np.sqrt(squared))
        count = len(squared)
        edges = (0.5, count + 0.5)
        panel.set_facecolor(MUTED)
        panel.grid(visible=False)
        shown = panel.imshow(known, cmap=CONTINUOUS, extent=(*edges, *edges[::-1]))
        panel.set(title=plain(name), xlabel=label, ylabel=label)
        figure.colorbar(shown, ax=panel, label="distance", fraction=0.045, pad=0.03)
    return figure


def _trajectory(panel: Axes, places: np.ndarray) -> None:
    colours, _ = _by_number(len(places))
    across, up = places.T
    panel.plot(across, up, color=EDGE, linewidth=0.8, zorder=1)
    panel.scatter(across, up, color=colours, s=26, zorder=2)
    panel.set_aspect("equal", adjustable="datalim")
    panel.set(xlabel="direction 1", ylabel="direction 2", title="means in their plane")


@styled
def draw_circle(places: np.ndarray, period: float, expected: float | None) -> Figure:
    """Draw neurons (K, 2) in their plane and in their order, with the period that was found.

    ``expected`` is the period of the series, where it is known.
    """
    figure, ((left, right),) = grid(1, 2, 4.6, gridspec_kw={"width_ratios": [1, 1.5]})
    _trajectory(left, places)
    numbers = np.arange(1, len(places) + 1)
    lines = [(ACCENT, "-", "direction 1"), (DIFFERENCE, ":", "direction 2")]
    for column, (colour, dashes, label) in zip(places.T, lines, strict=True):
        right.plot(numbers, column, color=colour, linestyle=dashes, label=label)
    for turn in range(1, int((len(places) - 1) / period) + 1):
        style = DASHED | {"linewidth": 0.7, "alpha": 0.6}
        right.axvline(1 + turn * period, **style, label="whole turns" if turn == 1 else None)
    known = "" if expected is None else f"; the series has {expected:.4g}"
    right.set(xlabel="number of the neuron", ylabel="mean, less that of all",
              title=f"period {period:.4g} neurons{known}")  # fmt: skip
    figure.legend(*right.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure
