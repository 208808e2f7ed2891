"""A network ready to be measured, and the arrays that its measurements are written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import zarr
from torch import nn

from sametask.activations.axes import Inside
from sametask.activations.components import ARRAYS, Components, wanted_components
from sametask.activations.drawing import drawing
from sametask.activations.extract import (
    extract_jacobians,
    extract_perturbed,
    extract_samples,
    to_network,
)
from sametask.activations.frames import draw_frames
from sametask.activations.layout import Layout
from sametask.activations.passes import batches
from sametask.activations.stored import COMPONENTS, FRAMES
from sametask.base.errors import about
from sametask.config.sections.recording import Recording
from sametask.inputs import read_draws, see
from sametask.inputs.fields import POSITIONS, write_inputs
from sametask.jobs.parts import WHOLE, JobPart, block_size
from sametask.networks import device_for, load
from sametask.networks.given import Given
from sametask.storage.chunks import rows_per_shard
from sametask.storage.store import Store, Writer

# Inputs of the network, all neurons of the layers, and outputs, for the samples of a part.
Passed = tuple[np.ndarray, np.ndarray, np.ndarray]


def described_inputs(given: Given) -> dict[str, Any]:
    """Return the attributes on the inputs of a network: shape and type, or shapes of fields."""
    if isinstance(given, Mapping):
        return {"input_fields": {name: list(part.shape[1:]) for name, part in given.items()}}
    kind = str(given.dtype).removeprefix("torch.")
    return {"input_shape": list(given.shape[1:]), "input_dtype": kind}


@dataclass(frozen=True)
class Probe:
    """A network, the samples that it is measured on, and the store that takes the measurements.

    ``points`` are all samples of each part, ``{"fit": (N, …), …}``. Around those of ``job_part``,
    perturbations and derivatives are recorded here. ``settings`` say what is measured, and how the
    network sees the samples. ``passed`` are samples that have passed and are not written yet.
    Methods raise ``DataError`` if an activation is not finite.
    """

    writer: Writer
    network: nn.Module
    layout: Layout
    points: Mapping[str, np.ndarray]
    settings: Recording
    job_part: JobPart
    passed: dict[str, Passed] = field(default_factory=dict)

    @classmethod
    def opened(
        cls,
        writer: Writer,
        drawn: Store,
        folder: str | Path,
        settings: Recording,
        gpu: int,
        job_part: JobPart = WHOLE,
    ) -> Probe:
        """Load the network of ``folder``, and read the samples ``drawn``; empty parts are left out.

        Raises ``DataError`` if there are fewer samples than jobs.
        """
        draws = read_draws(drawn, ("test", "fit", "pool"))
        points = {part: draw.inputs for part, draw in draws.items() if len(draw.inputs)}
        job_part.require(len(points["fit"]))
        built, dtype = settings.network, settings.measure.dtype
        network = load(folder, built.factory, arguments=built.arguments, dtype=dtype)
        return cls.of(writer, network.to(device_for(gpu)), points, settings, job_part)

    @classmethod
    def of(
        cls,
        writer: Writer,
        network: nn.Module,
        points: Mapping[str, np.ndarray],
        settings: Recording,
        job_part: JobPart = WHOLE,
    ) -> Probe:
        """Find the layout by one fit sample. Time stays an axis if these are sequences."""
        measure = settings.measure
        example = to_network(network, see(points["fit"][:1], settings.inputs, measure.view))
        chosen = measure.layers, measure.neurons, example, measure.axes
        layout = Layout.of(network, *chosen, settings.positions, measure.pool)
        probe = cls(writer, network, layout, points, settings, job_part)
        wanted = wanted_components(measure.neurons, layout.total)
        if wanted is not None:
            probe = probe.of_components(wanted)
        inside = probe._inside(example)
        writer.attributes |= {
            "layout": probe.layout.plain(),
            **described_inputs(example),
            **({"perturbed_at": inside.held(network, example)} if inside else {}),
        }
        return probe

    def of_components(self, wanted: int | str) -> Probe:
        """Return the probe that measures principal components, and write their arrays.

        They are those of all fit samples. Every job of a network passes all of them, in the same
        batches, so that all jobs have the same components. The first job keeps what has passed: it
        is what it records of these samples.
        """
        passed = self.pass_samples("fit")
        with about("fit samples"):
            whole = torch.from_numpy(passed[1].astype(self._dtype, copy=False))
            found = Components.of(whole, wanted)
        for name, values in found.arrays.items():
            self.writer.array(f"{COMPONENTS}{name}", values, ARRAYS[name])
        kept = {} if self.job_part.index else {"fit": passed}
        return replace(self, layout=self.layout.of_components(found), passed=kept)

    def record(self) -> np.ndarray:
        """Write everything that is asked for; return all neurons of the fit samples."""
        for part in self.points:
            if part != "fit":
                self.samples(part)
        whole = self.samples("fit")
        self.surroundings()
        return whole

    def surroundings(self) -> None:
        """Write what is asked for around the samples of this job."""
        for part in ("fit", "pool"):
            if part in self.points:
                self.perturbed(part)
                if self.settings.derivatives:
                    self.jacobians(part)

    def network_inputs(self, points: np.ndarray) -> np.ndarray:
        """Return the inputs of the network for samples (n, …)."""
        return see(points, self.settings.inputs, self.settings.measure.view)

    @property
    def _dtype(self) -> str:
        return self.settings.measure.dtype

    @property
    def _batch(self) -> int:
        return self.settings.measure.batch

    def _mine(self, part: str, each: int) -> tuple[np.ndarray, dict[str, int]]:
        """Return the samples of this job, and the arguments ``first`` and ``block``.

        A sample has ``each`` inputs of the network around it.
        """
        points = self.points[part]
        mine, size = self.job_part.of(len(points), block_size(each, self._batch))
        return points[mine], {"first": mine.start, "block": size}

    def pass_samples(self, part: str) -> Passed:
        """Return inputs of the network, all neurons and outputs for all samples of a part."""
        points = self.points[part]
        inputs = [self.network_inputs(points[rows]) for rows in batches(len(points), self._batch)]
        seen = np.concatenate(inputs)
        with about(f"{part} samples"):
            return seen, *extract_samples(self.network, self.layout, seen, self._batch)

    def samples(self, part: str) -> np.ndarray:
        """Write the inputs of the network, its layers, what is measured of them, and outputs.

        Returns all neurons of the layers (N, total), or (N, T, total) for sequences.
        """
        passed = self.passed.pop(part, None)
        seen, whole, outputs = passed or self.pass_samples(part)
        # In the precision of the settings, whatever that of the layers is.
        whole, outputs = (array.astype(self._dtype, copy=False) for array in (whole, outputs))
        write_inputs(self.writer, f"{part}/seen", seen)
        if part == "fit" and self.settings.frames:
            drawn = draw_frames(
                seen[POSITIONS], range(len(seen)), self.settings.frames, self.settings.seed
            )
            self.writer.array(FRAMES, drawn, ["sample", "frame"])
        self.writer.array(f"{part}/layers", whole, [*self._rows, "layer_neuron"])
        self.writer.array(f"{part}/samples", self._measured(whole), [*self._rows, "neuron"])
        self.writer.array(f"{part}/outputs", outputs, ["sample"])
        return whole

    def _measured(self, whole: np.ndarray) -> np.ndarray:
        """Return what is measured of all neurons, batch by batch."""
        parts = (torch.from_numpy(whole[rows]) for rows in batches(len(whole), self._batch))
        return np.concatenate([self.layout.measure(part) for part in parts])

    @property
    def _rows(self) -> list[str]:
        return ["sample"] if self.layout.steps is None else ["sample", "step"]

    def _stream(self, name: str, shape: tuple[int, ...], axes: list[str]) -> tuple[zarr.Array, int]:
        """Return an array that is filled block by block, and the rows of one block."""
        return self.writer.stream(name, shape, self._dtype, axes), rows_per_shard(
            shape, self._dtype
        )

    def perturbed(self, part: str) -> None:
        """Write what is measured at all perturbations (N, count, [T,] m)."""
        steps = () if self.layout.steps is None else (self.settings.frames or self.layout.steps,)
        asked = self.settings.perturbations
        mine, place = self._mine(part, asked.count)
        if not len(mine):
            return
        shape = (len(mine), asked.count, *steps, self.layout.step_width)
        sample, *step = self._rows
        axes = [sample, "perturbation", *step, "neuron"]
        target, rows = self._stream(f"{part}/perturbed", shape, axes)
        inside, limits = self._inside(self._example()), (rows, self._batch)
        with about(f"{part} samples"):
            draw = drawing(self.settings, self.network_inputs, self.points["fit"], part, inside)
            extract_perturbed(
                self.network,
                self.layout,
                mine,
                draw,
                target,
                *limits,
                **place,
                inside=inside,
            )

    def _example(self) -> Given:
        return to_network(self.network, self.network_inputs(self.points["fit"][:1]))

    def _inside(self, example: Given) -> Inside | None:
        """Return the place inside the network that is perturbed, if there is one."""
        place = self.settings.measure.perturb
        return Inside.of(self.network, place, example) if place is not None else None

    def jacobians(self, part: str) -> None:
        """Write the derivatives (N, m, d) of what is measured with respect to the samples."""
        axes = self.points[part][0].size
        mine, place = self._mine(part, axes)
        if not len(mine):
            return
        shape = (len(mine), self.layout.step_width, axes)
        target, rows = self._stream(f"{part}/jacobians", shape, ["sample", "neuron", "input"])
        with about(f"{part} samples"):
            extract_jacobians(self.network, self.layout, mine, target, rows, self._batch, **place)
