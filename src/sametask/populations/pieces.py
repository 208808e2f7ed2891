"""Images of tetris pieces: the data of the smallest populations.

A piece stands at a random place of a grid of 4 × 4 pixels, dark on a bright ground, with noise.
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


def shifted(piece: str) -> np.ndarray:
    """Return the ink (s, 4, 4), 1 or 0, of a piece at each of its s places in the grid."""
    ink = np.array([[letter == "#" for letter in row] for row in PIECES[piece]], float)
    height, width = ink.shape
    places = np.ndindex(SIDE - height + 1, SIDE - width + 1)
    return np.stack(
        [
            np.pad(ink, ((row, SIDE - height - row), (column, SIDE - width - column)))
            for row, column in places
        ]
    )


def draw_images(each: int, ink: float, noise: float, seed: int, split: str) -> Images:
    """Draw ``each`` images of every piece, at random places; classes are in the order of PIECES.

    The ground is 1, the piece has the value ``ink``, and noise of standard deviation ``noise`` is
    added to all pixels. The same seed and ``split`` give the same images.
    """
    random = generator(seed, f"tetris {split}")
    drawn = [shifted(piece)[random.integers(len(shifted(piece)), size=each)] for piece in PIECES]
    clean = 1 - (1 - ink) * np.concatenate(drawn).reshape(-1, SIDE * SIDE)
    pixels = clean + noise * random.standard_normal(clean.shape)
    numbers = torch.arange(len(PIECES)).repeat_interleave(each)
    return Images(torch.from_numpy(pixels).float(), numbers)
