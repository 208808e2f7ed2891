"""A network beside what was recorded of it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from sametask.activations.layout import Layout
from sametask.activations.stored import read_layout
from sametask.networks.transcripts import Transcriber
from sametask.storage.store import Store


@dataclass(frozen=True)
class Recorded:
    """A network, and the store of its activations.

    If rows are slices of sequences, its inputs (``seen``) and ``outputs`` are of whole sequences.
    ``batch`` is the largest number of inputs in one forward pass; ``transcriber`` reads the texts
    that it puts out, if it does.
    """

    network: nn.Module
    activations: Store
    batch: int
    transcriber: Transcriber | None = None

    @property
    def layout(self) -> Layout:
        """The layout of the measured layers."""
        return read_layout(self.activations)
