"""Read what was recorded of a network: arrays, the layout, perturbed activations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import zarr
from torch import Tensor

from sametask.activations.components import ARRAYS
from sametask.activations.layout import Layout
from sametask.activations.ranges import exist
from sametask.inputs.fields import POSITIONS, blank, read_inputs
from sametask.storage.related import require_parents
from sametask.storage.store import Store, open_store

# Where recorded activations have the arrays of principal components.
COMPONENTS = "components/"
# Where sequences have the positions (n, F) of each fit sample that perturbations are recorded at.
FRAMES = "fit/frames"
# Where slices have what is measured at each of them and at some before and after it.
WINDOW = "fit/window"


@dataclass(frozen=True)
class SlicedPerturbed:
    """Perturbed activations (N, M, p m) of chosen slices, cut from sequences when they are read.

    ``sequences`` (n, M, T, m) are on disk; ``chosen`` (N,) are the ascending numbers of the slices.
    If sequences have some ``frames`` (n, F) of their positions only, they are (n, M, F, m).
    """

    sequences: zarr.Array
    chosen: np.ndarray
    layout: Layout
    frames: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """The number of slices, of perturbations of each, and of measured neurons or components."""
        return len(self.chosen), self.sequences.shape[1], self.layout.width

    @property
    def dtype(self) -> np.dtype:
        """The precision of the activations."""
        return self.sequences.dtype

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        wanted = self.chosen[rows]
        sequence, place = np.divmod(wanted, self.layout.require_slices().count)
        cut = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        # One sequence at a time: all sequences of a block of slices may not fit into memory.
        for number in np.unique(sequence):
            here = sequence == number
            cut[here] = self._cut(number)[:, self._among(number, place[here])].swapaxes(0, 1)
        return cut

    def _among(self, number: int, places: np.ndarray) -> np.ndarray:
        """Return where in the perturbations of a sequence its slices ``places`` are."""
        if self.frames is None:
            return places
        return np.searchsorted(np.unique(self.frames[number]), places)

    def _cut(self, number: int) -> np.ndarray:
        """Return all slices (M, S, p m) of the perturbations of one sequence."""
        perturbed = np.asarray(self.sequences[int(number)])
        if self.frames is not None:
            return perturbed
        return (
            self.layout.require_slices().cut(perturbed).reshape(len(perturbed), -1, self.shape[2])
        )


def read_array(store: Store, name: str) -> Tensor:
    """Return an array of a store in double precision."""
    return torch.from_numpy(store[name]).double()


def read_layout(recorded: Store) -> Layout:
    """Return the layout of recorded activations, with its components if it has any."""
    return layout_of(recorded, recorded.attributes["layout"], COMPONENTS)


def counts_of(recorded: Store, part: str) -> Tensor | None:
    """Return how many positions each sample of a part has (n,); ``None`` if all have as many."""
    ranges = recorded.get(f"{part}/seen/{POSITIONS}")
    return None if ranges is None else torch.from_numpy(exist(ranges).sum(axis=1))


def layout_of(store: Store, values: Mapping[str, Any], place: str) -> Layout:
    """Return the layout of ``values``; arrays of its components are at a ``place`` of the store."""
    arrays = {}
    if "components" in values:
        arrays = {name: store[f"{place}{name}"] for name in ARRAYS}
    return Layout.from_plain(values, arrays)


def read_perturbed(recorded: Store, part: str = "fit") -> Any:
    """Return the perturbed activations (N, M, m) of a part; rows can be read in any order.

    Those of slices are cut from the store of sequences. Raises ``StoreError`` if that store is
    missing, or is not the one that the slices were made from.
    """
    name = f"{part}/perturbed"
    if name in recorded:
        return recorded.lazy(name)
    sequences = open_store(recorded.path.parent / recorded.attributes["sequences"], "activations")
    require_parents(recorded, sequences=sequences.digest)
    layout = read_layout(recorded)
    chosen, frames = recorded[f"{part}/slices"], sequences.get(FRAMES)
    return SlicedPerturbed(sequences.lazy(name), chosen, layout, frames)


def given_to_target(recorded: Store, dummy: bool) -> np.ndarray | None:
    """Return what a stitched target is given beside the activations, for the test samples.

    Its own inputs, or ``None`` for a ``dummy`` of zeros. A dummy of several named arrays has the
    masks of its own inputs: they say how long each one is.
    """
    if not dummy:
        return read_inputs(recorded, "test/seen")
    if "test/seen" in recorded.arrays:
        return None
    return blank(read_inputs(recorded, "test/seen"))
