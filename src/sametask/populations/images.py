"""What the networks of a population learn: images and their classes."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Images:
    """Rows of pixels (N, side²) and the number (N,) of the class of each."""

    pixels: Tensor
    classes: Tensor

    def chosen(self, rows: Tensor) -> Images:
        """Return some of the images, by their rows."""
        return Images(self.pixels[rows], self.classes[rows])
