"""The outputs of a layout's layers joined to one array of all neurons, and split again.

Joined outputs (n, total), or (n, T, total) with time, have the batch first, and what a layout keeps
of the steps: all of them, one pooled from them, or one for each position that the inputs tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from sametask.activations.axes import batch_first, in_place
from sametask.activations.layout import Layout
from sametask.activations.pooling import (
    are_trimmed,
    mask_of,
    pooled,
    require_no_padding,
    steps_in,
)
from sametask.activations.ranges import cut_ranges, put_ranges_back, ranges_of
from sametask.base.errors import NetworkError
from sametask.networks.given import Given
from sametask.networks.places import told


def _gathered(layout: Layout, name: str, steps: Tensor, given: Given | None) -> Tensor:
    """Return what is kept of the steps (n, T, …) of a layer for what the network is given."""
    if layout.pool is not None:
        return pooled(name, steps, layout.pool, mask_of(given))
    if layout.inner_steps is None:
        if layout.steps is not None:
            require_no_padding(steps, mask_of(given))
        return steps
    # Of other steps than were tried, it is not known what they are: refused by the shape.
    known = steps.shape[1] == layout.inner_steps or are_trimmed(given, steps.shape[1])
    return cut_ranges(steps, ranges_of(given)) if known else steps


def _ordered(layout: Layout, outputs: Sequence[Tensor], given: Given | None) -> Iterator[Tensor]:
    """Yield outputs with the batch first; refuse outputs of another shape than before."""
    steps = () if layout.steps is None else (layout.steps,)
    if layout.inner_steps is not None:
        # Perturbations have some of the positions.
        steps = (ranges_of(given).shape[1],)
    for name, shape, output in zip(layout.layers, layout.shapes, outputs, strict=True):
        expected = (*steps, *shape)
        pools = layout.pool is not None
        fits = output.ndim == 1 + len(expected) + pools
        ordered = batch_first(output, layout.axes, bool(steps) or pools) if fits else output
        if fits:
            ordered = _gathered(layout, name, ordered, given)
        if not fits or tuple(ordered.shape[1:]) != expected:
            known = ", ".join(map(str, ("n", *expected)))
            raise NetworkError(
                f"{told(name)} {tuple(ordered.shape)} where it was ({known}) before: its "
                "shape must not depend on the inputs"
            )
        yield ordered


def join_layers(layout: Layout, outputs: Sequence[Tensor], given: Given | None = None) -> Tensor:
    """Flatten and concatenate the layers' outputs: (n, total), or (n, T, total) with time.

    What the network is ``given`` says which steps are padding, or which tokens are a word.
    Raises ``NetworkError`` for a layer whose output has another shape than before.
    """
    kept = 1 if layout.steps is None else 2
    ordered = list(_ordered(layout, outputs, given))
    if len({len(output) for output in ordered}) > 1:
        counts = ", ".join(
            f"{name} {len(output)}" for name, output in zip(layout.layers, ordered, strict=True)
        )
        raise NetworkError(f"layers put out different numbers of rows in a pass: {counts}")
    return torch.cat(
        [output.flatten(kept) if output.ndim > kept else output[..., None] for output in ordered],
        dim=-1,
    )


def split_layers(layout: Layout, rows: Tensor, given: Given | None = None) -> dict[str, Tensor]:
    """Undo ``Layout.rows`` and ``join_layers``: one output for each layer, with its own axes.

    What the network is ``given`` says which tokens have which word. Raises ``NetworkError`` if
    the layers are pooled: a step cannot be had from the mean.
    """
    if layout.read_only:
        raise NetworkError(
            f"layer {' + '.join(layout.layers)!r} is pooled ({layout.pool}): it is only read, and "
            "nothing can be put in its place"
        )
    joined = layout.slices.put_back(rows) if layout.slices else rows
    if layout.inner_steps is not None:
        joined = put_ranges_back(joined, ranges_of(given), steps_in(given, layout.inner_steps))
    kept = joined.shape[:-1]
    pieces = joined.split(layout.sizes, dim=-1)
    return {
        name: in_place(piece.reshape(*kept, *shape), layout.axes, layout.steps is not None)
        for name, piece, shape in zip(layout.layers, pieces, layout.shapes, strict=True)
    }
