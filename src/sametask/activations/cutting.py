"""Cut the activations of slices from the recorded activations of whole sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from sametask.activations.components import ARRAYS
from sametask.activations.describe import describe
from sametask.activations.layout import Layout
from sametask.activations.ranges import exist
from sametask.activations.slices import draw_slices
from sametask.activations.stored import COMPONENTS, FRAMES, WINDOW, counts_of, read_layout
from sametask.base.errors import DataError
from sametask.inputs.fields import POSITIONS
from sametask.storage.store import Store

# What is of whole sequences: the inputs, perhaps of several names, and the outputs.
WHOLE = ("seen", "outputs")
AXES = {
    "layers": ["slice", "layer_neuron"],
    "samples": ["slice", "neuron"],
    "slices": ["slice"],
    "window": ["slice", "window"],
    "seen": ["sample"],
    "outputs": ["sample"],
    **ARRAYS,
}


def _existing(recorded: Store, count: int) -> np.ndarray:
    """Return the numbers of the fit slices, ``count`` of each sequence, that can be drawn.

    They are no repetitions, and perturbations are recorded around them.
    """
    frames = recorded.get(FRAMES)
    if frames is not None:
        return np.unique(np.arange(len(frames))[:, None] * count + frames)
    ranges = recorded.get(f"fit/seen/{POSITIONS}")
    if ranges is None:
        return np.arange(recorded.lazy("fit/layers").shape[0] * count)
    return np.flatnonzero(exist(ranges))


def _windows(recorded: Store, layout: Layout) -> np.ndarray:
    """Return the windows of all slices of the fit samples."""
    whole = torch.from_numpy(layout.require_slices().cut(recorded["fit/layers"]))
    counts = counts_of(recorded, "fit")
    return layout.windows(layout.measure(whole), counts).numpy()


def paired_samples(recorded: Store, others: Sequence[Store]) -> np.ndarray | None:
    """Return which fit samples (n,) have as many positions for other networks as for this one.

    Positions are paired by their number, so that those of other samples are left out: a network
    that hears fewer words than another one reads has not the same ones. ``None`` if positions are
    steps, of which all samples have as many.
    """
    own = counts_of(recorded, "fit")
    if own is None:
        return None
    counts = [counts_of(other, "fit") for other in others]
    same = [found == own for found in counts if found is not None]
    return torch.stack([own > 0, *same]).all(dim=0).numpy()


def cut_sequences(
    recorded: Store,
    per_sample: int,
    samples: int,
    seed: int,
    context: int = 0,
    paired: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and the attributes of ``activations.zarr`` with slices as rows.

    From the fit sequences at most ``samples`` slices are drawn, each of ``per_sample`` steps; from
    the test sequences all slices are kept. Texts of fewer words than others repeat their words:
    none is drawn twice, and in the test every text has the same weight. Perturbed activations are
    not copied (see ``read_perturbed``). Of fit samples that are not ``paired`` (n,), none is drawn.
    With a ``context`` c, fit slices also have their windows, what is measured at c slices before
    and after each. Raises ``ConfigError`` if ``per_sample`` does not divide the steps of a
    sequence.
    """
    layout = replace(read_layout(recorded).sliced(per_sample), context=context)
    slices = layout.require_slices()
    numbers = _existing(recorded, slices.count)
    if paired is not None:
        numbers = numbers[paired[numbers // slices.count]]
        if not len(numbers):
            raise DataError(
                "positions: no fit sample has as many words or frames for this network as for all "
                "others; do all of them see the same samples?"
            )
    chosen = draw_slices(numbers, samples, seed)
    arrays: dict[str, np.ndarray] = {"fit/slices": chosen}
    for part, rows in (("fit", chosen), ("test", slice(None))):
        whole = slices.cut(recorded[f"{part}/layers"])[rows]
        arrays[f"{part}/layers"] = whole
        arrays[f"{part}/samples"] = layout.measure(torch.from_numpy(whole)).numpy()
    if context:
        arrays[WINDOW] = _windows(recorded, layout)[chosen]
    kept = (COMPONENTS, *(f"{part}/{name}" for part in ("fit", "test") for name in WHOLE))
    arrays |= {name: recorded[name] for name in recorded.arrays if name.startswith(kept)}
    facts = {"layout": layout.plain(), "rows_per_sample": layout.rows_per_sample}
    if paired is not None and not paired.all():
        facts["unpaired"] = [int((~paired).sum()), len(paired)]
    return arrays, {
        **recorded.attributes,
        **facts,
        **describe(arrays["fit/layers"], layout.columns),
    }
