"""Try out one network: build it, load its weights, and send inputs through it."""

from __future__ import annotations

import numpy as np
import torch

from sametask.activations.extract import to_network
from sametask.activations.hooks import Pass, run_with_replaced
from sametask.activations.layout import Layout
from sametask.activations.values import finite, finite_answer
from sametask.base.errors import NetworkError
from sametask.check.builds import built, holds_the_same, require_same_builds
from sametask.check.passes import Trial, require_alone, require_repeatable
from sametask.config import Network
from sametask.config.sections.sample_sections import Positions

# How messages call one of the inputs that are tried.
TRIED = "tried sample"


def check_network(
    network: Network, inputs: np.ndarray, positions: Positions | None = None
) -> tuple[Layout, tuple[int, ...]]:
    """Build a network, load its checkpoint, and send inputs (n, …) through it.

    Returns the layout of its measured layers and the shape of one output.

    Raises ``NetworkError`` if the factory, the checkpoint, a layer, its axes or a neuron is wrong,
    the network does not accept such inputs, its passes are not a function of each of them alone,
    it puts out no real numbers, or does not go on from what replaces its layers; ``DataError`` if
    what it puts out is not finite; ``ConfigError`` if sequences cannot be cut like this.
    """
    module, anew = built(network), built(network)
    # What two builds do not have in common is told by ``require_same_builds``.
    same = holds_the_same(module, anew)
    seen = to_network(module, inputs)
    with torch.no_grad():
        trial = Trial.of(module, network.layers, seen, network.batch)
        first = require_repeatable(trial, anew if same else None)
        chosen = network.layers, network.neurons, seen[:1], network.axes
        layout = Layout.of(module, *chosen, sequence=positions is not None)
        require_alone(trial, layout, first)
        joined = layout.join(list(first.outputs.values()))
        finite(joined, layout, range(layout.total), 0, TRIED)
        finite_answer(first.answer, 0, TRIED)
        _check_put_back(trial, first)
        _check_replaced(trial, first)
        require_same_builds(network, module, inputs)
    if positions is not None:
        layout = layout.sliced(positions.per_sample)
    return layout, tuple(first.answer.shape[1:])


def _check_put_back(trial: Trial, first: Pass) -> None:
    """Refuse layers whose own outputs, put back, change what the network puts out."""
    alone = ({name: output} for name, output in first.outputs.items())
    for own in (*alone, first.outputs):
        found = run_with_replaced(trial.network, own, trial.inputs)
        if trial.unlike(first.answer, found):
            raise NetworkError(
                f"layer {' + '.join(own)!r}: with its own output put back, the network puts out "
                "something else, so that no map to it can be judged; measure another layer"
            )


def _check_replaced(trial: Trial, first: Pass) -> None:
    """Refuse a layer whose replaced output changes nothing: a map to it could not be judged.

    As where a network reads the last state of a recurrent layer, which stands behind the outputs
    that are measured.
    """
    for name, output in first.outputs.items():
        scale = output.abs().max().clamp_min(1.0)
        other = output + scale * torch.randn_like(output)
        # Weights may yet be zero, or a rectifier off: then only the graph knows what is read.
        with torch.enable_grad():
            found = run_with_replaced(trial.network, {name: other.requires_grad_()}, trial.inputs)
        if torch.equal(found, first.answer) and not _reads(found, other):
            raise NetworkError(
                f"layer {name!r}: what the network puts out does not depend on what is measured "
                "of it (of a layer that puts out a tuple, its first tensor); measure a layer behind"
            )


def _reads(answer: torch.Tensor, replaced: torch.Tensor) -> bool:
    """Return whether an answer was computed from what replaced a layer's output."""
    if not answer.requires_grad:
        return False
    try:
        ones = torch.ones_like(answer)
        return torch.autograd.grad(answer, replaced, ones, allow_unused=True)[0] is not None
    except RuntimeError:
        # What works in place need not have a derivative, but a graph it has.
        return True
