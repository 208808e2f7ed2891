"""Averaged stochastic gradient descent (Polyak and Juditsky 1992), for several chains at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.config.sections.covariances_section import Descent
from sametask.neurons.covariances.curvature import steepest
from sametask.neurons.covariances.objective import Objective, Sample

# The first step is this over the steepest curvature; steps fall by this power.
FIRST, POWER = 0.5, 0.6
# Batches of steps; the first is not averaged, for it remembers where the chain began.
BATCHES = 5
# Points of every chain at which curvature is measured along the way.
MET = 20
# Rows that the steepest curvature is measured on.
MEASURED = 500


@dataclass(frozen=True)
class Path:
    """What C chains of each of r data sets leave; the first batch of steps is in none of it.

    ``batches`` (M, r, C, P) are means over batches of ``lengths`` (M,) steps. ``met`` (m, r, C, P)
    are running averages, beside ``rows`` (m, r, C, b) that were met there.
    """

    batches: Tensor
    lengths: Tensor
    met: Tensor
    rows: Tensor

    @property
    def mean(self) -> Tensor:
        """The average (r, P) over all steps and chains."""
        share = self.lengths / self.lengths.sum()
        return torch.einsum("m,mrcp->rp", share, self.batches) / self.batches.shape[2]


def rates(steepest: Tensor, steps: int) -> Tensor:
    """Return the step sizes ν (steps, r) for a steepest curvature (r,).

    νᵢ = ν₀ (1 + i / i₀)^−0.6 with ν₀ = ½ / steepest, so that no direction overshoots, and i₀ half
    the number of steps: a start near the optimum asks for no longer first phase.
    """
    fall = (1 + torch.arange(steps, dtype=torch.float64) / (steps / 2)) ** -POWER
    return FIRST / steepest * fall[:, None]


def borders(steps: int) -> Tensor:
    """Return where the batches of steps begin and end (BATCHES + 1,).

    Each has the same sum of step sizes, so as many times in which a chain forgets: the choice of
    Chen, Lee, Tong and Zhang (2020, section 4.2).
    """
    passed = rates(torch.ones(1), steps)[:, 0].cumsum(dim=0)
    ends = torch.linspace(0, 1, BATCHES + 1, dtype=torch.float64)[1:-1] * passed[-1]
    inside = torch.searchsorted(passed, ends) + 1
    return torch.cat([torch.tensor([0]), inside, torch.tensor([steps])])


def _walk(
    objective: Objective, start: Tensor, sample: Sample, settings: Descent, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the weights (r C, P) after every step, and the rows (r C, b) that it was made with."""
    chains, random = settings.chains, torch.Generator().manual_seed(seed)
    sizes = rates(steepest(objective, start, sample.at(slice(MEASURED))), settings.steps)
    sizes = sizes.repeat_interleave(chains, dim=1)[..., None]
    sets = torch.arange(len(start)).repeat_interleave(chains)
    weights = start.repeat_interleave(chains, dim=0)
    for size in sizes:
        drawn = torch.randint(len(sample), (len(sets), settings.batch), generator=random)
        weights = weights - size * _gradient(objective, weights, sample.chosen(sets, drawn))
        yield weights, drawn
    if not weights.isfinite().all():
        raise DataError("the averaged descent diverged: take a start nearer to an optimum")


def descend(
    objective: Objective, start: Tensor, sample: Sample, settings: Descent, seed: int
) -> Path:
    """Return what the descent from weights (r, P) leaves; rows are drawn with replacement.

    Raises ``DataError`` if a chain diverges.
    """
    ends = borders(settings.steps)
    keep = torch.linspace(int(ends[1]) + 1, settings.steps, MET + 1)[1:].long().tolist()
    total = running = start.new_zeros(())
    batches, met, rows = [], [], []
    for step, (weights, drawn) in enumerate(_walk(objective, start, sample, settings, seed), 1):
        total = total + weights
        if step > ends[1]:
            running = running + weights
        if step in keep:
            met.append(running / (step - ends[1]))
            rows.append(drawn)
        if (place := (ends == step).nonzero()).numel():
            batches.append(total / (step - ends[place[0, 0] - 1]))
            total = start.new_zeros(())

    def by_set(values: list[Tensor]) -> Tensor:
        return torch.stack(values).unflatten(1, (len(start), settings.chains))

    return Path(by_set(batches[1:]), ends.diff()[1:].double(), by_set(met), by_set(rows))


def _gradient(objective: Objective, weights: Tensor, sample: Sample) -> Tensor:
    """Return the gradient (r, P) of the loss of each network on its own rows."""
    weights = weights.requires_grad_()
    (gradient,) = torch.autograd.grad(objective.losses(weights, sample).sum(), weights)
    weights.requires_grad_(False)
    return gradient
