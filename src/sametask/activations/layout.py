"""The layout of measured activations: the position of each neuron of each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from sametask.activations.axes import BATCH, NEURON, TIME, check_axes
from sametask.activations.components import Components
from sametask.activations.frames import windows
from sametask.activations.pooling import require_inner_steps, require_token_mask
from sametask.activations.ranges import exist, ranges_of
from sametask.activations.slices import Slices
from sametask.base.errors import NetworkError, StoreError
from sametask.config.sections.network_sections import PrincipalComponents
from sametask.config.sections.sample_sections import TOLD
from sametask.networks.given import Given
from sametask.networks.places import numbered


def _chosen(
    neurons: str | Sequence[int] | PrincipalComponents, layers: Sequence[str], total: int
) -> tuple[int, ...]:
    """Return the neurons that are asked for; ``NetworkError`` if the layers have no such neuron."""
    whole = isinstance(neurons, str | PrincipalComponents)
    chosen = tuple(range(total)) if whole else tuple(cast(Sequence[int], neurons))
    if max(chosen) >= total:
        raise NetworkError(
            f"neurons: {max(chosen)} asked for, but {' + '.join(layers)} has {total} neurons; "
            f"the last is {total - 1}"
        )
    return chosen


@dataclass(frozen=True)
class Layout:
    """Named layers, flattened and concatenated in the order in which they are named.

    ``shapes`` are the layers' output shapes without the batch axis and, if time is kept, without
    the axis of time. ``neurons`` are the measured positions in the concatenation of all layers.
    ``axes`` name the axes of the outputs, if the batch is not the first axis or time is kept;
    ``steps`` T is then the length of time. With ``per_sample`` p, every slice of p steps is a row
    (see ``Slices``). With a ``pool``, a row is pooled from the steps of a sample (see ``pooling``).
    With ``inner_steps``, a step is a position that the inputs tell, a word or a point in time, and
    the layers have so many steps, or fewer where nothing but padding is left out (see ``ranges``).
    Some maps see a window of ``context`` rows before and after each (see ``frames.windows``).
    If principal components are measured, ``neurons`` are all neurons, which the ``components`` are
    made of.
    """

    layers: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    neurons: tuple[int, ...]
    axes: tuple[str, ...] | None = None
    steps: int | None = None
    per_sample: int | None = None
    pool: str | None = None
    inner_steps: int | None = None
    context: int = 0
    # Tensors have no single truth value, so that layouts are compared without them.
    components: Components | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls,
        network: nn.Module,
        layers: Sequence[str],
        neurons: str | Sequence[int] | PrincipalComponents,
        example: Given,
        axes: Sequence[str] | None = None,
        positions: str | None = None,
        pool: str | None = None,
    ) -> Layout:
        """Find the layout by forward passes of an example batch, a tensor or a mapping.

        ``neurons`` is that of a network's section. Its principal components are not found here:
        they need the activations at all fit samples (see ``of_components``).
        ``axes`` name the axes of the outputs, each ``batch``, ``time`` or ``neuron``; without them
        the batch must be the first axis. Time is kept for ``positions``, which are ``steps`` or
        ``words``; otherwise its steps count as neurons. Raises ``NetworkError`` for a layer that
        does not exist, does not run, has no such neuron, or has an output with other axes.
        """
        names = None if axes is None else tuple(axes)
        told = positions in TOLD
        if pool is not None or told:
            names = names or (BATCH, TIME, NEURON)
        timed = positions is not None or pool is not None
        if timed:
            require_token_mask(example, "pool" if pool is not None else "positions")
        shapes, steps = check_axes(network, layers, example, names, timed)
        chosen = _chosen(neurons, layers, sum(torch.Size(shape).numel() for shape in shapes))
        inner = steps if told else None
        if inner is not None:
            require_inner_steps(layers[0], inner, example)
        kept = ranges_of(example).shape[1] if inner else None if pool else steps
        return cls(tuple(layers), shapes, chosen, names, kept, pool=pool, inner_steps=inner)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be put in the place of the layers: they are pooled."""
        return self.pool is not None

    def of_components(self, components: Components) -> Layout:
        """Return the layout that measures principal components of all neurons."""
        return replace(self, components=components)

    @property
    def calls(self) -> tuple[str, ...]:
        """The layers' calls, each with its number: a layer named without one runs once."""
        return tuple(map(numbered, self.layers))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of neurons of each layer, at one step if time is kept."""
        return tuple(torch.Size(shape).numel() for shape in self.shapes)

    @property
    def total(self) -> int:
        """The number of neurons of all layers together."""
        return sum(self.sizes)

    @property
    def columns(self) -> tuple[int, ...]:
        """The positions of the neurons in a row that are read: those of every step of a slice."""
        starts = range(0, self.total * (self.per_sample or 1), self.total)
        return tuple(start + neuron for start in starts for neuron in self.neurons)

    @property
    def step_width(self) -> int:
        """The number of measured quantities, neurons or components, at one step."""
        return self.components.count if self.components else len(self.neurons)

    @property
    def width(self) -> int:
        """The number m of measured quantities of a row: those of every step of a slice."""
        return self.step_width * (self.per_sample or 1)

    @property
    def slices(self) -> Slices | None:
        """The slices of a sequence, or ``None`` if rows are whole samples."""
        if self.steps is None or self.per_sample is None:
            return None
        return Slices(self.steps, self.per_sample)

    def require_slices(self) -> Slices:
        """Return the slices of a sequence; ``StoreError`` if rows are whole samples."""
        if self.slices is None:
            raise StoreError("activations of whole samples, where slices of sequences are needed")
        return self.slices

    @property
    def rows_per_sample(self) -> int:
        """The number of rows of one sample."""
        return self.slices.count if self.slices else 1

    def sliced(self, per_sample: int) -> Layout:
        """Return the layout of slices of p steps; ``ConfigError`` if p does not divide T."""
        layout = replace(self, per_sample=per_sample)
        # Evaluating the slices raises the error of a wrong p here.
        return layout if layout.slices else self

    def rows(self, joined: Tensor) -> Tensor:
        """Return the rows of joined outputs: slices (n S, p total), or (n, total) unchanged."""
        return self.slices.cut(joined) if self.slices else joined

    def select(self, rows: Tensor) -> Tensor:
        """Return those neurons of rows (…, t) that are read."""
        columns = self.columns
        if columns == tuple(range(rows.shape[-1])):
            return rows
        return rows[..., list(columns)]

    def measure(self, rows: Tensor) -> Tensor:
        """Return the measured neurons or components (…, m) of rows (…, t).

        Rows are samples, slices, or steps of sequences before they are cut.
        """
        selected = self.select(rows)
        return self.components.project(selected) if self.components else selected

    def windows(self, measured: Tensor, counts: Tensor | None) -> Tensor:
        """Return windows (n R, (2 c + 1) m) of what is measured of all rows (n R, m) of samples.

        ``counts`` (n,) says how many rows of each sample are no repetition; by default all R.
        """
        positions = measured.unflatten(0, (-1, self.rows_per_sample))
        if counts is None:
            counts = torch.full((len(positions),), self.rows_per_sample)
        return windows(positions, counts, self.context).flatten(0, 1)

    def window_of(self, measured: Tensor, given: Given | None) -> Tensor:
        """Return ``windows`` of inputs that a network is ``given``."""
        told = self.inner_steps is not None
        return self.windows(measured, exist(ranges_of(given)).sum(dim=1) if told else None)

    def plain(self) -> dict[str, Any]:
        """Return the layout as JSON values; ``from_plain`` reads them."""
        return {
            "layers": list(self.layers),
            "shapes": [list(shape) for shape in self.shapes],
            "neurons": list(self.neurons),
            "axes": None if self.axes is None else list(self.axes),
            "steps": self.steps,
            "per_sample": self.per_sample,
            **({"pool": self.pool} if self.pool else {}),
            **({"inner_steps": self.inner_steps} if self.inner_steps else {}),
            **({"context": self.context} if self.context else {}),
            **({"components": self.components.plain()} if self.components else {}),
        }

    @classmethod
    def from_plain(
        cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray] = MappingProxyType({})
    ) -> Layout:
        """Return the layout of values of ``plain``; without axes, the batch is the first axis.

        ``arrays`` are ``mean`` and ``matrix`` of its components, if it has any.
        """
        shapes = tuple(tuple(shape) for shape in values["shapes"])
        axes = values.get("axes")
        return cls(
            tuple(values["layers"]),
            shapes,
            tuple(values["neurons"]),
            None if axes is None else tuple(axes),
            values.get("steps"),
            values.get("per_sample"),
            pool=values.get("pool"),
            inner_steps=values.get("inner_steps"),
            context=values.get("context", 0),
            components=(
                Components.read(values["components"], arrays) if "components" in values else None
            ),
        )
