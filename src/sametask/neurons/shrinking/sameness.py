"""Whether a shrunk network is still the same: the verdicts on task and layer, over its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed
from sametask.networks.stacked import StackedPerceptron
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.networks.shapes import drawn_weights
from sametask.neurons.shrinking.curves import original, qualities, targets
from sametask.neurons.shrinking.methods import shrunk
from sametask.neurons.shrinking.original import sizes_of
from sametask.populations.layout import biased_layers
from sametask.statistics.variance import resamples
from sametask.verdict.layers.comparison import Layer, gather
from sametask.verdict.layers.decision import decide
from sametask.verdict.task.learner import Seen
from sametask.weights.judged import VERDICT, Meeting, Network, judge

# Networks of the first split that are judged, sizes of each, and rows that maps are fitted on.
JUDGED, SIZES, FIT = 3, 8, 300
# Perturbations of every row, and their length in standard deviations of each input.
PERTURBED, STEP = 64, 0.01


@dataclass(frozen=True)
class Shrunken:
    """A network of an ensemble and what is left of it: so many neurons (``size``).

    ``meeting`` has the original first.
    """

    member: int
    size: int
    quality: float
    meeting: Meeting


def _network(stack: StackedPerceptron, member: int, activation: str) -> Network:
    """Return a network of a stack by itself."""
    widths = [stack.weights[0].shape[1], *(bias.shape[2] for bias in stack.biases)]
    return Network(stack.flattened()[member], biased_layers(widths), activation)


def _untrained(members: Members, seed: int) -> Network:
    """Return a network of the same shape with weights of its own that learned nothing."""
    random = torch.Generator().manual_seed(derived_seed(seed, "untrained network"))
    weights = drawn_weights(members.layers, random).double()
    return Network(weights, members.layers, members.activation)


def meetings(
    members: Members, rows: Rows, layer: int, method: str, sizes: list[int] | str, seed: int
) -> Iterator[Shrunken]:
    """Yield networks of the first split, and what is left of each, at several sizes.

    What is left is repaired in the last way of those that ``shrunk`` yields. The reference of a
    network is the next one of the ensemble; both sides have the same reference, and the same
    untrained network. Raises ``DataError`` if fewer than two networks are there.
    """
    known = original(members, rows, 0, layer, seed)
    count = len(known.rows)
    if count < 2:
        raise DataError("a shrunk network is judged beside another, but only one did not diverge")
    held = np.flatnonzero(rows.held_out[0])
    test, wanted = torch.from_numpy(rows.seen(0)[held]).double(), targets(rows, held)
    inputs = Seen(known.inputs[:FIT], test[:: -(-len(test) // (3 * FIT))])
    whole = [_network(known.stack, member, members.activation) for member in range(count)]
    untrained, numbers = _untrained(members, seed), _fewer(sizes_of(sizes, known.rows.shape[1]))
    for size, ways in zip(numbers.tolist(), shrunk(known, method, numbers, seed), strict=True):
        *_, stack = ways.values()
        quality = qualities(stack, test, wanted, rows.classified)
        for member in range(min(count, JUDGED)):
            beside = whole[(member + 1) % count], untrained
            left = _network(stack, member, members.activation)
            own = derived_seed(seed, f"network {member}")
            pair = (whole[member], *beside), (left, *beside)
            meeting = Meeting(*pair, inputs, own, rows.classified)
            yield Shrunken(member, size, float(quality[member]), meeting)


def _fewer(sizes: np.ndarray) -> np.ndarray:
    """Return at most ``SIZES`` of the sizes, evenly chosen, the last among them."""
    places = np.linspace(0, len(sizes) - 1, min(SIZES, len(sizes))).round().astype(int)
    return sizes[places]


def _layer(network: Network, inputs: Seen, noise: Tensor) -> Layer:
    """Return the last hidden layer of a network, also where its inputs are perturbed (N, M, d)."""
    near = network.hidden((inputs.fit[:, None] + noise).flatten(0, 1))
    return Layer(
        network.hidden(inputs.fit),
        network.hidden(inputs.test),
        near.unflatten(0, noise.shape[:2]),
    )


def layer_relation(meeting: Meeting) -> str:
    """Return the relation of the last hidden layers of two networks (``verdict.layers``)."""
    random = torch.Generator().manual_seed(meeting.seed)
    fit = meeting.inputs.fit
    drawn = torch.randn(len(fit), PERTURBED, fit.shape[1], generator=random, dtype=fit.dtype)
    noise = STEP * fit.std(dim=0) * drawn
    a, b = (_layer(side[0], meeting.inputs, noise) for side in (meeting.a, meeting.b))
    draws = resamples(VERDICT.resamples, len(meeting.inputs.test), meeting.seed)
    return decide(gather(a, b, draws, VERDICT), VERDICT)


def judged(shrunken: Shrunken) -> dict[str, Any]:
    """Return the verdicts on a network and what is left of it, as JSON values.

    ``task`` is the relation of their tasks, ``layer`` that of their last hidden layers.
    """
    found = judge(shrunken.meeting)
    return {
        "member": shrunken.member,
        "size": shrunken.size,
        "quality": shrunken.quality,
        "task": found["relation"],
        "task_share": found["similarities"]["task share"],
        "shares": found["shares"],
        "linear_cka": found["similarities"]["linear CKA"],
        "layer": layer_relation(shrunken.meeting),
    }
