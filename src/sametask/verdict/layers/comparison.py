"""All evidence on the relation of two layers, in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.magnitude import require_moderate
from sametask.base.relations import DIRECTIONS
from sametask.config.sections.stage_sections import Verdict
from sametask.splines.regression import fit_regression
from sametask.statistics.variance import Interval, explained, is_constant, plain_intervals
from sametask.storage.chunks import rows_per_shard
from sametask.verdict.layers.local_directions import Local, Reactions, compare_locally

# Relative difference of what two networks hold at the same place, for round-off of devices.
SAME_PLACE = 1e-3


@dataclass(frozen=True)
class Reordered:
    """Activations at perturbed samples (N, M, m) of a ``layer`` in another ``order`` (N,)."""

    layer: Layer
    order: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (N, M, m)."""
        return tuple(self.layer.perturbed.shape)

    def __getitem__(self, rows: slice) -> Any:
        return self.layer.perturbed[self.order[rows].numpy()]


@dataclass(frozen=True)
class Layer:
    """One network's measured neurons: fit (N, m), held out (n, m), and at perturbed samples.

    ``perturbed`` (N, M, m) are activations at M perturbations of every fit sample: a tensor, or an
    array on disk that has a shape and is read by rows. R = ``rows_per_sample`` successive held-out
    rows are slices of one sample, and not independent. ``slices`` (N,) are then the numbers i R + s
    of the fit rows, for slice s of sample i. ``perturbed_at`` (p,) tells the place that was
    perturbed, if it was one inside the network: see ``activations.axes.Inside``.
    """

    fit: Tensor
    test: Tensor
    perturbed: Any
    rows_per_sample: int = 1
    slices: Tensor | None = None
    perturbed_at: Tensor | None = None

    def perturbed_as(self, other: Layer) -> bool:
        """Return whether the perturbations of two layers are the same.

        Noise inside two networks is, if they hold the same at the place where it is added.
        """
        here, there = self.perturbed_at, other.perturbed_at
        if here is None or there is None:
            return here is there
        return torch.allclose(here, there, rtol=SAME_PLACE)

    @property
    def samples(self) -> int:
        """The number of held-out samples."""
        return len(self.test) // self.rows_per_sample

    @property
    def groups(self) -> Tensor | None:
        """The sample (N,) of every fit row, or ``None`` if every row is a sample."""
        return None if self.slices is None else self.slices // self.rows_per_sample

    def around(self, rows: slice) -> Tensor:
        """Return activations (·, M, m) at perturbations of some fit samples, as recorded."""
        return torch.as_tensor(self.perturbed[rows])

    @cached_property
    def reactions(self) -> Reactions:
        """How the layer reacts to perturbations: computed once, whatever it is compared with."""
        if isinstance(self.perturbed, Reordered):
            return self.perturbed.layer.reactions.reordered(self.perturbed.order)
        rows = rows_per_shard(self.perturbed.shape, float)
        starts = range(0, len(self.fit), rows)
        return Reactions.of(self.around(slice(start, start + rows)) for start in starts)

    def orders(self, seed: int) -> tuple[Tensor, Tensor]:
        """Return random orders of the fit rows (N,) and of the held-out rows (n,).

        Whole samples are permuted. Slices of different times are not exchangeable. A held-out
        sequence therefore moves with all its slices. Not all slices of a sequence are among the fit
        rows, so that a fit slice moves to the place of a slice of the same time.
        """
        draw = torch.Generator().manual_seed(seed)
        drawn = torch.randperm(len(self.fit), generator=draw)
        times = torch.zeros_like(drawn)
        if self.slices is not None:
            times = self.slices % self.rows_per_sample
        fit = torch.empty_like(drawn)
        fit[times.argsort(stable=True)] = drawn[times[drawn].argsort(stable=True)]
        rows = self.rows_per_sample
        samples = torch.randperm(self.samples, generator=draw)
        return fit, (samples[:, None] * rows + torch.arange(rows)).flatten()

    def shuffled(self, seed: int) -> Layer:
        """Return the layer with its samples in random order: the control with shuffled pairs."""
        return self.reordered(*self.orders(seed))

    def reordered(self, fit: Tensor, test: Tensor) -> Layer:
        """Return the layer with its rows in other orders, such as those of ``orders``.

        A fit sample keeps its perturbations: both move to the same place.
        """
        perturbed = Reordered(self, fit)
        slices = None if self.slices is None else self.slices[fit]
        rest = self.rows_per_sample, slices, self.perturbed_at
        return Layer(self.fit[fit], self.test[test], perturbed, *rest)


@dataclass(frozen=True)
class Evidence:
    """The evidence on two layers.

    ``r2`` of the target's layer, and ``weakest``, that of its principal component that is explained
    worst. Both are ``None`` if the target layer is constant. ``comparable`` is whether both layers
    saw the same perturbations; if not, only the dimensions of ``local`` mean something.
    """

    r2: dict[str, Interval | None]
    weakest: dict[str, Interval | None]
    local: Local
    comparable: bool = True

    def plain(self) -> dict[str, Any]:
        """Return R², dimensions and numbers of new directions as in ``verdict.json``."""
        r2 = {"r2": plain_intervals(self.r2), "weakest_r2": plain_intervals(self.weakest)}
        dimension = self.local.dimension
        if self.comparable:
            return {**r2, "dimension": dimension, "new_directions": self.local.adds}
        return {**r2, "dimension": {side: dimension[side] for side in ("a", "b")}}


def predict(fit: Tensor, targets: Tensor, test: Tensor, groups: Tensor | None = None) -> Tensor:
    """Predict at test (n, m) by ``fit_regression`` from fit (N, m) to targets (N, p): (n, p).

    Rows of equal ``groups`` (N,) are of one sample. If fit is constant, the prediction is the
    targets' mean.
    """
    if is_constant(fit):
        return targets.mean(dim=0).expand(len(test), -1)
    return fit_regression(fit, targets, groups)(test)


def regress(source: Layer, target: Layer) -> Tensor:
    """Predict the target's held-out activations (n, m) from those of the source.

    By ``predict``, fitted to the paired fit samples.
    """
    return predict(source.fit, target.fit, source.test, source.groups)


def explain_weakest(
    predicted: Tensor, target: Layer, draws: Tensor, settings: Verdict
) -> Interval | None:
    """Return R² of the target's principal component that ``predicted`` (n, m) explains worst.

    Of all components of the target's fit samples that have ``component_share`` of the variance,
    the one with the lowest lower end. ``None`` if the target is constant.
    """
    _, singular, components = torch.linalg.svd(
        target.fit - target.fit.mean(dim=0), full_matrices=False
    )
    shares = singular.square() / singular.square().sum().clamp_min(1e-300)
    axes = components[shares >= settings.component_share]
    scores = zip((predicted @ axes.mT).mT, (target.test @ axes.mT).mT, strict=True)
    intervals = [
        explained(guess[:, None], actual[:, None], draws, settings.confidence)
        for guess, actual in scores
    ]
    return min(filter(None, intervals), key=lambda interval: interval.low, default=None)


def gather(a: Layer, b: Layer, draws: Tensor, settings: Verdict) -> Evidence:
    """Return the evidence on two layers, from the same samples in the same order.

    ``draws`` (s, n) are resamples of the held-out samples, ``settings`` the section ``verdict``
    of an experiment. Raises ``DataError`` if the layers do not have the same number of samples, or
    if squares of activations overflow.
    """
    if (len(a.fit), len(a.test)) != (len(b.fit), len(b.test)):
        raise DataError(
            f"unpaired: {len(a.fit)} and {len(b.fit)} fit samples, "
            f"{len(a.test)} and {len(b.test)} test samples"
        )
    sides = {"a": a, "b": b}
    for layer in sides.values():
        require_moderate(torch.cat([layer.fit, layer.test]), "activations")
    r2, weakest = {}, {}
    for direction, (source, target) in DIRECTIONS.items():
        predicted, end = regress(sides[source], sides[target]), sides[target]
        r2[direction] = explained(predicted, end.test, draws, settings.confidence)
        weakest[direction] = r2[direction] and explain_weakest(predicted, end, draws, settings)
    limits = settings.share, settings.source_share, settings.correlation
    local = compare_locally(a.reactions, b.reactions, *limits)
    return Evidence(r2, weakest, local, a.perturbed_as(b))
