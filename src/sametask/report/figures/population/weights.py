"""Figures of images that networks learn, and of networks drawn as their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage

from sametask.report.figures.style import WIDTH, grid, plain, styled, wrapped

# Blue and red with white at zero: readers with colour-blindness can tell them apart.
SIGNED = "RdBu_r"
# Networks in a row of the gallery.
ABREAST = 3
# The share of weights that the colours are spread over; a few larger ones have the last colour.
SHARE = 0.99
# A network as a mosaic, and the words above it.
Words = tuple[str, np.ndarray]


@styled
def draw_images(images: np.ndarray) -> Figure:
    """Show images (k, side, side) of one channel in a row, on one scale of grey."""
    figure, (row,) = grid(1, len(images), 1.6)
    scale = Normalize(images.min(), images.max())
    for axes, image in zip(row, images, strict=True):
        drawn = axes.imshow(image, cmap="gray", norm=scale, interpolation="nearest")
        axes.set(xticks=(), yticks=())
        axes.spines[:].set_visible(False)
    figure.colorbar(drawn, ax=row, label="pixel (no unit)", fraction=0.025, pad=0.015)
    return figure


def mosaic(filters: np.ndarray, outgoing: np.ndarray) -> np.ndarray:
    """Return one image of a layer: the filter of every unit, and below it the weights out of it.

    ``filters`` (units, side, side) are weights into each unit, ``outgoing`` (units, r) those out of
    it, with r = 0 if they are not shown. What is between them is NaN.
    """
    units, side, _ = filters.shape
    lines = -(-outgoing.shape[1] // side)
    rows = side + (1 + lines if lines else 0)
    blocks = np.full((units, rows, side + 1), np.nan)
    blocks[:, :side, :side] = filters
    if lines:
        padded = np.full((units, lines * side), np.nan)
        padded[:, : outgoing.shape[1]] = outgoing
        blocks[:, side + 1 :, :side] = padded.reshape(units, lines, side)
    return blocks.transpose(1, 0, 2).reshape(rows, -1)[:, :-1]


def signed(images: Sequence[np.ndarray]) -> Normalize:
    """Return a scale of colours that has zero in its middle, for images with NaN."""
    values = np.concatenate([np.abs(image[np.isfinite(image)]) for image in images])
    top = float(np.quantile(values, SHARE)) if len(values) else 1.0
    return Normalize(-top or -1.0, top or 1.0)


def _draw_mosaic(axes: Axes, image: np.ndarray, scale: Normalize) -> AxesImage:
    axes.set(xticks=(), yticks=())
    axes.spines[:].set_visible(False)
    return axes.imshow(image, cmap=SIGNED, norm=scale, interpolation="nearest")


@styled
def draw_network(stages: Mapping[str, np.ndarray], side: int) -> Figure:
    """Draw one network as the mosaic of its weights at several times, one below the other."""
    images = list(stages.values())
    rows, columns = images[0].shape
    figure, panels = grid(len(stages), 1, 0.35 + 7.5 * rows / columns, 9.0)
    figure.set_layout_engine("constrained", h_pad=0.12)
    scale = signed(images)
    for (title, image), axes in zip(stages.items(), panels[:, 0], strict=True):
        drawn = _draw_mosaic(axes, image, scale)
        axes.set_title(plain(title))
        middles = np.arange((side - 1) / 2, columns, side + 1)
        axes.set_xticks(middles, [f"unit {number + 1}" for number in range(len(middles))])
        named = {(side - 1) / 2: "weights\ninto it"}
        if rows > side:
            named[(rows + side) / 2] = "out of it"
        axes.set_yticks(list(named), list(named.values()))
        axes.tick_params(length=0)
        axes.grid(visible=False)
    bar: dict[str, Any] = {"extend": "both", "fraction": 0.04, "pad": 0.02}
    figure.colorbar(drawn, ax=panels, label="weight (no unit)", **bar)
    return figure


def _titled(words: str, room: float) -> str:
    """Return words whose lines fit into some inches."""
    return "\n".join(wrapped(line, room) for line in words.splitlines())


def _draw_group(
    part: SubFigure, title: str, networks: Sequence[Words], lines: int, scale: Normalize
) -> None:
    part.suptitle(plain(title), fontsize=11, fontweight="bold")
    panels = part.subplots(lines, ABREAST, squeeze=False)
    for axes in panels.flat[len(networks) :]:
        axes.set_axis_off()
    for axes, (words, image) in zip(panels.flat, networks, strict=False):
        drawn = _draw_mosaic(axes, image, scale)
        axes.set_title(plain(words))
    part.colorbar(drawn, ax=panels, label="weight", extend="both", fraction=0.02, pad=0.01)


@styled
def draw_gallery(groups: Mapping[str, Sequence[Words]]) -> Figure:
    """Draw networks of several groups as mosaics of their weights, with words above each."""
    images = [image for networks in groups.values() for _, image in networks]
    scale, (rows, columns) = signed(images), images[0].shape
    lines = [-(-len(networks) // ABREAST) for networks in groups.values()]
    room = WIDTH / ABREAST - 0.5
    groups = {
        title: [(_titled(words, room), image) for words, image in networks]
        for title, networks in groups.items()
    }
    height = 0.6 + room * rows / columns
    figure = Figure(figsize=(WIDTH, height * sum(lines) + 0.4 * len(lines)))
    figure.set_layout_engine("constrained", w_pad=0.16)
    parts = figure.subfigures(len(groups), 1, squeeze=False, height_ratios=lines)[:, 0]
    for part, (title, networks), count in zip(parts, groups.items(), lines, strict=True):
        _draw_group(part, title, networks, count, scale)
    return figure
