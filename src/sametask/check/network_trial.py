"""Try a network: build it, load its weights, and run passes of inputs."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import nn

from sametask.activations.extract import to_network
from sametask.activations.hooks import Pass, run_with_replaced
from sametask.activations.joining import join_layers
from sametask.activations.layout import Layout
from sametask.activations.values import finite, finite_answer
from sametask.base.errors import NetworkError
from sametask.check.builds import built, holds_the_same, require_same_builds
from sametask.check.checkpoint_trial import large_header, needs_numbers, shapes_of
from sametask.check.inside_trial import try_inside
from sametask.check.passes import Trial, require_alone, require_repeatable
from sametask.check.pretrained_trial import check_shapes, is_large, survey
from sametask.check.token_trial import require_padding_ignored, require_readable_tokens
from sametask.config import Network
from sametask.config.sections.sample_sections import Positions
from sametask.networks.given import rows
from sametask.networks.pretrained_weights import shapes_only

# The word for one of the inputs in messages.
TRIED = "tried sample"


def check_network(
    network: Network, inputs: np.ndarray, positions: Positions | None = None
) -> tuple[Layout, tuple[int, ...]]:
    """Build a network, load its checkpoint, and run passes of inputs (n, …).

    Returns the layout of its measured layers and the shape of one output.

    Raises ``NetworkError`` if the factory, the checkpoint, a layer, its axes, a neuron or the place
    of ``perturb`` is wrong; if the network does not accept the inputs; if its answer to an input
    depends on anything else; if it returns no real numbers; or if replaced layers have no effect.
    ``DataError`` if outputs are not finite; ``ConfigError`` if sequences cannot be cut into these
    slices. Of a large network with trained weights, only the shapes are tried (see
    ``checkpoint_trial``).
    """
    shapes = _shapes(network)
    if shapes is not None:
        require_readable_tokens(shapes[0], inputs)
        try:
            return check_shapes(network, shapes[1], inputs, positions)
        except NetworkError as error:
            # In full, it works or says what is wrong.
            if not needs_numbers(error):
                raise
    module, second = built(network), built(network)
    require_readable_tokens(module, inputs)
    # If two builds differ, ``require_same_builds`` raises the error.
    same = holds_the_same(module, second)
    seen = to_network(module, inputs)
    with torch.no_grad():
        trial = Trial.of(module, network.layers, seen, network.batch)
        first = require_repeatable(trial, second if same else None)
        chosen = network.layers, network.neurons, rows(seen, slice(0, 1)), network.axes
        layout = Layout.of(module, *chosen, positions.of if positions else None, network.pool)
        if network.perturb is not None:
            try_inside(module, network.perturb, first.outputs, seen)
        require_alone(trial, layout, first)
        require_padding_ignored(trial, first.answer)
        joined = join_layers(layout, list(first.outputs.values()), seen)
        finite(joined, layout, range(layout.total), 0, TRIED)
        finite_answer(first.answer, 0, TRIED)
        if layout.pool is None:
            _check_put_back(trial, first)
            _check_replaced(trial, first)
        require_same_builds(network, module, inputs)
    if positions is not None:
        layout = layout.sliced(positions.per_sample)
    return layout, tuple(first.answer.shape[1:])


def _shapes(network: Network) -> tuple[nn.Module, AbstractContextManager[nn.Module]] | None:
    """Return a large network, and a block in which its passes compute shapes, or ``None``."""
    surveyed = survey(network)
    if surveyed is not None:
        files, filled = surveyed
        passes = shapes_only(filled.network, network.dtype)
        return (filled.network, passes) if is_large(files) else None
    header = large_header(network)
    return None if header is None else shapes_of(network, header)


def _check_put_back(trial: Trial, first: Pass) -> None:
    """Refuse layers whose original outputs, put back, change the output of the network."""
    alone = ({name: output} for name, output in first.outputs.items())
    for originals in (*alone, first.outputs):
        answer = run_with_replaced(trial.network, originals, trial.inputs)
        if trial.unlike(first.answer, answer):
            raise NetworkError(
                f"layer {' + '.join(originals)!r}: with its own output put back, the network "
                "puts out something else, so that no map to it can be judged; measure another layer"
            )


def _check_replaced(trial: Trial, first: Pass) -> None:
    """Refuse a layer whose replaced output changes nothing: a map to it could not be judged.

    For example, a network may read the last state of a recurrent layer, but not the outputs, which
    are measured.
    """
    for name, output in first.outputs.items():
        scale = output.abs().max().clamp_min(1.0)
        other = output + scale * torch.randn_like(output)
        # Weights may still be zero, or a rectifier off: then only the graph shows what is read.
        with torch.enable_grad():
            answer = run_with_replaced(trial.network, {name: other.requires_grad_()}, trial.inputs)
        if torch.equal(answer, first.answer) and not _reads(answer, other):
            raise NetworkError(
                f"layer {name!r}: what the network puts out does not depend on what is measured "
                "of it (of a tuple, the first tensor, unless a part is named); measure another "
                "part of it or a later layer, or only read it: `pool`"
            )


def _reads(answer: torch.Tensor, replaced: torch.Tensor) -> bool:
    """Return whether an answer was computed from the replacement of a layer's output."""
    if not answer.requires_grad:
        return False
    try:
        ones = torch.ones_like(answer)
        return torch.autograd.grad(answer, replaced, ones, allow_unused=True)[0] is not None
    except RuntimeError:
        # An operation in place may have no derivative, but it has a graph.
        return True
