"""Images of tetris pieces: the data of the smallest populations.

A piece stands at a random place of a grid of 4 × 4 pixels, dark on a bright ground, with noise.
What is to be told of an image is one of several tasks.
"""

from __future__ import annotations

import numpy as np
import torch

from sametask.base.randomness import generator
from sametask.config.sections.population_section import PieceImages
from sametask.populations.images import Images

SIDE = PieceImages.side
# A row of text for each row of pixels; # is ink.
PIECES = {"I": ("####",), "O": ("##", "##"), "T": ("###", ".#."), "L": ("#..", "###")}


def places(piece: str) -> np.ndarray:
    """Return the row and the column (s, 2) of the upper left corner of a piece, at all s places."""
    rows = PIECES[piece]
    return np.array(list(np.ndindex(SIDE - len(rows) + 1, SIDE - len(rows[0]) + 1)))


def wanted(task: str, seed: int) -> list[np.ndarray]:
    """Return the class (s,) of every piece at each of its s places.

    ``piece`` is the number of the piece in the order of ``PIECES``, ``row`` and ``column`` are
    those of its upper left corner, and ``arbitrary`` is a class that is drawn for every piece and
    place. There are four classes at most.
    """
    corners = [places(piece) for piece in PIECES]
    if task == "piece":
        return [np.full(len(some), number) for number, some in enumerate(corners)]
    if task == "arbitrary":
        random = generator(seed, "arbitrary classes")
        return [random.integers(len(PIECES), size=len(some)) for some in corners]
    return [some[:, ("row", "column").index(task)] for some in corners]


def shifted(piece: str) -> np.ndarray:
    """Return the ink (s, 4, 4), 1 or 0, of a piece at each of its s places in the grid."""
    ink = np.array([[letter == "#" for letter in row] for row in PIECES[piece]], float)
    height, width = ink.shape
    return np.stack(
        [
            np.pad(ink, ((row, SIDE - height - row), (column, SIDE - width - column)))
            for row, column in places(piece)
        ]
    )


def draw_images(
    each: int, ink: float, noise: float, seed: int, split: str, task: str = "piece"
) -> Images:
    """Draw ``each`` images of every piece, at random places, with the classes of a task.

    The ground is 1, the piece has the value ``ink``, and noise of standard deviation ``noise`` is
    added to all pixels. The same seed and ``split`` give the same pixels, whatever the task.
    """
    random = generator(seed, f"tetris {split}")
    chosen = [random.integers(len(places(piece)), size=each) for piece in PIECES]
    drawn = [shifted(piece)[stand] for piece, stand in zip(PIECES, chosen, strict=True)]
    clean = 1 - (1 - ink) * np.concatenate(drawn).reshape(-1, SIDE * SIDE)
    pixels = clean + noise * random.standard_normal(clean.shape)
    classes = [known[stand] for known, stand in zip(wanted(task, seed), chosen, strict=True)]
    return Images(
        torch.from_numpy(pixels).float(), torch.from_numpy(np.concatenate(classes)).long()
    )
