"""Figures of attention: which parts of a network's weights a model looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sametask.report.figures.population.weights import SIGNED
from sametask.report.figures.style import WIDTH, Style, grid, plain, styled

# Names of more tokens than this are left out.
NAMED = 16


@styled
def draw_attention(maps: Mapping[str, np.ndarray], tokens: Sequence[str]) -> Figure:
    """Draw attention maps (heads, tokens, tokens) of several networks, a row for each.

    Row i of a map says where token i looks; it adds up to 1.
    """
    heads = len(next(iter(maps.values())))
    figure, panels = grid(len(maps), heads, 3.1, sharex=True, sharey=True)
    top = max(values.max() for values in maps.values())
    ticks = range(len(tokens)) if len(tokens) <= NAMED else ()
    names = [plain(tokens[tick]) for tick in ticks]
    for row, (title, values) in zip(panels, maps.items(), strict=True):
        for head, (axes, image) in enumerate(zip(row, values, strict=True), 1):
            drawn = axes.imshow(image, cmap="viridis", vmin=0, vmax=top, interpolation="nearest")
            axes.set_title(plain(f"{title}, head {head}"))
            axes.set_xticks(ticks, names, rotation=90)
            axes.set_yticks(ticks, names)
            axes.grid(visible=False)
        row[0].set_ylabel("looks from")
    for axes in panels[-1]:
        axes.set_xlabel("looks at")
    figure.colorbar(drawn, ax=panels, label="attention (share)", fraction=0.025, pad=0.015)
    return figure


@styled
def draw_correlations(matrix: np.ndarray, accuracy: np.ndarray) -> Figure:
    """Draw the correlations (n, n) of networks' maps, in the order of their accuracy (n,)."""
    figure, ((left, right),) = grid(1, 2, 5.2, 0.72 * WIDTH, width_ratios=(6, 1))
    style: Style = {"cmap": SIGNED, "vmin": -1, "vmax": 1, "interpolation": "nearest"}
    drawn = left.imshow(matrix, aspect="auto", **style)
    left.set(xlabel="network, from worst to best", ylabel="network, from worst to best")
    left.grid(visible=False)
    right.plot(accuracy, np.arange(len(accuracy)), color="black", linewidth=1.4)
    right.set(xlabel="accuracy", ylim=(len(accuracy) - 0.5, -0.5), yticks=())
    right.xaxis.set_major_locator(MaxNLocator(2))
    figure.colorbar(drawn, ax=left, label="correlation of attention maps", location="left")
    return figure
