"""Ask of two networks of a population whether they learned the same task, by what they compute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed
from sametask.config.sections.population_section import Population
from sametask.config.sections.stage_sections import Verdict
from sametask.networks.nonlinearities import nonlinearity
from sametask.populations.layout import LayerWeights
from sametask.populations.pieces import draw_images
from sametask.populations.stored import StoredPopulation
from sametask.statistics.similarity import linear_cka
from sametask.statistics.variance import resamples
from sametask.verdict.task.decision import decide, shares, smallest
from sametask.verdict.task.evidence import RESAMPLES, gather
from sametask.verdict.task.learner import Copy, Learner, Seen
from sametask.weights.pairs.choice import Pair, Side

# Images of every piece that maps are judged on: no network was trained or scored on them.
HELD_OUT = 100
VERDICT = Verdict()


@dataclass(frozen=True)
class Perceptron:
    """Weights (P,) of a network of dense layers, and where they stand."""

    weights: Tensor
    layers: Sequence[LayerWeights]
    activation: str

    def through(self, depth: int, rows: Tensor) -> Tensor:
        """Return what a layer makes of the rows (…, N, m) that it gets, before its activation."""
        layer = self.layers[depth]
        kernel, biases = self.weights[layer.kernel[..., 0]], self.weights[layer.biases]
        return rows @ kernel.mT + biases.sum(dim=1)

    def ends(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the last hidden layer (N, m) and the outputs (N, o) for inputs (N, d)."""
        activation, hidden = nonlinearity(self.activation), inputs
        for depth in range(len(self.layers) - 1):
            hidden = activation(self.through(depth, hidden))
        return hidden, self.through(len(self.layers) - 1, hidden)


@dataclass(frozen=True)
class Meeting:
    """Two networks that are compared; each with its reference and an untrained one."""

    a: tuple[Perceptron, Perceptron, Perceptron]
    b: tuple[Perceptron, Perceptron, Perceptron]
    inputs: Seen
    seed: int


def _copy(network: Perceptron, inputs: Seen) -> Copy:
    (hidden, outputs), (held_hidden, held_outputs) = map(network.ends, (inputs.fit, inputs.test))
    return Copy(Seen(hidden, held_hidden), Seen(outputs, held_outputs))


def learner(networks: Sequence[Perceptron], inputs: Seen) -> Learner:
    """Return what the evidence needs of a network, its reference, and an untrained network."""
    itself, reference, untrained = (_copy(network, inputs) for network in networks)
    return Learner(
        layer=itself.layer,
        whole=itself.layer.fit,
        back=partial(networks[0].through, len(networks[0].layers) - 1),
        inputs=inputs,
        outputs=itself.outputs,
        classifies=True,
        untrained=untrained,
        reference=reference,
    )


def judge(meeting: Meeting) -> dict[str, Any]:
    """Return the relation of two networks' tasks, and how similar they are.

    ``shares`` are task shares by direction and place; the similarity ``task share`` is the smallest
    of them, see ``decision.smallest``. ``linear CKA`` is that of the hidden layers on held-out
    images.
    """
    a, b = (learner(networks, meeting.inputs) for networks in (meeting.a, meeting.b))
    draws = resamples(RESAMPLES, len(meeting.inputs.test), meeting.seed)
    settings = VERDICT.task
    found = gather(a, b, None, draws, settings.choices, VERDICT.confidence, meeting.seed)
    given = shares(found)
    return {
        "relation": decide(found, settings.limits),
        "shares": given,
        "similarities": {
            "task share": smallest(given, settings.limits),
            "linear CKA": linear_cka(a.layer.test, b.layer.test),
        },
    }


def _images(settings: Population) -> Seen:
    """Return the images that networks are trained on, and others to judge maps on, as rows."""
    drawn = settings.images
    return Seen(*(
        draw_images(each, drawn.ink, drawn.noise, settings.seed, split).pixels.double()
        for each, split in ((drawn.train, "train"), (HELD_OUT, "pairs"))
    ))  # fmt: skip


def meetings(
    population: StoredPopulation, pairs: Sequence[Pair], settings: Population
) -> Iterator[Meeting]:
    """Yield the networks of every pair; ``DataError`` if they are not of dense layers."""
    layers, activations = population.layers, population.values("activation")
    if any(layer.shape[2] != 1 for layer in layers):
        raise DataError(f"{population.store.path}: pairs are compared of dense networks only")
    weights = torch.from_numpy(population.weights).double()
    inputs = _images(settings)

    def of(side: Side) -> tuple[Perceptron, Perceptron, Perceptron]:
        places = (
            (side.network, side.checkpoint), (side.reference, side.checkpoint), (side.untrained, 0)
        )  # fmt: skip
        first, second, third = (
            Perceptron(weights[place].clone(), layers, activations[place[0]]) for place in places
        )
        return first, second, third

    for number, pair in enumerate(pairs):
        seed = derived_seed(settings.seed, f"pair of networks {number}")
        yield Meeting(of(pair.a), of(pair.b), inputs, seed)
