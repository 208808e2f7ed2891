"""Films: images side by side over time, as a strip of stills and as an animation."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from sametask.report.figures.colours import MUTED
from sametask.report.figures.style import STYLE, WIDTH, inches, plain, styled, wrapped

# Inches of a strip: the widest frame, between frames, and the height of a line of text.
FRAME, GAP, LINE = 1.35, 0.06, 0.2
# The widest line of a row's name, in inches.
NAME = 1.3
SIZE = STYLE["font.size"]

# Pixels of an animation: its width at most, the margin around images, text and its lines.
ROOM, MARGIN, TEXT, LEADING = 860, 12, 16, 20
# Columns are at least this wide, as a name would otherwise have a line for each letter.
NARROWEST = 120
# The grey of the line around an image, which shows where a white image ends.
EDGE = 154


def _heights(rows: Mapping[str, np.ndarray], names: Iterable[str], frame: float) -> list[float]:
    """Return the height of each row in inches: of its images, or of its name if that is taller."""
    shapes = [images.shape[1] / images.shape[2] for images in rows.values()]
    lines = [name.count("\n") + 1 for name in names]
    return [max(frame * shape, LINE * count) for shape, count in zip(shapes, lines, strict=True)]


def _still(figure: Figure, image: np.ndarray, box: tuple[float, float, float, float]) -> None:
    """Show an image (h, w) in a box (left, bottom, width, height) that is given in inches."""
    wide, high = figure.get_size_inches()
    axes = figure.add_axes((box[0] / wide, box[1] / high, box[2] / wide, box[3] / high))
    axes.imshow(image.clip(0, 1), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    # The edge separates white images from each other and from the page.
    axes.spines[:].set(visible=True, color=MUTED, linewidth=0.6)


@styled
def film_strip(rows: Mapping[str, np.ndarray], labels: Sequence[str]) -> Figure:
    """Show films (s, h, w) of greys from 0 (black) to 1 (white), one row for each name.

    ``labels`` (s,) head the columns. Places are computed, as a layout found by matplotlib leaves
    gaps between images of fixed aspect.
    """
    names = [wrapped(name, NAME) for name in rows]
    left = max(inches(name) for name in names) + 0.2
    frame = min(FRAME, (WIDTH - left) / len(labels) - GAP)
    heights = _heights(rows, names, frame)
    wide = left + len(labels) * (frame + GAP)
    high = sum(heights) + GAP * len(heights) + 1.4 * LINE
    figure = Figure(figsize=(wide, high))
    widest = max(inches(str(label)) for label in labels)
    size = SIZE * min(1, 0.95 * frame / max(widest, 1e-9))
    for place, label in enumerate(labels):
        middle = left + place * (frame + GAP) + frame / 2
        at = middle / wide, 1 - 1.2 * LINE / high
        figure.text(*at, plain(label), fontsize=size, ha="center", va="bottom")
    bottom = high - 1.4 * LINE
    for name, images, height in zip(names, rows.values(), heights, strict=True):
        bottom -= height
        figure.text(0.05 / wide, (bottom + height / 2) / high, plain(name), va="center")
        for place, image in zip(range(len(labels)), images, strict=True):
            _still(figure, image, (left + place * (frame + GAP), bottom, frame, height))
        bottom -= GAP
    return figure


def _font() -> ImageFont.FreeTypeFont:
    """Return the font of the figures; the basic layout gives the same text on every machine."""
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(str(path), TEXT, layout_engine=ImageFont.Layout.BASIC)


def _enlarged(images: np.ndarray, tile: int) -> np.ndarray:
    """Return images (s, h, w) as bytes, each pixel a square, as wide as a tile has room for."""
    factor = max(1, tile // images.shape[2])
    grey = np.rint(255 * images.clip(0, 1)).astype(np.uint8)
    return grey.repeat(factor, axis=1).repeat(factor, axis=2)


def _background(names: Sequence[str], column: int, below: int) -> Image.Image:
    """Return the background of every frame: names above columns, and room ``below`` them."""
    font = _font()

    def width(text: str) -> float:
        return max(map(font.getlength, text.split("\n")))

    names = [wrapped(name, column, width) for name in names]
    head = MARGIN + LEADING * max(name.count("\n") + 1 for name in names)
    size = MARGIN + len(names) * (column + MARGIN), head + below + MARGIN
    background = Image.new("L", size, 255)
    pen = ImageDraw.Draw(background)
    for place, name in enumerate(names):
        for line, text in enumerate(reversed(name.split("\n"))):
            middle = MARGIN + place * (column + MARGIN) + column // 2
            pen.text((middle, head - 6 - LEADING * line), text, fill=0, font=font, anchor="ms")
    return background


def _assembled(background: Image.Image, stills: Sequence[np.ndarray], tall: int) -> Image.Image:
    """Return a frame: the background with images (h, w) in its columns, each with an edge."""
    frame = background.copy()
    pen = ImageDraw.Draw(frame)
    column = (background.width - MARGIN) // len(stills) - MARGIN
    top = background.height - MARGIN - tall
    for place, still in enumerate(stills):
        high, wide = still.shape
        left = MARGIN + place * (column + MARGIN) + (column - wide) // 2
        pen.rectangle((left - 1, top - 1, left + wide, top + high), outline=EDGE)
        frame.paste(Image.fromarray(still), (left, top))
    return frame


def animation(rows: Mapping[str, np.ndarray], frames_per_second: float) -> bytes:
    """Return films (s, h, w) of greys from 0 to 1 side by side, as an animated PNG without end.

    A PNG and not a GIF, because it keeps enlarged pixels in a fraction of the bytes. Frames that
    equal the one before them are not stored again: that one is shown for longer.
    """
    tile = (ROOM - MARGIN) // len(rows) - MARGIN
    films = [_enlarged(images, tile) for images in rows.values()]
    tall = max(film.shape[1] for film in films)
    background = _background([*rows], max(NARROWEST, *(film.shape[2] for film in films)), tall)
    frames = [_assembled(background, stills, tall) for stills in zip(*films, strict=True)]
    buffer = io.BytesIO()
    rest = {"save_all": True, "append_images": frames[1:], "duration": 1000 / frames_per_second}
    frames[0].save(buffer, "PNG", loop=0, optimize=True, **rest)
    return buffer.getvalue()
