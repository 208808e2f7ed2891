"""Layers in the stores of recorded activations, as a comparison takes them."""

from __future__ import annotations

import torch

from sametask.activations.layout import Layout
from sametask.activations.stored import read_perturbed
from sametask.storage.store import Store
from sametask.verdict.comparison import Layer


def read_layer(recorded: Store) -> Layer:
    """Return a layer's samples, and its neighbourhoods to be read block by block."""
    rows = Layout.from_plain(recorded.attributes["layout"]).rows_per_sample
    fit, test = (torch.from_numpy(recorded[f"{part}/samples"]).double() for part in ("fit", "test"))
    slices = torch.from_numpy(recorded["fit/slices"]) if rows > 1 else None
    return Layer(fit, test, read_perturbed(recorded), rows, slices)
