"""Bayesian networks, fitted by their evidence bound with drawn weights (Blundell et al. 2015)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.config.sections.covariances_section import Bayes
from sametask.neurons.covariances.distributions import NormalNeurons, drawn_weights, entries
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.populations.optimisers import StackedAdam

# Values of the evidence bound that are kept, and the share of the steps, the last ones, over which
# the distribution is averaged.
KEPT, AVERAGED = 50, 0.3


@dataclass(frozen=True)
class Posterior:
    """Mean (r, K, d) and covariance (r, K, d, d) of the neurons of a layer of r networks.

    ``bound`` (b,) is the evidence bound of all networks for each row, along the training; of the
    likelihood, the constant is left out.
    """

    mean: Tensor
    covariance: Tensor
    bound: Tensor


@dataclass(frozen=True)
class Evidence:
    """What is maximised: E ln p(y | x, w) − KL(q ‖ N(0, τ²I)).

    ``noise`` (r,) is the variance of the outputs, ``variance`` is τ², ``rows`` counts all rows.
    """

    objective: Objective
    noise: Tensor
    variance: float
    rows: int

    def bound(
        self, layers: Sequence[NormalNeurons], seen: Sample, random: torch.Generator
    ) -> Tensor:
        """Return an estimate (r,) of the bound for each row from a batch of rows.

        A batch's share of KL is that of its rows: 1 / N of N batches.
        """
        outputs = self.objective.outputs(drawn_weights(layers, random), seen.inputs.repeat(2, 1, 1))
        wanted = torch.cat([seen.wanted, seen.wanted])
        missed = self.objective.of_outputs(outputs, wanted).mean(dim=1).unflatten(0, (2, -1))
        divergence = torch.stack([layer.divergence(self.variance) for layer in layers])
        return -missed.mean(dim=0) / self.noise - divergence.sum(dim=0) / self.rows


def _batches(rows: int, sets: int, size: int, random: torch.Generator) -> Iterator[Tensor]:
    """Yield rows (r, b) without end: an epoch has each row of every data set at most once."""
    while True:
        order = torch.rand(sets, rows, generator=random).argsort(dim=1)
        yield from (part for part in order.split(size, dim=1) if part.shape[1] == size)


def _averaged(layer: NormalNeurons, sums: Sequence[Tensor], count: int) -> tuple[Tensor, Tensor]:
    """Return the mean and the covariance of a layer with averaged parameters."""
    move, factor = (total / count for total in sums)
    spread = layer.scale[..., None] * factor * layer.entries
    return layer.start + layer.scale * move, spread @ spread.mT


def _ascent(
    evidence: Evidence,
    layers: Sequence[NormalNeurons],
    sample: Sample,
    settings: Bayes,
    random: torch.Generator,
) -> Iterator[Tensor]:
    """Train distributions in place, and yield the mean bound of every step.

    The learning rate falls linearly to zero.
    """
    free = [part for one in layers for part in (one.move, one.factor)]
    sets = len(free[0])
    optimiser = StackedAdam(free, torch.ones(sets), torch.zeros(sets))
    batches = _batches(len(sample), sets, min(settings.batch, len(sample)), random)
    for step in range(settings.steps):
        bound = evidence.bound(layers, sample.chosen(torch.arange(sets), next(batches)), random)
        rate = settings.rate * (1 - step / settings.steps)
        optimiser.rates = free[0].new_full((sets,), rate)
        optimiser.step(torch.autograd.grad(-bound.sum(), free))
        yield bound.detach().mean()


def fit(
    evidence: Evidence,
    start: Tensor,
    sample: Sample,
    layer: int,
    form: str,
    settings: Bayes,
    seed: int,
) -> Posterior:
    """Fit distributions of the neurons of all layers from ``start`` (r, P), return those of one.

    The parameters of the last steps are averaged. Raises ``DataError`` if the bound is not finite.
    """
    random = torch.Generator().manual_seed(seed)
    scale = (evidence.noise / evidence.rows).sqrt()
    layers = [
        NormalNeurons.around(start, one, entries(one.of_units.shape[1], form, settings), scale)
        for one in evidence.objective.layers
    ]
    studied, first = layers[layer - 1], int((1 - AVERAGED) * settings.steps)
    sums, bounds = [torch.zeros_like(part) for part in (studied.move, studied.factor)], []
    for step, bound in enumerate(_ascent(evidence, layers, sample, settings, random)):
        bounds.append(bound)
        if step >= first:
            for total, part in zip(sums, (studied.move, studied.factor), strict=True):
                total += part.detach()
    curve = torch.stack(bounds)
    if not curve.isfinite().all():
        raise DataError(
            "the evidence bound is not finite: take a smaller neurons.covariances.bayes.rate"
        )
    mean, covariance = _averaged(studied, sums, settings.steps - first)
    kept = torch.stack([part.mean() for part in curve.tensor_split(min(KEPT, len(curve)))])
    return Posterior(mean, covariance, kept)
