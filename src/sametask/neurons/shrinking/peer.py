"""The order in which torch-pruning leaves neurons out: a peer (Fang et al., CVPR 2023)."""

from __future__ import annotations

import warnings
from importlib import import_module

import torch
from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.neurons.shrinking.original import Original


def by_group_norm(original: Original) -> Tensor:
    """Return the order (n, K) by the norm of each group: the weights into and out of a neuron.

    Raises ``DataError`` if torch-pruning is not installed.
    """
    try:
        pruning = import_module("torch_pruning")
    except ImportError as error:
        raise DataError(
            "the method torch-pruning needs the package torch-pruning: pip install "
            "'sametask[pruning]', or leave it out of neurons.shrink.methods"
        ) from error
    importance = pruning.importance.GroupMagnitudeImportance(p=2)
    place = 2 * (original.layer - 1)
    found = []
    for member in range(len(original.rows)):
        network = original.stack.member(member).requires_grad_(True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = pruning.DependencyGraph().build_dependency(network, original.inputs[:1])
        layer = network[place]
        neurons = list(range(layer.out_features)) if isinstance(layer, nn.Linear) else []
        group = graph.get_pruning_group(layer, pruning.prune_linear_out_channels, neurons)
        found.append(importance(group).detach())
    return torch.stack(found).argsort(dim=-1, descending=True, stable=True)
