"""Figures over a one-dimensional domain: functions, activations, coordinates, a test's way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.style import (
    LINES,
    TRUTH,
    curve,
    grid,
    network_colours,
    outside_legend,
    plain,
    styled,
)

SHOWN = 3


def _shade(axes: Axes, trained: Mapping[str, tuple[float, float]]) -> None:
    """Shade the trained part: one area for networks that share it."""
    for low, high in sorted(set(map(tuple, trained.values()))):
        who = [name for name, ends in trained.items() if tuple(ends) == (low, high)]
        axes.axvspan(low, high, color="#EFEFEF", zorder=0, label=plain(f"trained: {', '.join(who)}"))


@styled
def function_figure(
    inputs: np.ndarray,
    truth: np.ndarray | None,
    outputs: Mapping[str, np.ndarray],
    trained: Mapping[str, tuple[float, float]],
) -> Figure:
    """Draw outputs (n, …) of all networks and the truth over inputs (n,), and the difference."""
    figure, panels = grid(1, 2 if truth is not None else 1, 3.9)
    colours = network_colours(outputs)
    for axes in panels[0]:
        _shade(axes, trained)
        axes.set_xlabel("input x")
    if truth is not None:
        curve(panels[0][0], inputs, truth, color=TRUTH, linewidth=4, alpha=0.3, label="true function")
    for place, (name, values) in enumerate(outputs.items()):
        look = {"color": colours[name], "linestyle": ("-", "--", "-.", ":")[place % 4]}
        curve(panels[0][0], inputs, values, label=plain(name), **look)
        if truth is not None:
            error = np.abs(values - truth.reshape(values.shape))
            curve(panels[0][1], inputs, error, **look)
    panels[0][0].set(ylabel="output", title="Outputs")
    if truth is not None:
        panels[0][1].set(yscale="log", ylabel="|output − true function|", title="Error")
    outside_legend(figure, panels[0][0])
    return figure


def _activation_column(column, inputs: np.ndarray, values: np.ndarray, spread, colour: str) -> None:
    low, high, deviation = (part[:, :LINES] for part in spread)
    order = np.argsort(inputs)
    for neuron in range(low.shape[1]):
        column[0].fill_between(
            inputs[order], low[order, neuron], high[order, neuron], color=colour, alpha=0.25,
            linewidth=0,
        )  # fmt: skip
    curve(column[0], inputs, values, color=colour, linewidth=1.2)
    curve(column[1], inputs, deviation.clip(min=1e-16), color=colour, linewidth=1.2)
    column[1].set(yscale="log", xlabel="input x")


@styled
def activation_figure(
    inputs: np.ndarray, activations: Mapping[str, np.ndarray], spreads: Mapping[str, tuple]
) -> Figure:
    """Draw activations (N, m) over inputs (N,) with their neighbourhoods.

    ``spreads`` hold every neighbourhood's 5 % and 95 % quantile and standard deviation (N, m).
    """
    figure, panels = grid(2, len(activations), 3.0, sharex=True, sharey="row")
    colours = network_colours(activations)
    for place, (name, values) in enumerate(activations.items()):
        _activation_column(panels[:, place], inputs, values, spreads[name], colours[name])
        more = f", the first {LINES} of them" if values.shape[1] > LINES else ""
        plural = "s" if values.shape[1] > 1 else ""
        panels[0, place].set_title(plain(f"{name}: {values.shape[1]} neuron{plural}{more}"))
    panels[0, 0].set_ylabel("activation")
    panels[1, 0].set_ylabel("standard deviation of a\nneighbourhood (activation)")
    return figure


@styled
def coordinates_over_line(inputs: np.ndarray, coordinates: Mapping[str, np.ndarray]) -> Figure:
    """Draw the first coordinates (N, k) of every network over the inputs (N,)."""
    count = min(min(values.shape[1] for values in coordinates.values()), SHOWN)
    figure, panels = grid(1, count, 3.4, sharey=True)
    colours = network_colours(coordinates)
    for place, axes in enumerate(panels[0]):
        for number, (name, values) in enumerate(coordinates.items()):
            look = {"color": colours[name], "linestyle": ("-", "--", "-.", ":")[number % 4]}
            curve(axes, inputs, values[:, place], label=plain(name), **look)
        axes.set(title=f"coordinate {place + 1}", xlabel="input x")
    panels[0][0].set_ylabel("coordinate (unit mean square)")
    outside_legend(figure, panels[0][0])
    return figure


@styled
def rotated_over_line(
    inputs: np.ndarray,
    rotated: np.ndarray,
    own: np.ndarray,
    names: tuple[str, str],
    colours: Mapping[str, str],
) -> Figure:
    """Draw a's rotated coordinates (n, k) on top of b's own, and the difference of all k below."""
    count = min(own.shape[1], SHOWN)
    figure, panels = grid(2, count, 2.9, sharex=True, sharey="row")
    for place, (above, below) in enumerate(panels.T):
        above.set_title(f"coordinate {place + 1}")
        curve(above, inputs, own[:, place], color=colours[names[1]], linewidth=4.5, alpha=0.45,
              label=plain(f"{names[1]}, own"))  # fmt: skip
        curve(above, inputs, rotated[:, place], color=colours[names[0]], linestyle="--",
              label=plain(f"{names[0]}, rotated"))  # fmt: skip
        gap = np.abs(rotated[:, place] - own[:, place]).clip(min=1e-16)
        curve(below, inputs, gap, color="#444444", linewidth=1)
        below.set(yscale="log", xlabel="input x")
    panels[0, 0].set_ylabel("coordinate (unit mean square)")
    panels[1, 0].set_ylabel("difference")
    outside_legend(figure, panels[0, 0])
    return figure


@dataclass(frozen=True)
class Way:
    """The way of the test samples through a map: arrays (n, …), the target's own beside them."""

    source: np.ndarray
    coordinates: np.ndarray
    rotated: np.ndarray
    own_coordinates: np.ndarray
    mapped: np.ndarray
    own_activations: np.ndarray
    stitched: np.ndarray
    own_outputs: np.ndarray


@styled
def way_figure(
    inputs: np.ndarray, way: Way, names: tuple[str, str], colours: Mapping[str, str]
) -> Figure:
    """Draw the five stations of a test on its way from one network through the other."""
    source, target = (colours[name] for name in names)
    figure, (panels,) = grid(1, 5, 3.5, width=15)
    curve(panels[0], inputs, way.source, color=source, linewidth=1.3)
    curve(panels[1], inputs, way.coordinates[:, :SHOWN], color=source, linewidth=1.3)
    overlays = (
        (way.rotated[:, :SHOWN], way.own_coordinates[:, :SHOWN]),
        (way.mapped, way.own_activations),
        (way.stitched, way.own_outputs),
    )
    for axes, (mapped, own) in zip(panels[2:], overlays, strict=True):
        curve(axes, inputs, own, color=target, linewidth=4.5, alpha=0.45, label=plain(f"{names[1]}, own"))
        curve(axes, inputs, mapped, color=source, linestyle="--", linewidth=1.3,
              label=plain(f"from {names[0]}"))  # fmt: skip
        gap = np.abs(mapped - own.reshape(mapped.shape)).max()
        axes.text(0.5, -0.3, f"largest gap {gap:.2g}", transform=axes.transAxes, ha="center")
    titles = ("1  activations of\n{0}", "2  its diffusion\ncoordinates", "3  rotated\ncoordinates",
              "4  mapped to {1}'s\nactivations", "5  output of the\nstitched network")  # fmt: skip
    for axes, title in zip(panels, titles, strict=True):
        axes.set(title=plain(title.format(*names)), xlabel="input x")
    outside_legend(figure, panels[2])
    return figure
