"""Figures of the networks of an ensemble: are neurons the same ones, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import PALETTE, REACHED, TRUTH
from sametask.report.figures.style import DASHED, drawn, grid, outside_legend, plain, styled

# Half the height of a row of dots, and inches for each row and for what is around them.
SPREAD, ROW, AROUND = 0.32, 0.42, 1.3


def _rows(axes: Axes, names: Sequence[str]) -> None:
    """Write a name at every row, the first one on top."""
    axes.set_yticks(range(len(names)), [plain(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def _dots(axes: Axes, values: np.ndarray, row: int) -> None:
    """Draw values (n,) as dots in a row, spread over its height, and their median as a line."""
    shown = values[drawn(len(values))]
    heights = row + SPREAD * np.random.default_rng(row).uniform(-1, 1, len(shown))
    colour = PALETTE[row % len(PALETTE)]
    axes.plot(shown, heights, "o", color=colour, markersize=3, alpha=0.35, markeredgewidth=0)
    label = "median" if row == 0 else None
    axes.plot([np.median(values)] * 2, [row - 0.42, row + 0.42], color=TRUTH, linewidth=2.5,
              label=label)  # fmt: skip


def _kept_finite(values: np.ndarray, most: float) -> np.ndarray:
    """Return values (n,), those that are infinite a little beyond the largest of all."""
    return np.where(np.isfinite(values), values, 2 * most)


@styled
def draw_identity(
    identity: Mapping[str, Mapping[str, np.ndarray]], members: int, wanted: float
) -> Figure:
    """Draw the identity of every neuron across networks, by scheme and gauge.

    ``identity`` are the values (n,) of all splits and neurons, by scheme, in each by gauge; ∞ of
    neurons that are the same in all networks. By chance it is 1 / √N for N ``members``.
    """
    gauges = list(dict.fromkeys(gauge for found in identity.values() for gauge in found))
    height = ROW * len(gauges) + AROUND
    figure, panels = grid(1, len(identity), height, sharex=True, sharey=True)
    everything = np.concatenate([one for some in identity.values() for one in some.values()])
    most = everything[np.isfinite(everything)].max(initial=wanted)
    least = everything.min(initial=members**-0.5)
    for axes, (scheme, found) in zip(panels[0], identity.items(), strict=True):
        axes.axvspan(wanted, 4 * most, color=REACHED, label="the target", zorder=0)
        axes.axvline(members**-0.5, label="by chance", **DASHED)
        for gauge, values in found.items():
            _dots(axes, _kept_finite(values, most), gauges.index(gauge))
        _rows(axes, gauges)
        axes.set(xscale="log", xlim=(least / 2, 4 * most), title=plain(scheme))
        axes.set_xlabel("identity ‖mean‖ / sd of a neuron")
    panels[0, 0].set_ylabel("gauge")
    outside_legend(figure, panels[0, 0])
    return figure


@styled
def draw_quality(quality: Mapping[str, np.ndarray], label: str) -> Figure:
    """Draw how good every network is on held-out rows: values (n,) by scheme."""
    figure, ((axes,),) = grid(1, 1, ROW * len(quality) + AROUND, 7.0)
    for row, values in enumerate(quality.values()):
        _dots(axes, values, row)
    _rows(axes, list(quality))
    axes.set_xlabel(plain(label))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    return figure
