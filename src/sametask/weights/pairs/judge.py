"""Ask of two networks of a population whether they learned the same task, by what they compute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed
from sametask.config.sections.population_section import DigitImages, PieceImages, Population
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
from sametask.weights.models import forward_dense
from sametask.weights.pairs.choice import Pair, Side

# Images of every piece that maps are judged on: no network was trained or scored on them.
HELD_OUT = 100
# What a verdict is by default.
VERDICT = Verdict()


@dataclass(frozen=True)
class Network:
    """A network of dense layers: its weights (P,), where they stand, and its activation."""

    weights: Tensor
    layers: Sequence[LayerWeights]
    activation: str

    def hidden(self, inputs: Tensor) -> Tensor:
        """Return the last hidden layer (N, m) for inputs (N, d)."""
        activation = nonlinearity(self.activation)
        return activation(
            forward_dense(self.weights[None], self.layers[:-1], inputs, activation)[0]
        )

    def outputs(self, hidden: Tensor) -> Tensor:
        """Return the outputs (…, N, o) that follow from the last hidden layer (…, N, m)."""
        rows = hidden.reshape(1, -1, hidden.shape[-1])
        last = forward_dense(
            self.weights[None], self.layers[-1:], rows, nonlinearity(self.activation)
        )
        return last.reshape(*hidden.shape[:-1], -1)


# A network, its reference, and an untrained one.
Three = tuple[Network, Network, Network]


@dataclass(frozen=True)
class Meeting:
    """Two networks that are compared on images, and the seed of what is drawn for that."""

    a: Three
    b: Three
    inputs: Seen
    seed: int


def _copy(network: Network, inputs: Seen) -> Copy:
    layer = Seen(network.hidden(inputs.fit), network.hidden(inputs.test))
    return Copy(layer, Seen(network.outputs(layer.fit), network.outputs(layer.test)))


def learner(networks: Three, inputs: Seen) -> Learner:
    """Return what the evidence needs of a network, with its reference and an untrained one."""
    itself, reference, untrained = (_copy(network, inputs) for network in networks)
    return Learner(
        layer=itself.layer,
        whole=itself.layer.fit,
        back=networks[0].outputs,
        inputs=inputs,
        outputs=itself.outputs,
        classifies=True,
        untrained=untrained,
        reference=reference,
    )


def judge(meeting: Meeting) -> dict[str, Any]:
    """Return the ``relation`` of two networks' tasks, and how similar they are.

    ``shares`` are task shares by direction and place. Of the ``similarities``, ``task share`` is
    the smallest share, see ``decision.smallest``, and ``linear CKA`` that of the hidden layers on
    held-out images.
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


def images(pictures: PieceImages | DigitImages, seed: int) -> Seen:
    """Return the images that networks are trained on, and others to judge maps on, as rows.

    Raises ``DataError`` for images that no others can be drawn of.
    """
    if not isinstance(pictures, PieceImages):
        raise DataError("pairs are compared on new images, which can be drawn of pieces only")
    drawn = (
        draw_images(each, pictures.ink, pictures.noise, seed, split).pixels.double()
        for each, split in ((pictures.train, "train"), (HELD_OUT, "pairs"))
    )
    return Seen(*drawn)


def meetings(
    population: StoredPopulation, pairs: Sequence[Pair], settings: Population, seed: int
) -> Iterator[Meeting]:
    """Yield the networks of every pair, and the images of the population's ``settings``.

    ``seed`` is that of what a verdict draws.
    """
    layers, activations = population.layers, population.values("activation")
    weights = torch.from_numpy(population.weights).double()
    inputs = images(settings.images, settings.seed)

    def network(place: int, checkpoint: int) -> Network:
        # A copy: a slice would take the weights of all networks along to another process.
        return Network(weights[place, checkpoint].clone(), layers, activations[place])

    def three(side: Side) -> Three:
        return (
            network(side.network, side.checkpoint),
            network(side.reference, side.checkpoint),
            network(side.untrained, 0),
        )

    for number, pair in enumerate(pairs):
        own = derived_seed(seed, f"pair of networks {number}")
        yield Meeting(three(pair.a), three(pair.b), inputs, own)
