"""Figures over a one-dimensional domain: functions, activations, coordinates, routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import AREA, DIFFERENCE, TRUTH
from sametask.report.figures.style import (
    LINES,
    Style,
    curve,
    grid,
    logarithmic,
    network_colours,
    outside_legend,
    plain,
    styled,
)
from sametask.verdict.layers.phrases import counted

SHOWN = 3
# The labels of inputs and outputs that have no other name.
INPUT, OUTPUT = "input x", "output"


def _styles(colours: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return each network's colour, line and label."""
    return {
        name: {
            "color": colour,
            "linestyle": ("-", "--", "-.", ":")[place % 4],
            "label": plain(name),
        }
        for place, (name, colour) in enumerate(colours.items())
    }


def shade(axes: Axes, trained: Mapping[str, tuple[float, float]]) -> None:
    """Shade the trained part; one area for all networks that share it."""
    for low, high in sorted(set(map(tuple, trained.values()))):
        who = ", ".join(name for name, ends in trained.items() if tuple(ends) == (low, high))
        axes.axvspan(low, high, color=AREA, zorder=0, label=plain(f"trained: {who}"))


@styled
def function_figure(
    inputs: np.ndarray,
    truth: np.ndarray | None,
    outputs: Mapping[str, np.ndarray],
    trained: Mapping[str, tuple[float, float]],
    label: str = INPUT,
    output: str = OUTPUT,
) -> Figure:
    """Draw outputs (n, …) of all networks and the truth over inputs (n,), and the difference."""
    figure, panels = grid(1, 2 if truth is not None else 1, 3.9)
    left, right = panels[0, 0], panels[0, -1]
    for axes in panels[0]:
        shade(axes, trained)
        axes.set_xlabel(plain(label))
    if truth is not None:
        wide = {"color": TRUTH, "linewidth": 4, "alpha": 0.3, "label": "true function"}
        curve(left, inputs, truth, **wide)
        right.set(ylabel=plain(f"|{output} − true function|"), title="Error")
    styles = _styles(network_colours(outputs))
    for name, values in outputs.items():
        style = styles[name]
        curve(left, inputs, values, **style)
        if truth is not None:
            curve(right, inputs, np.abs(values - truth.reshape(values.shape)), **style)
    if truth is not None:
        logarithmic(right)
    left.set(ylabel=plain(output), title="Outputs")
    outside_legend(figure, left)
    return figure


def _activation_column(
    column: np.ndarray,
    inputs: np.ndarray,
    values: np.ndarray,
    spread: tuple[np.ndarray, np.ndarray, np.ndarray],
    colour: str,
) -> None:
    low, high, deviation = (part[:, :LINES] for part in spread)
    order = np.argsort(inputs)
    for neuron in range(low.shape[1]):
        ends = low[order, neuron], high[order, neuron]
        column[0].fill_between(inputs[order], *ends, color=colour, alpha=0.25, linewidth=0)
    curve(column[0], inputs, values, color=colour, linewidth=1.2)
    curve(column[1], inputs, deviation.clip(min=1e-16), color=colour, linewidth=1.2)
    column[1].set(yscale="log")


@styled
def activation_figure(
    inputs: Mapping[str, np.ndarray],
    activations: Mapping[str, np.ndarray],
    spreads: Mapping[str, tuple],
    label: str = INPUT,
) -> Figure:
    """Draw activations (N, m) over inputs (N,), with the spread of their perturbations.

    ``spreads`` are 5 % and 95 % quantiles and standard deviations of perturbations, (N, m) each.
    """
    figure, panels = grid(2, len(activations), 3.0, sharex=True, sharey="row")
    colours = network_colours(activations)
    for place, (name, values) in enumerate(activations.items()):
        _activation_column(panels[:, place], inputs[name], values, spreads[name], colours[name])
        more = f", the first {LINES} of them" if values.shape[1] > LINES else ""
        measured = counted(values.shape[1], "measured value")
        panels[0, place].set_title(plain(f"{name}: {measured}{more}"))
        panels[1, place].set_xlabel(plain(label))
    panels[0, 0].set_ylabel("activation")
    panels[1, 0].set_ylabel("standard deviation of\nperturbations (activation)")
    return figure


@styled
def coordinates_over_line(
    inputs: Mapping[str, np.ndarray],
    coordinates: Mapping[str, np.ndarray],
    colours: Mapping[str, str],
    label: str = INPUT,
) -> Figure:
    """Draw the first coordinates (N, k) of every network over its inputs (N,).

    ``colours`` are those of all networks, of which some may have no coordinates.
    """
    count = min(min(values.shape[1] for values in coordinates.values()), SHOWN)
    figure, panels = grid(1, count, 3.4, sharey=True)
    styles = _styles(colours)
    for place, axes in enumerate(panels[0]):
        for name, values in coordinates.items():
            curve(axes, inputs[name], values[:, place], **styles[name])
        axes.set(title=f"coordinate {place + 1}", xlabel=plain(label))
    panels[0][0].set_ylabel("coordinate (unit mean square)")
    outside_legend(figure, panels[0][0])
    return figure


@styled
def rotated_over_line(
    inputs: np.ndarray,
    rotated: np.ndarray,
    target: np.ndarray,
    names: tuple[str, str],
    colours: Mapping[str, str],
    label: str = INPUT,
) -> Figure:
    """Draw a's rotated coordinates (n, k) on top of b's own, and the difference below."""
    count = min(target.shape[1], SHOWN)
    figure, panels = grid(2, count, 2.9, sharex=True, sharey="row")
    narrow = {"color": colours[names[0]], "linestyle": "--", "label": plain(f"{names[0]}, rotated")}
    wide = {"color": colours[names[1]], "linewidth": 4.5, "alpha": 0.45}
    for place, (above, below) in enumerate(panels.T):
        curve(above, inputs, target[:, place], label=plain(f"{names[1]}, own"), **wide)
        curve(above, inputs, rotated[:, place], **narrow)
        above.set_title(f"coordinate {place + 1}")
        gap = np.abs(rotated[:, place] - target[:, place]).clip(min=1e-16)
        curve(below, inputs, gap, color=DIFFERENCE, linewidth=1)
        below.set(yscale="log", xlabel=plain(label))
    panels[0, 0].set_ylabel("coordinate (unit mean square)")
    panels[1, 0].set_ylabel("|difference|")
    outside_legend(figure, panels[0, 0])
    return figure


@dataclass(frozen=True)
class Way:
    """The test samples at each step of a map: arrays (n, …), and those of the target itself."""

    source: np.ndarray
    coordinates: np.ndarray
    rotated: np.ndarray
    own_coordinates: np.ndarray
    mapped: np.ndarray
    own_activations: np.ndarray
    stitched: np.ndarray
    own_outputs: np.ndarray


STEPS = (
    "1  activations of\n{0}",
    "2  its diffusion\ncoordinates",
    "3  rotated\ncoordinates",
    "4  mapped to {1}'s\nactivations",
    "5  {2} of the\nstitched network",
)


def _overlay(
    axes: Axes,
    inputs: np.ndarray,
    mapped: np.ndarray,
    target: np.ndarray,
    styles: Sequence[Style],
    label: str,
) -> None:
    """Draw mapped values inside the target's own values, and write their largest difference."""
    curve(axes, inputs, target, linewidth=4.5, alpha=0.45, **styles[1])
    curve(axes, inputs, mapped, linewidth=1.3, linestyle="--", **styles[0])
    gap = np.abs(mapped - target.reshape(mapped.shape)).max()
    axes.set_xlabel(plain(f"{label}\nlargest gap {gap:.2g}"))


@styled
def way_figure(
    inputs: np.ndarray,
    way: Way,
    names: tuple[str, str],
    colours: Mapping[str, str],
    label: str = INPUT,
    output: str = OUTPUT,
) -> Figure:
    """Draw the test samples at the five steps of the route from one network to the other."""
    styles = (
        {"color": colours[names[0]], "label": plain(f"from {names[0]}")},
        {"color": colours[names[1]], "label": plain(f"{names[1]}, own")},
    )
    figure, (panels,) = grid(1, 5, 3.4)
    figure.set_layout_engine("constrained", w_pad=0.08)
    for axes, values in zip(panels, (way.source, way.coordinates[:, :SHOWN]), strict=False):
        curve(axes, inputs, values, color=styles[0]["color"], linewidth=1.3)
        axes.set_xlabel(plain(label))
    _overlay(
        panels[2], inputs, way.rotated[:, :SHOWN], way.own_coordinates[:, :SHOWN], styles, label
    )
    _overlay(panels[3], inputs, way.mapped, way.own_activations, styles, label)
    _overlay(panels[4], inputs, way.stitched, way.own_outputs, styles, label)
    for axes, title in zip(panels, STEPS, strict=True):
        axes.set_title(plain(title.format(*names, output)))
    outside_legend(figure, panels[2])
    return figure
