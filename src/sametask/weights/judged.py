"""Ask of two dense networks whether they learned the same task, by what they compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from sametask.config.sections.stage_sections import Verdict
from sametask.networks.nonlinearities import nonlinearity
from sametask.populations.layout import LayerWeights
from sametask.statistics.similarity import linear_cka
from sametask.statistics.variance import resamples
from sametask.verdict.task.decision import decide, shares, smallest
from sametask.verdict.task.evidence import RESAMPLES, gather
from sametask.verdict.task.learner import Copy, Learner, Seen
from sametask.weights.models import forward_dense

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
    """Two networks that are compared on inputs, and the seed of what is drawn for that.

    If they ``classify``, their outputs are scores of classes.
    """

    a: Three
    b: Three
    inputs: Seen
    seed: int
    classify: bool = True


def _copy(network: Network, inputs: Seen) -> Copy:
    layer = Seen(network.hidden(inputs.fit), network.hidden(inputs.test))
    return Copy(layer, Seen(network.outputs(layer.fit), network.outputs(layer.test)))


def learner(networks: Three, inputs: Seen, classifies: bool) -> Learner:
    """Return what the evidence needs of a network, with its reference and an untrained one."""
    itself, reference, untrained = (_copy(network, inputs) for network in networks)
    return Learner(
        layer=itself.layer,
        whole=itself.layer.fit,
        back=networks[0].outputs,
        inputs=inputs,
        outputs=itself.outputs,
        classifies=classifies,
        untrained=untrained,
        reference=reference,
    )


def judge(meeting: Meeting) -> dict[str, Any]:
    """Return the ``relation`` of two networks' tasks, and how similar they are.

    ``shares`` are task shares by direction and place. Of the ``similarities``, ``task share`` is
    the smallest share, see ``decision.smallest``, and ``linear CKA`` that of the hidden layers on
    held-out inputs.
    """
    a, b = (
        learner(networks, meeting.inputs, meeting.classify) for networks in (meeting.a, meeting.b)
    )
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
