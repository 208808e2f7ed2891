"""A network ready to be measured, and the arrays that its measurements are written to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import zarr
from torch import nn

from sametask.activations.extract import (
    extract_jacobians,
    extract_perturbed,
    extract_samples,
    to_network,
)
from sametask.activations.layout import Layout
from sametask.base.errors import about
from sametask.config.sections.recording import Measure
from sametask.config.sections.sample_sections import Perturbations
from sametask.inputs import seen_perturbed
from sametask.jobs.parts import WHOLE, JobPart, block_size
from sametask.storage.chunks import rows_per_shard
from sametask.storage.store import Writer


@dataclass(frozen=True)
class Probe:
    """A network, what is measured of it, and where measurements go.

    ``look`` takes samples (n, …) to what the network sees of them; ``dtype`` is the precision of
    its passes, ``batch`` the inputs in one of them. Every method writes arrays of its ``share`` of
    one ``part`` of the samples, ``points`` (N, …) in all, and raises ``DataError`` if an activation
    is not finite.
    """

    writer: Writer
    network: nn.Module
    layout: Layout
    look: Callable[[np.ndarray], np.ndarray]
    dtype: str
    batch: int
    share: JobPart

    @classmethod
    def of(
        cls,
        writer: Writer,
        network: nn.Module,
        measure: Measure,
        look: Callable[[np.ndarray], np.ndarray],
        points: np.ndarray,
        sequences: bool = False,
        share: JobPart = WHOLE,
    ) -> Probe:
        """Find the layout by one of the samples; ``measure`` says what is measured.

        Of ``sequences`` time stays an axis of its own.
        """
        example = to_network(network, look(points[:1]))
        chosen = measure.layers, measure.neurons, example, measure.axes
        layout = Layout.of(network, *chosen, sequences)
        writer.attributes |= {
            "layout": layout.plain(),
            "input_shape": list(example.shape[1:]),
            "input_dtype": str(example.dtype).removeprefix("torch."),
        }
        return cls(writer, network, layout, look, measure.dtype, measure.batch, share)

    def _mine(self, points: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
        """Return the samples of this share, and what extracting them takes beside."""
        mine = self.share.of(len(points))
        return points[mine], {"first": mine.start, "block": block_size(len(points))}

    def samples(self, part: str, points: np.ndarray) -> np.ndarray:
        """Write what the network sees, its layers, measured neurons and outputs.

        Returns all neurons of the layers (N, total), or (N, T, total) of sequences.
        """
        mine, place = self._mine(points)
        size = place["block"]
        looks = (self.look(mine[start : start + size]) for start in range(0, len(mine), size))
        seen = np.concatenate(list(looks))
        with about(f"{part} samples"):
            whole, outputs = extract_samples(self.network, self.layout, seen, self.batch, **place)
        # In the precision that is asked for, whatever that of the layers is.
        whole, outputs = (found.astype(self.dtype, copy=False) for found in (whole, outputs))
        measured = whole[..., list(self.layout.neurons)]
        self.writer.array(f"{part}/seen", seen, ["sample"])
        self.writer.array(f"{part}/layers", whole, [*self._rows, "layer_neuron"])
        self.writer.array(f"{part}/samples", measured, [*self._rows, "neuron"])
        self.writer.array(f"{part}/outputs", outputs, ["sample"])
        return whole

    @property
    def _rows(self) -> list[str]:
        return ["sample"] if self.layout.steps is None else ["sample", "step"]

    def _stream(self, name: str, shape: tuple[int, ...], axes: list[str]) -> tuple[zarr.Array, int]:
        """Return an array to be filled block by block, and the rows of one block."""
        return self.writer.stream(name, shape, self.dtype, axes), rows_per_shard(shape, self.dtype)

    def perturbed(
        self, part: str, points: np.ndarray, perturbations: Perturbations, seed: int
    ) -> None:
        """Write the measured neurons of every sample's neighbourhood (N, count, [T,] m)."""
        count, delta = perturbations.count, perturbations.delta
        steps = () if self.layout.steps is None else (self.layout.steps,)
        mine, place = self._mine(points)
        shape = (len(mine), count, *steps, len(self.layout.neurons))
        sample, *step = self._rows
        axes = [sample, "perturbation", *step, "neuron"]
        target, rows = self._stream(f"{part}/perturbed", shape, axes)
        draw = partial(
            seen_perturbed, look=self.look, count=count, delta=delta, seed=seed, part=part
        )
        with about(f"{part} samples"):
            extract_perturbed(
                self.network, self.layout, mine, draw, target, rows, self.batch, **place
            )

    def jacobians(self, part: str, points: np.ndarray) -> None:
        """Write the derivatives (N, m, d) of the measured neurons by the samples themselves."""
        mine, place = self._mine(points)
        shape = (len(mine), len(self.layout.neurons), points[0].size)
        target, rows = self._stream(f"{part}/jacobians", shape, ["sample", "neuron", "input"])
        # No more derivatives at once than a shard holds of samples of any number.
        batch = min(self.batch, rows_per_shard((self.batch, *shape[1:]), self.dtype))
        with about(f"{part} samples"):
            extract_jacobians(self.network, self.layout, mine, target, rows, batch, **place)
