"""Inputs of several named arrays, such as tokens and their mask: one array of records.

A record array (n,) has a field for each name, ``input_ids`` (n, T) say. It can be indexed, joined
and reshaped like the inputs of other networks, so that every stage treats it as one array.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from sametask.base.errors import DataError
from sametask.storage.store import Store, Writer

# Fields with such a beginning are kept with the inputs, but are not given to the network.
KEPT = "_"
# The field (n, R, 2) of the steps that each position has, see ``activations.ranges``.
POSITIONS = "_positions"
# The field (n, T) of the steps of a layer that are none of padding, where the mask has other steps.
STEPS = "_steps"
# The field of noise that is added inside a network, see ``perturbations.perturb_inside``.
ADDED = "_added"
# The field of inputs of a single array that have other fields beside them.
ALONE = "(alone)"
# Fields with such an end say which positions are padding.
MASK = "mask"
# The fields of tokens and of their mask, 0 for padding, as networks of transformers have them.
IDS, TOKEN_MASK = "input_ids", "attention_mask"


def join_fields(fields: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return named arrays (n, …) as records (n,).

    Raises ``DataError`` if there are none, or if their lengths differ.
    """
    if not fields:
        raise DataError("is given an empty mapping; give it an array by keyword")
    lengths = {name: len(values) for name, values in fields.items()}
    if len(set(lengths.values())) != 1:
        raise DataError(f"named inputs must have one entry for each sample, and have {lengths}")
    kind = [(name, values.dtype, values.shape[1:]) for name, values in fields.items()]
    records = np.empty(next(iter(lengths.values())), dtype=kind)
    for name, values in fields.items():
        records[name] = values
    return records


def fields_of(inputs: np.ndarray) -> dict[str, np.ndarray] | None:
    """Return the named arrays (n, …) of records (n,), or ``None`` for inputs of a single array."""
    if inputs.dtype.names is None:
        return None
    return {name: inputs[name] for name in inputs.dtype.names}


def given_fields(inputs: np.ndarray) -> dict[str, np.ndarray] | None:
    """Return the named arrays that the network is given, or ``None`` for a single array."""
    fields = fields_of(inputs)
    return fields and {name: part for name, part in fields.items() if not name.startswith(KEPT)}


def read_fields(inputs: np.ndarray) -> dict[str, np.ndarray] | None:
    """Return the named arrays that a pass needs: ``given_fields``, and what its steps are."""
    given = given_fields(inputs)
    beside = [name for name in (POSITIONS, STEPS) if name in (inputs.dtype.names or ())]
    return given and given | {name: inputs[name] for name in beside}


def blank(inputs: np.ndarray) -> np.ndarray:
    """Return inputs without content: zeros, but for what says how long each is.

    These are masks, the steps of each position, and padding: networks find the last token of a text
    by it. Tokens are then no padding: they are 0, or 1 if padding is 0.
    """
    empty = np.zeros_like(inputs)
    names = inputs.dtype.names or ()
    for name in names:
        if name.endswith(MASK) or name in (POSITIONS, STEPS):
            empty[name] = inputs[name]
    if {IDS, TOKEN_MASK} <= set(names) and inputs[IDS].shape == inputs[TOKEN_MASK].shape:
        padding, ids = inputs[TOKEN_MASK] == 0, inputs[IDS]
        empty[IDS] = np.where(padding, ids, int((ids[padding] == 0).any()))
    return empty


def steps_of(inputs: np.ndarray) -> int | None:
    """Return how many steps layers make of sounds with their padding; ``None`` if nothing says."""
    return inputs[STEPS].shape[1] if STEPS in (inputs.dtype.names or ()) else None


def _named(name: str, inputs: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the names and arrays of inputs in a store."""
    fields = fields_of(inputs)
    if fields is None:
        yield name, inputs
        return
    for field, values in fields.items():
        yield f"{name}/{field}", values


def write_inputs(writer: Writer, name: str, inputs: np.ndarray) -> None:
    """Write inputs (n, …) to a store: records as an array ``name/field`` for each field."""
    for place, values in _named(name, inputs):
        writer.array(place, values, ["sample"])


def read_inputs(store: Store, name: str) -> np.ndarray:
    """Return the inputs (n, …) that ``write_inputs`` wrote."""
    if name in store.arrays:
        return store[name]
    beginning = f"{name}/"
    fields = [place for place in store.arrays if place.startswith(beginning)]
    return join_fields({place.removeprefix(beginning): store[place] for place in fields})


def values_of_input(store: Store, name: str) -> int:
    """Return how many numbers an input has in a store, those of all fields together."""
    places = [place for place in store.arrays if place == name or place.startswith(f"{name}/")]
    return sum(math.prod(store.lazy(place).shape[1:]) for place in places)
