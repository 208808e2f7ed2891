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
from sametask.inputs.fields import blank, read_inputs
from sametask.storage.related import require_parents
from sametask.storage.store import Store, open_store

# Where recorded activations have the arrays of principal components.
COMPONENTS = "components/"


@dataclass(frozen=True)
class SlicedPerturbed:
    """Perturbed activations (N, M, p m) of chosen slices, cut from sequences when they are read.

    ``sequences`` (n, M, T, m) are on disk; ``chosen`` (N,) are the ascending numbers of the slices.
    """

    sequences: zarr.Array
    chosen: np.ndarray
    layout: Layout

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
            cut[here] = self._cut(number)[:, place[here]].swapaxes(0, 1)
        return cut

    def _cut(self, number: int) -> np.ndarray:
        """Return all slices (M, S, p m) of the perturbations of one sequence."""
        perturbed = np.asarray(self.sequences[int(number)])
        return (
            self.layout.require_slices().cut(perturbed).reshape(len(perturbed), -1, self.shape[2])
        )


def read_array(store: Store, name: str) -> Tensor:
    """Return an array of a store in double precision."""
    return torch.from_numpy(store[name]).double()


def read_layout(recorded: Store) -> Layout:
    """Return the layout of recorded activations, with its components if it has any."""
    return layout_of(recorded, recorded.attributes["layout"], COMPONENTS)


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
    return SlicedPerturbed(sequences.lazy(name), recorded[f"{part}/slices"], layout)


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
