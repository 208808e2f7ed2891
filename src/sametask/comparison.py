"""Two layers measured against each other: all evidence between them, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sametask.errors import DataError
from sametask.evidence import (
    Interval,
    Local,
    compare_locally,
    explained,
    is_constant,
    plain_intervals,
)
from sametask.relations import DIRECTIONS
from sametask.smoothing import fit_smoothed


@dataclass(frozen=True)
class Layer:
    """One network's measured neurons: fit (N, m), held out (n, m), and their neighbourhoods.

    ``neighbours`` yields blocks (·, M, m) of the fit samples' neighbourhoods, in their order.
    ``rows_per_sample`` successive held-out rows are slices of one sample, and not independent.
    """

    fit: Tensor
    test: Tensor
    neighbours: Callable[[], Iterator[Tensor]]
    rows_per_sample: int = 1

    @property
    def samples(self) -> int:
        """The number of held-out samples."""
        return len(self.test) // self.rows_per_sample

    def shuffled(self, seed: int) -> Layer:
        """Return the layer with its samples in another order: the control without any pairing."""
        draw = torch.Generator().manual_seed(seed)

        def shuffle(rows: Tensor) -> Tensor:
            return rows[torch.randperm(len(rows), generator=draw)]

        def neighbours() -> Iterator[Tensor]:
            return (shuffle(block) for block in self.neighbours())

        return Layer(shuffle(self.fit), shuffle(self.test), neighbours, self.rows_per_sample)


@dataclass(frozen=True)
class Evidence:
    """What was measured between two layers; R² is ``None`` towards a constant layer."""

    r2: dict[str, Interval | None]
    local: Local

    def plain(self) -> dict[str, Any]:
        """Return R² and dimensions as they stand in ``verdict.json``."""
        return {"r2": plain_intervals(self.r2), "dimension": self.local.dimension}


def predict(fit: Tensor, targets: Tensor, test: Tensor) -> Tensor:
    """Return what smoothing splines through fit (N, m) and targets (N, p) make of test (n, m).

    Smoothed by leave-one-out; constant rows predict the targets' mean.
    """
    if is_constant(fit):
        return targets.mean(dim=0).expand(len(test), -1)
    return fit_smoothed(fit, targets, "auto")(test)


def regress(source: Layer, target: Layer) -> Tensor:
    """Return the target's held-out activations (n, m) as smoothing splines predict them.

    Fitted on the paired fit samples, smoothed by leave-one-out; a constant source predicts the
    mean.
    """
    return predict(source.fit, target.fit, source.test)


def in_step(a: Iterator[Tensor], b: Iterator[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Cut two streams of blocks (·, …) of the same samples so that both yield the same rows.

    How many rows are read at once depends on the width of a layer.
    """
    left, right = next(a, None), next(b, None)
    while left is not None and right is not None:
        rows = min(len(left), len(right))
        yield left[:rows], right[:rows]
        left = left[rows:] if len(left) > rows else next(a, None)
        right = right[rows:] if len(right) > rows else next(b, None)


def gather(a: Layer, b: Layer, draws: Tensor, settings: Mapping[str, Any]) -> Evidence:
    """Measure two layers against each other on the same samples, in the same order.

    ``draws`` (s, n) are resamples of the held-out samples, ``settings`` the section ``verdict``
    of an experiment. Raises ``DataError`` if the layers do not have the same number of samples.
    """
    if (len(a.fit), len(a.test)) != (len(b.fit), len(b.test)):
        raise DataError(
            f"unpaired: {len(a.fit)} and {len(b.fit)} fit samples, "
            f"{len(a.test)} and {len(b.test)} test samples"
        )
    sides = {"a": a, "b": b}
    r2 = {}
    for direction, (source, target) in DIRECTIONS.items():
        predicted = regress(sides[source], sides[target])
        r2[direction] = explained(predicted, sides[target].test, draws, settings)
    blocks = in_step(a.neighbours(), b.neighbours())
    return Evidence(r2, compare_locally(blocks, settings))
