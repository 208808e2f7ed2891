"""Train an autoencoder of weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import kl_div, log_softmax

from sametask.base.errors import ConfigError, DataError
from sametask.base.randomness import derived_seed
from sametask.config.sections.codes_section import Codes
from sametask.networks.nonlinearities import nonlinearity
from sametask.populations.layout import LayerWeights
from sametask.weights.attention import SIZES
from sametask.weights.autoencoders import LEARNED_AT, Autoencoder, Named
from sametask.weights.fitting import Curve, Plan, fit
from sametask.weights.models import forward_dense
from sametask.weights.noise import noisy
from sametask.weights.rows import Lesson, Rows
from sametask.weights.symmetries import shuffled

# Inputs on which answers are compared in a step.
ASKED = 32
# Passes over all checkpoints in the source.
EPOCHS = 8000


def answers(
    weights: Tensor, tanh: Tensor, layers: Sequence[LayerWeights], inputs: Tensor
) -> Tensor:
    """Return the outputs (r, b, k) of dense networks with weights (r, P) for inputs (b, d).

    Their hidden units have tanh where ``tanh`` (r,) is true, and ReLU elsewhere.
    """
    outputs = weights.new_empty(len(weights), len(inputs), len(layers[-1].kernel))
    for name, rows in (("tanh", tanh), ("relu", ~tanh)):
        if rows.any():
            outputs[rows] = forward_dense(weights[rows], layers, inputs, nonlinearity(name))
    return outputs


@dataclass(frozen=True)
class Course:
    """The training of one autoencoder: what it is taught, and how it is judged.

    The loss is the mean squared error over the variance of the weights. With answers, the
    divergence KL(p ‖ p̂) of the classes that the decoded networks answer is added, times a weight.
    """

    model: Autoencoder
    named: Named
    lesson: Lesson
    settings: Codes
    batch: int

    def drawn(self, random: torch.Generator) -> Rows:
        """Return a batch; of networks in raw order, each after a random symmetry."""
        learn = self.lesson.learn
        batch = learn.some(torch.randint(len(learn), (self.batch,), generator=random))
        if self.named.frame == "aligned":
            return batch
        flips = batch.flips & (self.settings.shuffling == "orders-and-signs")
        return replace(batch, inputs=shuffled(batch.inputs, self.lesson.layers, flips, random))

    def decoded(self, weights: Tensor, random: torch.Generator) -> Tensor:
        """Return what comes back of weights, with the noise that this autoencoder learns with."""
        if self.named.noise == "input":
            weights = noisy(weights, LEARNED_AT, random)
        code = self.model.encode(weights)
        if self.named.noise == "code":
            code = noisy(code, LEARNED_AT, random)
        return self.model.decode(code)

    def lost(self, decoded: Tensor, rows: Rows, random: torch.Generator) -> Tensor:
        """Return the loss of decoded weights."""
        loss = ((decoded - rows.inputs) / self.model.scale).square().mean()
        if not self.named.kind.answers:
            return loss
        images = self.lesson.images
        if images is None:
            raise DataError("answers can be learned of networks only that are trained here")
        asked = images[torch.randint(len(images), (ASKED,), generator=random)]
        wanted, found = (
            log_softmax(answers(some, rows.flips, self.lesson.layers, asked), dim=2)
            for some in (rows.inputs, decoded)
        )
        apart = kl_div(found, wanted, reduction="none", log_target=True).sum(dim=2).mean()
        return loss + self.settings.answers * apart

    def loss(self, random: torch.Generator) -> Tensor:
        """Return the loss of a batch."""
        batch = self.drawn(random)
        return self.lost(self.decoded(batch.inputs, random), batch, random)

    def judge(self) -> float:
        """Return the loss of the networks to choose by: always with the same random numbers."""
        random, rows = torch.Generator().manual_seed(0), self.lesson.choose
        return self.lost(self.decoded(rows.inputs, random), rows, random).item()


def plan_of(named: Named, settings: Codes, rows: int, steps: int | None) -> Plan | None:
    """Return how an autoencoder is trained on so many rows, within so many steps."""
    plan = named.kind.plan
    if plan is None:
        return None
    if settings.training == "paper":
        plan = replace(plan, steps=EPOCHS * rows // plan.batch, checks=200)
    return replace(plan, steps=min(plan.steps, steps or plan.steps))


def learn(
    named: Named, lesson: Lesson, settings: Codes, steps: int | None, seed: int
) -> tuple[Autoencoder, Curve | None]:
    """Train an autoencoder on the device of the lesson; one of PCA is found without training.

    ``steps`` are the most that it may take; ``None``: as many as its plan has. ``ConfigError`` if a
    code has more numbers than there are weights.
    """
    torch.manual_seed(derived_seed(seed, "autoencoder"))
    weights = lesson.learn.inputs
    if settings.numbers > weights.shape[1]:
        raise ConfigError(
            f"study.codes.numbers: {settings.numbers} for {weights.shape[1]} weights; at most as "
            "many"
        )
    model = named.built(lesson.layers, settings.numbers, SIZES[settings.size])
    model.to(weights.device)
    model.begin(weights)
    plan = plan_of(named, settings, len(weights), steps)
    if plan is None:
        return model.eval(), None
    course = Course(model, named, lesson, settings, plan.batch)
    return model, fit(model, course.loss, course.judge, plan, seed)
