"""Quality over the number of neurons that are left, on disk and in memory.

Apart from what measures it, so that a report need not load torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sametask.storage.store import Store, Writer, open_store

# The kind of the stores shrinking/{scheme}-{gauge}/{method}.zarr.
KIND = "shrinking"


@dataclass(frozen=True)
class Curve:
    """Quality over the number of neurons that are left of one layer, by one method.

    ``quality`` (S, N, sizes) by how neurons were shrunk is the accuracy, or the mean square error,
    on held-out rows; NaN of networks that diverged. ``parameters`` (sizes) are those that a network
    has. The last of the ``sizes`` are all neurons.
    """

    sizes: np.ndarray
    quality: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]

    def write(self, writer: Writer, layer: int) -> None:
        """Write it to a store, as the group of a layer."""
        writer.array(f"layer{layer}/sizes", self.sizes, ["size"])
        for way, quality in self.quality.items():
            named = f"layer{layer}/{way}"
            writer.array(
                f"{named}/quality", quality.astype(np.float32), ["split", "member", "size"]
            )
            writer.array(f"{named}/parameters", self.parameters[way], ["size"])
        writer.attributes.setdefault("ways", {})[str(layer)] = list(self.quality)

    @classmethod
    def read(cls, path: str | Path, layer: int) -> Curve:
        """Read the curve of a layer from ``shrinking/{scheme}-{gauge}/{method}.zarr``."""
        return cls.of(open_store(path, KIND), layer)

    @classmethod
    def of(cls, store: Store, layer: int) -> Curve:
        """Return the curve of a layer of an open store."""
        named = {way: f"layer{layer}/{way}" for way in store.attributes["ways"][str(layer)]}
        quality, parameters = (
            {way: store[f"{name}/{what}"] for way, name in named.items()}
            for what in ("quality", "parameters")
        )
        return cls(store[f"layer{layer}/sizes"], quality, parameters)
