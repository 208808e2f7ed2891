"""Try a pretrained network by the headers of its files, and a large one by its shapes alone.

Nothing here reads weights, so that a network of many gigabytes is tried on any machine.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import nn

from sametask.activations.extract import to_network
from sametask.activations.hooks import observe
from sametask.activations.layout import Layout
from sametask.activations.values import require_answer
from sametask.check.builds import holds_the_same, initial
from sametask.check.checkpoint_trial import LARGEST, large_header
from sametask.check.inside_trial import place_inside
from sametask.config import Network
from sametask.config.sections.pretrained_section import Pretrained
from sametask.config.sections.sample_sections import Positions
from sametask.networks.given import count, rows
from sametask.networks.pretrained import Recipe
from sametask.networks.pretrained_weights import Filled, as_built, without_weights
from sametask.storage.hub import WITHOUT_WEIGHTS, cached_folder, downloaded_folder, local_folder
from sametask.storage.pretrained_files import (
    PretrainedFiles,
    has_weights,
    read_configuration,
)
from sametask.storage.weight_headers import count_numbers

OWN_WEIGHTS = (
    "its factory gives it the same weights every time, so that an untrained copy is the network "
    "itself and no control; name the network as `pretrained`, give its weights as `checkpoint`, or "
    "leave untrained out of verdict.controls"
)


def _files_of(section: Pretrained, network: Network) -> PretrainedFiles:
    """Return the files of a pretrained network, by their headers.

    If the weights of an id of the hub are not here yet, their shapes are those that the network
    needs, and ``weights`` is empty. Only its configuration is then downloaded.
    """
    named = section.source, section.revision
    folder = local_folder(*named)
    if folder is not None:
        return PretrainedFiles.of(folder)
    folder = cached_folder(*named)
    if folder is None or not has_weights(folder):
        never = section.download == "never"
        folder = downloaded_folder(*named, never, WITHOUT_WEIGHTS)
        if not never and not has_weights(folder):
            configuration = read_configuration(folder)
            how = network.arguments, section.generated_by
            return as_built(folder, Recipe.of(section.class_name, configuration, *how))
    return PretrainedFiles.of(folder)


def survey(network: Network) -> tuple[PretrainedFiles, Filled] | None:
    """Return the files of a pretrained network, and the network with zeros for weights.

    ``None`` for a network with a factory. Raises ``NetworkError`` for files or a class that cannot
    be used.
    """
    section = network.pretrained
    if section is None:
        return None
    files = _files_of(section, network)
    how = section.class_name, network.arguments, section.generated_by
    return files, without_weights(files, *how)


def is_large(files: PretrainedFiles) -> bool:
    """Return whether a network is tried by its shapes alone: it is large, or not here yet."""
    return files.numbers > LARGEST or not files.weights


def describe_weights(network: Network, has_untrained: bool) -> list[str]:
    """Return sentences on a network's weights that the user should know.

    ``has_untrained`` says whether untrained copies are controls. Raises the errors of ``survey``.
    """
    surveyed = survey(network)
    if surveyed is None and (header := large_header(network)) is not None:
        return [_unread(count_numbers(header))]
    if surveyed is None:
        same = network.has_own_weights and holds_the_same(initial(network, 0), initial(network, 1))
        return [OWN_WEIGHTS] if same and has_untrained else []
    files, filled = surveyed
    notes = [filled.network_lacks()] if filled.unexpected else []
    if not files.weights:
        notes.append("its weights are not in the cache of the hub yet; a job downloads them")
    if is_large(files):
        notes.append(_unread(files.numbers))
    return notes


def _unread(numbers: int) -> str:
    return (
        f"of its {numbers:,} numbers none is read: only the shapes of its layers are tried, unless "
        "its code asks for numbers"
    )


def check_shapes(
    network: Network,
    passes: AbstractContextManager[nn.Module],
    inputs: np.ndarray,
    positions: Positions | None,
) -> tuple[Layout, tuple[int, ...]]:
    """Return the layout of a network's layers and the shape of one output, as ``check_network``.

    In a block of ``passes`` they compute shapes, but no numbers. Raises ``NetworkError`` if a
    layer, its axes or a neuron is wrong, or if the network does not accept the inputs.
    """
    with passes as module, torch.no_grad():
        seen = to_network(module, inputs)
        chosen = network.layers, network.neurons, rows(seen, slice(0, 1)), network.axes
        layout = Layout.of(module, *chosen, positions.of if positions else None, network.pool)
        if network.perturb is not None:
            place_inside(module, network.perturb, seen)
        answer = require_answer(observe(module, network.layers, seen).answer, count(seen))
    if positions is not None:
        layout = layout.sliced(positions.per_sample)
    return layout, tuple(answer.shape[1:])
