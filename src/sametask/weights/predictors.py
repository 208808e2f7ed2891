"""All ways to tell a property from weights, by name, and how each is learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from sametask.base.errors import ConfigError, DataError, nearest, quoted
from sametask.base.randomness import derived_seed
from sametask.networks.nonlinearities import nonlinearity
from sametask.weights.fitting import Curve, Plan, fit
from sametask.weights.models import Probes, SetsOfUnits, Standardised, perceptron
from sametask.weights.rows import Lesson, Rows
from sametask.weights.statistics import SCOPES
from sametask.weights.symmetries import shuffled
from sametask.weights.tabular import TABULAR, tabular

# Rows that go through a model at once when it answers.
AT_ONCE = 8192
# Inputs that networks are asked about.
PROBES = 64


@dataclass(frozen=True)
class Learned:
    """A predictor that has learned: ``answers`` takes inputs (r, q) to outputs (r, o).

    Of a number the output is the number, of classes a score of each. ``facts`` are to be told.
    """

    answers: Callable[[Tensor], Tensor]
    facts: dict[str, Any]
    curve: Curve | None = None


# The inputs of a batch, perhaps changed.
Drawn = Callable[[Lesson, Rows, torch.Generator], Tensor]


@dataclass(frozen=True)
class Predictor:
    """What a predictor sees of a checkpoint, ``weights`` or statistics, and how it learns."""

    seen: str
    learn: Callable[[Lesson, int], Learned]


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


def train(
    build: Callable[[Lesson], nn.Module],
    drawn: Drawn,
    plan: Plan,
    lesson: Lesson,
    seed: int,
) -> Learned:
    """Train a model to tell the property."""
    torch.manual_seed(derived_seed(seed, "model of weights"))
    model, target = build(lesson), Target(lesson)
    model.to(lesson.learn.inputs.device)

    def loss(random: torch.Generator) -> Tensor:
        batch = lesson.learn.some(torch.randint(len(lesson.learn), (plan.batch,), generator=random))
        return target.loss(model(drawn(lesson, batch, random)), batch.wanted)

    def judge() -> float:
        outputs = in_portions(model, lesson.choose.inputs)
        return target.loss(outputs, lesson.choose.wanted).item()

    curve = fit(model, loss, judge, plan, seed)
    count = sum(parameter.numel() for parameter in model.parameters())
    return Learned(
        lambda inputs: target.read(in_portions(model, inputs)), {"parameters": count}, curve
    )


def _unchanged(lesson: Lesson, batch: Rows, random: torch.Generator) -> Tensor:
    return batch.inputs


def _shuffled(lesson: Lesson, batch: Rows, random: torch.Generator) -> Tensor:
    """Return weights after a random symmetry of each network."""
    return shuffled(batch.inputs, lesson.layers, batch.flips, random)


def _perceptron(lesson: Lesson) -> nn.Module:
    inputs = lesson.learn.inputs
    widths = [inputs.shape[1], 512, 512, 512, lesson.outputs]
    return nn.Sequential(Standardised(inputs), perceptron(widths))


def _sets(lesson: Lesson) -> nn.Module:
    return SetsOfUnits(lesson.layers, 256, lesson.outputs)


def _anywhere(lesson: Lesson) -> Tensor:
    """Return inputs (PROBES, d) that know nothing of the data: uniform in [0, 1]."""
    return torch.rand(PROBES, lesson.layers[0].kernel.shape[1])


def _at_images(lesson: Lesson) -> Tensor:
    """Return some of the inputs (PROBES, d) that the networks were trained on."""
    if lesson.images is None:
        raise DataError("probes at images need a population that is trained here")
    chosen = torch.randperm(len(lesson.images))[:PROBES]
    return lesson.images[chosen]


def _probes(placed: Callable[[Lesson], Tensor], lesson: Lesson) -> nn.Module:
    activations = [nonlinearity(name) for name in lesson.activations]
    return Probes(lesson.layers, activations, placed(lesson), 256, lesson.outputs)


def _trained(
    build: Callable[[Lesson], nn.Module], plan: Plan, drawn: Drawn = _unchanged
) -> Predictor:
    return Predictor("weights", partial(train, build, drawn, plan))


# ``linear`` is logistic regression for classes; ``shuffled`` are augmented by symmetries.
PREDICTORS: dict[str, Predictor] = {
    **{
        f"{name}-{seen}": Predictor(seen, partial(tabular, learn))
        for (name, learn), seen in product(TABULAR.items(), ("weights", *SCOPES))
    },
    "perceptron": _trained(_perceptron, Plan(steps=1500)),
    "perceptron-shuffled": _trained(_perceptron, Plan(steps=3000), _shuffled),
    "sets": _trained(_sets, Plan(steps=3000)),
    "probes": _trained(partial(_probes, _anywhere), Plan(steps=3000)),
    "probes-images": _trained(partial(_probes, _at_images), Plan(steps=3000)),
}


def predictor_named(name: str) -> Predictor:
    """Return a predictor by its name, or raise ``ConfigError`` with the nearest names."""
    if name not in PREDICTORS:
        raise ConfigError(f"study: no predictor {quoted(name)}; {nearest(name, PREDICTORS)}")
    return PREDICTORS[name]
