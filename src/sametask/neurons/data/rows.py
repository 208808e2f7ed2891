"""Rows that networks learn from, and rows that are held out, on disk and in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sametask.storage.store import Writer, open_store

# The kind of the store data.zarr.
KIND = "ensemble data"


@dataclass(frozen=True)
class Rows:
    """Inputs and what is wanted of them.

    ``inputs`` (s, d) in single precision; ``wanted`` are classes (s,) or numbers (s, p);
    ``held_out`` (S, s) says for each split which rows no network is trained on. Rows that are
    neither used to train nor held out, such as windows across the border, are not among them.
    Of a series, ``series`` (T,) are its numbers, and ``clean`` (T,) those without noise where they
    are known. Where inputs are standardised, ``mean`` and ``scale`` (S, d) are those of the rows to
    learn from, and ``inputs`` are as they were measured. ``facts`` are JSON values about them:
    ``rate`` in Hz, names of ``classes``, ``shape`` of an input that is an image.
    """

    inputs: np.ndarray
    wanted: np.ndarray
    held_out: np.ndarray
    series: np.ndarray | None = None
    clean: np.ndarray | None = None
    mean: np.ndarray | None = None
    scale: np.ndarray | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def classified(self) -> bool:
        """Whether classes are wanted, not numbers."""
        return self.wanted.ndim == 1

    @property
    def outputs(self) -> int:
        """How many outputs a network has: one for each class, or for each number."""
        return int(self.wanted.max()) + 1 if self.classified else self.wanted.shape[1]

    def seen(self, split: int) -> np.ndarray:
        """Return the inputs (s, d) that the networks of a split see, in single precision.

        Each input less its mean, over its scale, where inputs are standardised.
        """
        if self.mean is None or self.scale is None:
            return self.inputs.astype(np.float32)
        return ((self.inputs - self.mean[split]) / self.scale[split]).astype(np.float32)

    def write(self, writer: Writer) -> None:
        """Write them to ``data.zarr``."""
        writer.array("inputs", self.inputs.astype(np.float32), ["row", "input"])
        if self.classified:
            writer.array("wanted", self.wanted.astype(np.int64), ["row"])
        else:
            writer.array("wanted", self.wanted.astype(np.float32), ["row", "output"])
        writer.array("held_out", self.held_out, ["split", "row"])
        for name in ("series", "clean"):
            if (values := getattr(self, name)) is not None:
                writer.array(name, values.astype(float), ["time"])
        for name in ("mean", "scale"):
            if (values := getattr(self, name)) is not None:
                writer.array(name, values, ["split", "input"])
        writer.attributes |= {"facts": self.facts}

    @classmethod
    def read(cls, path: str | Path) -> Rows:
        """Read ``data.zarr``."""
        store = open_store(path, KIND)
        return cls(
            store["inputs"],
            store["wanted"],
            store["held_out"],
            store.get("series"),
            store.get("clean"),
            store.get("mean"),
            store.get("scale"),
            store.attributes["facts"],
        )
