"""All ways to tell a property from weights, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import torch
from torch import Tensor, nn

from sametask.base.errors import ConfigError, DataError, nearest, quoted
from sametask.networks.nonlinearities import nonlinearity
from sametask.weights.attention import Size
from sametask.weights.features import sorted_statistics
from sametask.weights.fitting import Plan
from sametask.weights.learning import Learned, Training, shuffled_units
from sametask.weights.models import (
    AttentionPredictor,
    Probes,
    SetsOfUnits,
    Standardised,
    perceptron,
)
from sametask.weights.rows import Lesson
from sametask.weights.statistics import SCOPES
from sametask.weights.tabular import TABULAR, as_seen, tabular, trees

# Inputs that networks are asked about.
PROBES = 64
# The size of attention that tells a property; the source's has 4 blocks, its later ones 2.
READING = Size(width=64, blocks=2)


@dataclass(frozen=True)
class Predictor:
    """What a predictor sees of a checkpoint, ``weights`` or statistics, and how it learns."""

    seen: str
    learn: Callable[[Lesson, int], Learned]

    def within(self, steps: int | None) -> Predictor:
        """Return the same predictor with so many steps of training at most; ``None``: its own."""
        if steps is None or not isinstance(self.learn, Training):
            return self
        return replace(self, learn=self.learn.within(steps))


def _perceptron(lesson: Lesson) -> nn.Module:
    inputs = lesson.learn.inputs
    widths = [inputs.shape[1], 512, 512, 512, lesson.outputs]
    return nn.Sequential(Standardised(inputs), perceptron(widths))


def _sets(lesson: Lesson) -> nn.Module:
    return SetsOfUnits(lesson.layers, 256, lesson.outputs)


def _attention(grouping: str, lesson: Lesson) -> nn.Module:
    return AttentionPredictor(lesson.layers, grouping, READING, lesson.outputs)


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
    if not lesson.activations:
        raise DataError("probes need the activation of the networks, which nothing says")
    activations = [nonlinearity(name) for name in lesson.activations]
    return Probes(lesson.layers, activations, placed(lesson), 128, lesson.outputs)


# Probes learn by heart what few networks answer, unless their weights decay.
PROBING = Plan(steps=2000, learning_rate=3e-3, decay=0.1)
ATTENDING = Plan(steps=1500, batch=256)
# ``linear`` is logistic regression for classes; ``shuffled`` are augmented by symmetries.
PREDICTORS: dict[str, Predictor] = {
    **{
        f"{name}-{seen}": Predictor(seen, partial(tabular, fit, as_seen))
        for (name, fit), seen in product(TABULAR.items(), ("weights", *SCOPES))
    },
    "trees-sorted": Predictor("weights", partial(tabular, trees, sorted_statistics)),
    "perceptron": Predictor("weights", Training(_perceptron, Plan(steps=1500))),
    "perceptron-shuffled": Predictor(
        "weights", Training(_perceptron, Plan(steps=2000), shuffled_units)
    ),
    "sets": Predictor("weights", Training(_sets, Plan(steps=1500))),
    "attention-layers": Predictor("weights", Training(partial(_attention, "layer"), ATTENDING)),
    "attention-units": Predictor("weights", Training(partial(_attention, "unit"), ATTENDING)),
    "attention-units-shuffled": Predictor(
        "weights", Training(partial(_attention, "unit"), ATTENDING, shuffled_units)
    ),
    "probes": Predictor("weights", Training(partial(_probes, _anywhere), PROBING)),
    "probes-images": Predictor("weights", Training(partial(_probes, _at_images), PROBING)),
}


def predictor_named(name: str) -> Predictor:
    """Return a predictor by its name, or raise ``ConfigError`` with the nearest names."""
    if name not in PREDICTORS:
        raise ConfigError(f"study: no predictor {quoted(name)}; {nearest(name, PREDICTORS)}")
    return PREDICTORS[name]
