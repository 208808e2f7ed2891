"""Figures to files, and into the page itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from sametask.report.figures.style import STYLE
from sametask.report.pictures.picture import Picture
from sametask.report.wording.addresses import file_name

RESOLUTION = 150
# An SVG is written, too, for at most this many scattered points of about 100 bytes each.
SVG_POINTS = 2000


def is_small(figure: Figure) -> bool:
    """Return whether a figure has few enough points to be kept as vectors, too."""
    scattered = (
        len(np.asarray(collection.get_offsets()))
        for axes in figure.axes
        for collection in axes.collections
    )
    return sum(scattered) <= SVG_POINTS


def _render(figure: Figure, vectors: bool) -> bytes:
    """Return a figure as a PNG or an SVG.

    The canvas writes it, because ``savefig`` draws everything twice. The bytes contain neither
    time nor version, so that the same numbers give the same file.
    """
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.dpi = RESOLUTION
        if vectors:
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
        else:
            FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    # Keep this layout: to compute it again would take as long as drawing.
    figure.set_layout_engine("none")
    return buffer.getvalue()


def _png_width(png: bytes) -> int:
    """Return the width of a PNG in pixels, which stands in bytes 16 to 20 of every one."""
    return int.from_bytes(png[16:20], "big")


def _save(picture: Picture, folder: Path) -> dict[str, Any]:
    """Write a figure's files and return what the template needs of it."""
    name = file_name(picture.name)
    words = {"id": name, "title": picture.title, "alt": picture.alt, "caption": picture.caption}
    if picture.figure is None:
        return {**words, "data": None}
    if isinstance(picture.figure, bytes):
        png, width = picture.figure, _png_width(picture.figure)
    else:
        png = _render(picture.figure, vectors=False)
        width = round(picture.figure.get_figwidth() * 100)
        if is_small(picture.figure):
            (folder / f"{name}.svg").write_bytes(_render(picture.figure, vectors=True))
    (folder / f"{name}.png").write_bytes(png)
    return {**words, "data": base64.b64encode(png).decode(), "width": width}


def save_all(pictures: Iterable[Picture], folder: Path) -> list[dict[str, Any]]:
    """Write figures to a folder; returns what the templates need of them, in their order."""
    return [_save(picture, folder) for picture in pictures]
