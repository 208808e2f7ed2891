"""Figures over the steps p of a slice: plain numbers in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import ACCENT, MUTED, PALETTE, TRUTH
from sametask.report.figures.style import grid, logarithmic, outside_legend, plain, styled

# Lines differ by marker and dashes, too, not by colour alone.
LINES = (
    (ACCENT, "o", "-"),
    (PALETTE[1], "s", "-"),
    (PALETTE[2], "^", "--"),
    (PALETTE[3], "D", "-."),
    (PALETTE[4], "v", ":"),
)
LEVELS = ((MUTED, (0, (5, 2))), (TRUTH, (0, (1, 1))))


@dataclass(frozen=True)
class Panel:
    """One metric: ``lines`` is ``{map: {p: value}}``, ``levels`` is ``{network: value}``.

    The last level is that of the target.
    """

    label: str
    lines: Mapping[str, Mapping[int, float]]
    levels: Mapping[str, float]
    logarithmic: bool = False


def _draw(axes: Axes, panel: Panel, steps: Sequence[int]) -> None:
    styles = LEVELS[-len(panel.levels) :]
    for (name, value), (colour, dashes) in zip(panel.levels.items(), styles, strict=False):
        axes.axhline(value, color=colour, linestyle=dashes, linewidth=1.8, label=plain(name))
    for (name, values), (colour, marker, line) in zip(panel.lines.items(), LINES, strict=False):
        places = sorted(values)
        axes.plot(
            places, [values[place] for place in places], color=colour, marker=marker,
            linestyle=line, label=plain(name),
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(steps, labels=[str(p) for p in steps])
    axes.minorticks_off()
    # Room beside the outermost marks; without it, an axis of one p would have no width.
    axes.set_xlim(min(steps) / 1.25, max(steps) * 1.25)
    if panel.logarithmic:
        logarithmic(axes)
    axes.set(xlabel="steps p of a slice (log scale)", ylabel=panel.label)


@styled
def draw_positions(panels: Sequence[Panel], steps: Sequence[int]) -> Figure:
    """Draw metrics of some maps, five at most, over the steps of a slice, side by side."""
    figure, axes = grid(1, len(panels), 4.2)
    for place, panel in zip(axes[0], panels, strict=True):
        _draw(place, panel, steps)
    outside_legend(figure, axes[0, 0], columns=4)
    return figure
