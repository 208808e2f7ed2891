"""Try out one network: build it, load its weights, and send inputs through it."""

from __future__ import annotations

import numpy as np
import torch

from sametask.activations import Layout, record, run_with_replaced, to_network
from sametask.check.builds import TRIED, built, require_same_builds
from sametask.config import Network
from sametask.config.inputs import Positions
from sametask.errors import NetworkError, SametaskError, reason


def check_network(
    network: Network, inputs: np.ndarray, positions: Positions | None = None
) -> tuple[Layout, tuple[int, ...]]:
    """Build a network, load its checkpoint, and send inputs through it.

    Returns the layout of its measured layers and the shape of one output.

    Raises ``NetworkError`` if the factory, the checkpoint, a layer, its axes or a neuron is wrong,
    the network does not accept such an input, or does not go on from what replaces its layers;
    ``ConfigError`` if sequences cannot be cut like this.
    """
    module = built(network)
    require_same_builds(network, module, inputs[:TRIED])
    example = to_network(module, inputs[:1])
    try:
        with torch.no_grad():
            chosen = network.layers, network.neurons, example, network.axes
            layout = Layout.of(module, *chosen, sequence=positions is not None)
            answer = module(example)
            if isinstance(answer, torch.Tensor):
                _check_replaced(module, layout, example, answer)
    except SametaskError:
        raise
    except Exception as error:
        kind = f"{tuple(example.shape[1:])} of {example.dtype}"
        raise NetworkError(f"does not accept samples of shape {kind}: {reason(error)}") from error
    if not isinstance(answer, torch.Tensor):
        raise NetworkError(f"puts out a {type(answer).__name__}, not one tensor")
    if positions is not None:
        layout = layout.sliced(positions.per_sample)
    return layout, tuple(answer.shape[1:])


def _check_replaced(
    module: torch.nn.Module, layout: Layout, example: torch.Tensor, answer: torch.Tensor
) -> None:
    """Refuse a layer whose replaced output changes nothing: a map to it could not be judged.

    As where a network reads the last state of a recurrent layer, which stands behind the outputs
    that are measured.
    """
    outputs = record(module, layout.layers, example)
    for name, output in zip(layout.layers, outputs, strict=True):
        scale = output.abs().max().clamp_min(1.0)
        other = output + scale * torch.randn_like(output)
        # Weights may yet be zero, or a rectifier off: then only the graph knows what is read.
        with torch.enable_grad():
            found = run_with_replaced(module, {name: other.requires_grad_()}, example)
        if torch.equal(found, answer) and not _reads(found, other):
            raise NetworkError(
                f"layer {name!r}: what the network puts out does not depend on what is measured "
                "of it (of a layer that puts out a tuple, its first tensor); measure a layer behind"
            )


def _reads(answer: torch.Tensor, replaced: torch.Tensor) -> bool:
    """Return whether an answer was computed from what replaced a layer's output."""
    if not answer.requires_grad:
        return False
    ones = torch.ones_like(answer)
    return torch.autograd.grad(answer, replaced, ones, allow_unused=True)[0] is not None
