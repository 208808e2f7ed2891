"""Train a network on the weights of others: all models of this package are trained here."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.base.progress import progress
from sametask.base.randomness import derived_seed


@dataclass(frozen=True)
class Plan:
    """How long and how fast a model is trained: by AdamW, with a one-cycle learning rate.

    ``checks``: how often what is learned is tried out on networks that are kept to choose by.
    """

    steps: int = 3000
    batch: int = 512
    learning_rate: float = 2e-3
    decay: float = 1e-2
    checks: int = 20


@dataclass(frozen=True)
class Curve:
    """The losses of a training: at which ``steps``, what was ``learned``, what was ``judged``."""

    steps: list[int]
    learned: list[float]
    judged: list[float]


def fit(
    model: nn.Module,
    loss: Callable[[torch.Generator], Tensor],
    judge: Callable[[], float],
    plan: Plan,
    seed: int,
) -> Curve:
    """Train a model in place, and leave it as it was when it was judged best.

    ``loss`` draws a batch and returns its loss; ``judge`` returns a loss on networks that are not
    learned from, and is asked ``plan.checks`` times. Raises ``DataError`` if no loss is finite.
    """
    random = torch.Generator().manual_seed(derived_seed(seed, "batches of weights"))
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=plan.learning_rate, weight_decay=plan.decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.learning_rate, total_steps=plan.steps
    )
    every = max(plan.steps // plan.checks, 1)
    curve, best, total = Curve([], [], []), None, 0.0
    for step in progress(range(1, plan.steps + 1), "steps of training on weights"):
        value = loss(random)
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        total += value.item()
        if step % every == 0:
            judged = judged_by(model, judge)
            if isfinite(judged) and judged < min(curve.judged, default=float("inf")):
                best = copy.deepcopy(model.state_dict())
            curve.steps.append(step)
            curve.learned.append(total / every)
            curve.judged.append(judged)
            total = 0.0
    if best is None:
        raise DataError("no loss was finite while a model was trained on weights")
    model.load_state_dict(best)
    model.eval()
    return curve


def judged_by(model: nn.Module, judge: Callable[[], float]) -> float:
    """Return what ``judge`` says of a model that is not being trained at the moment."""
    model.eval()
    with torch.no_grad():
        value = judge()
    model.train()
    return value
