"""Both sides of a pair, from the stores of their activations and diffusion maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.activations.slices import sample_groups
from sametask.activations.stored import COMPONENTS, WINDOW, read_array, read_layout
from sametask.base.errors import StoreError
from sametask.base.relations import DIRECTIONS
from sametask.maps.choosing import Chosen, choose
from sametask.maps.fitting import Stages, fit_maps
from sametask.maps.routes import Side, filled_maps
from sametask.maps.transformation import Measured
from sametask.maps.validation import validate
from sametask.storage.store import Store


def _tensor(store: Store, name: str) -> Tensor | None:
    """Return an array in double precision, or ``None`` if it does not exist."""
    return read_array(store, name) if name in store else None


def read_side(recorded: Store, embedded: Store) -> Side:
    """Return one network's fit samples, with its coordinates if it has any."""
    groups = sample_groups(recorded, "fit")
    return Side(
        read_array(recorded, "fit/samples"),
        read_array(recorded, "fit/layers"),
        _tensor(embedded, "eigenvectors"),
        _tensor(embedded, "euclidean/eigenvectors"),
        None if groups is None else torch.from_numpy(groups),
        _tensor(recorded, WINDOW),
    )


def measured_of(stores: Mapping[str, Store], names: Mapping[str, str]) -> dict[str, Measured]:
    """Return the descriptions of both networks that maps keep, by side; ``names`` are by side."""
    return {
        side: Measured.of(name, recorded, recorded.attributes, COMPONENTS)
        for side, name in names.items()
        for recorded in [stores[f"activations_{side}"]]
    }


def _require_same_rows(stores: Mapping[str, Store]) -> None:
    """Raise ``StoreError`` if the slices or words of both sides are not the same."""
    a, b = (stores[f"activations_{side}"].get("fit/slices") for side in ("a", "b"))
    if a is not None and b is not None and not np.array_equal(a, b):
        raise StoreError(
            "the networks have different positions of the same samples; give their views the same "
            "`positions` and `special`, or the same `frame`"
        )


def fit_stored(
    stores: Mapping[str, Store], smoothing: float | str, fill: Sequence[str], seed: int
) -> tuple[dict[str, dict[str, Stages]], dict[str, str], Chosen]:
    """Return the maps of ``fit_maps`` and ``filled_maps``, why others were left out, the default.

    ``stores``, by role, are ``alignment``, and ``activations`` and ``diffusion`` of both sides.
    """
    _require_same_rows(stores)
    sides = {
        side: read_side(stores[f"activations_{side}"], stores[f"diffusion_{side}"])
        for side in ("a", "b")
    }
    aligned = stores["alignment"]
    rotation = None if aligned.failed else torch.from_numpy(aligned["rotation"])
    failed = aligned.failed or ""
    fitted = fit_maps(sides["a"], sides["b"], rotation, smoothing, seed, failed)
    layouts = {
        direction: read_layout(stores[f"activations_{target}"])
        for direction, (_, target) in DIRECTIONS.items()
    }
    chosen = choose(validate(sides["a"], sides["b"], smoothing, seed), fitted.maps)
    return fitted.maps | filled_maps(fitted.maps, layouts, fill), fitted.left_out, chosen
