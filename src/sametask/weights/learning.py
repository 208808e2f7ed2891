"""How a model learns to tell a property, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from sametask.base.randomness import derived_seed
from sametask.weights.fitting import Curve, Plan, fit
from sametask.weights.rows import Lesson, Rows
from sametask.weights.symmetries import shuffled

# Rows that go through a model at once when it answers.
AT_ONCE = 8192
# The inputs of a batch, perhaps changed.
Drawn = Callable[[Lesson, Rows, torch.Generator], Tensor]


@dataclass(frozen=True)
class Learned:
    """A predictor that has learned: ``answers`` takes inputs (r, q) to outputs (r, o).

    Of a number the output is the number, of classes a score of each. ``facts`` are to be told.
    """

    answers: Callable[[Tensor], Tensor]
    facts: dict[str, Any]
    curve: Curve | None = None


class Target:
    """What a model is taught: a standardised number, by squared error, or a class."""

    def __init__(self, lesson: Lesson) -> None:
        self.classes = lesson.classes
        wanted = lesson.learn.wanted.double()
        self.mean, self.deviation = wanted.mean().item(), max(wanted.std().item(), 1e-9)

    def loss(self, outputs: Tensor, wanted: Tensor) -> Tensor:
        """Return the loss of outputs (r, o) for true answers (r,)."""
        if self.classes:
            return cross_entropy(outputs, wanted)
        return mse_loss(outputs[:, 0], (wanted - self.mean) / self.deviation)

    def read(self, outputs: Tensor) -> Tensor:
        """Return answers of a model's outputs (r, o): scores of classes, or numbers (r, 1)."""
        return outputs if self.classes else outputs * self.deviation + self.mean


@torch.no_grad()
def in_portions(model: nn.Module, inputs: Tensor) -> Tensor:
    """Return what a model puts out for rows of any number."""
    return torch.cat([model(some) for some in inputs.split(AT_ONCE)])


def unchanged(lesson: Lesson, batch: Rows, random: torch.Generator) -> Tensor:
    """Return the inputs of a batch as they are."""
    return batch.inputs


def shuffled_units(lesson: Lesson, batch: Rows, random: torch.Generator) -> Tensor:
    """Return the weights of a batch after a random symmetry of each network."""
    return shuffled(batch.inputs, lesson.layers, batch.flips, random)


@dataclass(frozen=True)
class Training:
    """A model that is trained to tell a property: what is built, for how long, on what."""

    build: Callable[[Lesson], nn.Module]
    plan: Plan
    drawn: Drawn = unchanged

    def within(self, steps: int) -> Training:
        """Return the same training with so many steps at most."""
        return replace(self, plan=replace(self.plan, steps=min(steps, self.plan.steps)))

    def __call__(self, lesson: Lesson, seed: int) -> Learned:
        """Train a model."""
        torch.manual_seed(derived_seed(seed, "model of weights"))
        model, target = self.build(lesson), Target(lesson)
        model.to(lesson.learn.inputs.device)

        def loss(random: torch.Generator) -> Tensor:
            rows = torch.randint(len(lesson.learn), (self.plan.batch,), generator=random)
            batch = lesson.learn.some(rows)
            return target.loss(model(self.drawn(lesson, batch, random)), batch.wanted)

        def judge() -> float:
            outputs = in_portions(model, lesson.choose.inputs)
            return target.loss(outputs, lesson.choose.wanted).item()

        curve = fit(model, loss, judge, self.plan, seed)
        count = sum(parameter.numel() for parameter in model.parameters())

        def answers(inputs: Tensor) -> Tensor:
            return target.read(in_portions(model, inputs))

        return Learned(answers, {"parameters": count}, curve)
