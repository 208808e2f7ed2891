"""Cut the activations of slices from the recorded activations of whole sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from sametask.activations.components import ARRAYS
from sametask.activations.describe import describe
from sametask.activations.slices import draw_slices
from sametask.activations.stored import COMPONENTS, read_layout
from sametask.activations.words import exist
from sametask.inputs.fields import POSITIONS
from sametask.storage.store import Store

# What is of whole sequences: the inputs, perhaps of several names, and the outputs.
WHOLE = ("seen", "outputs")
AXES = {
    "layers": ["slice", "layer_neuron"],
    "samples": ["slice", "neuron"],
    "slices": ["slice"],
    "seen": ["sample"],
    "outputs": ["sample"],
    **ARRAYS,
}


def _existing(recorded: Store, count: int) -> np.ndarray:
    """Return the numbers of the fit slices, ``count`` of each sequence, that are no repetition."""
    words = recorded.get(f"fit/seen/{POSITIONS}")
    if words is None:
        return np.arange(recorded.lazy("fit/layers").shape[0] * count)
    return np.flatnonzero(exist(words))


def cut_sequences(
    recorded: Store, per_sample: int, samples: int, seed: int
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and the attributes of ``activations.zarr`` with slices as rows.

    From the fit sequences at most ``samples`` slices are drawn, each of ``per_sample`` steps; from
    the test sequences all slices are kept. Texts of fewer words than others repeat their words:
    none is drawn twice, and in the test every text has the same weight. Perturbed activations are
    not copied (see ``read_perturbed``). Raises ``ConfigError`` if ``per_sample`` does not divide
    the steps of a sequence.
    """
    layout = read_layout(recorded).sliced(per_sample)
    slices = layout.require_slices()
    chosen = draw_slices(_existing(recorded, slices.count), samples, seed)
    arrays: dict[str, np.ndarray] = {"fit/slices": chosen}
    for part, rows in (("fit", chosen), ("test", slice(None))):
        whole = slices.cut(recorded[f"{part}/layers"])[rows]
        arrays[f"{part}/layers"] = whole
        arrays[f"{part}/samples"] = layout.measure(torch.from_numpy(whole)).numpy()
    kept = (COMPONENTS, *(f"{part}/{name}" for part in ("fit", "test") for name in WHOLE))
    arrays |= {name: recorded[name] for name in recorded.arrays if name.startswith(kept)}
    facts = {"layout": layout.plain(), "rows_per_sample": layout.rows_per_sample}
    return arrays, {
        **recorded.attributes,
        **facts,
        **describe(arrays["fit/layers"], layout.columns),
    }
