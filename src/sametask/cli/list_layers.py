"""``sametask layers``: list the places of a network that can be measured."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from sametask.base.errors import ConfigError, nearest, quoted, reason
from sametask.cli.experiment_files import EXPERIMENTS

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from sametask.config import Network
    from sametask.networks.given import Given
    from sametask.networks.layers import LayerInfo

ABOUT = "List the layers of a network, to choose the ones to measure."
EXAMPLE = (
    "sametask layers digits/cnn\n  sametask layers sametask.examples.small_networks:mlp "
    "--arguments '{\"widths\": [1, 8, 1]}' --input-shape 1"
)
# Numbers of one input, at most.
LARGEST_INPUT = 10**8
# The mark of a place that can be measured but not replaced.
READ_ONLY = "read only"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("network", help="experiment/network, or package.module:function")
    parser.add_argument("--arguments", default="{}", help="arguments of the function, as JSON")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--input-shape", type=int, nargs="+", help="shape of one input: 1 8 8")
    shown.add_argument(
        "--inputs",
        help="a file of real inputs: .npy, or .npz with an array for each argument of the network, "
        "such as input_ids and attention_mask",
    )


def run(options: argparse.Namespace) -> None:
    """Print name, class, shape and neurons of every place; mark the measured ones."""
    # Imported here, so that --help does not wait for torch.
    from sametask.cli.json_text import read_json_mapping
    from sametask.networks import build, list_layers

    measured: Sequence[str] = ()
    inputs: np.ndarray | None = None
    if ":" in options.network:
        _require_factory(options)
        factory = options.network
        arguments = read_json_mapping("--arguments", options.arguments)
    else:
        configured, inputs = _configured(options.network)
        factory, arguments = configured.built_by["factory"], configured.built_by["arguments"]
        measured = configured.layers
    network = build(factory, arguments)
    _print_layers(list_layers(network, _given(options, network, inputs)), measured)


def _print_layers(layers: Sequence[LayerInfo], measured: Sequence[str]) -> None:
    from sametask.networks.places import numbered

    marked = set(map(numbered, measured))
    width = max([len("layer"), *(len(layer.name) for layer in layers)])
    print(f"  {'layer':{width}}  {'class':16}  {'shape':16}  neurons")
    for layer in layers:
        mark = "*" if numbered(layer.name) in marked else " "
        line = f"{mark} {layer.name:{width}}  {layer.kind:16}  {layer.shape!s:16}  {layer.neurons}"
        print(line if layer.replaceable else f"{line:{width + 48}}  {READ_ONLY}")
    if measured:
        print("* measured")
    if not all(layer.replaceable for layer in layers):
        print(
            f"{READ_ONLY}: the network's answer does not depend on it, so that no map leads to it"
        )
    for layer in layers:
        if layer.suggestion:
            print(f"suggested: {layer.name} ({layer.suggestion})")


def _given(options: argparse.Namespace, network: nn.Module, inputs: np.ndarray | None) -> Given:
    """Return what the network is given: the file, else inputs of the experiment, else zeros."""
    from sametask.activations.extract import to_network
    from sametask.inputs.fields import join_fields
    from sametask.networks import zeros_for

    if options.inputs is not None:
        arrays = _read_inputs(Path(options.inputs))
        if isinstance(arrays, dict):
            return to_network(network, join_fields(arrays))
        return to_network(network, arrays)
    if inputs is not None:
        return to_network(network, inputs)
    return zeros_for(network, options.input_shape)


def _read_inputs(path: Path) -> np.ndarray | dict[str, np.ndarray]:
    """Return the array of an .npy file, or the arrays of an .npz file by name."""
    import numpy as np

    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            arrays = loaded if isinstance(loaded, np.ndarray) else dict(loaded)
    except (ValueError, EOFError, BadZipFile) as error:
        raise ConfigError(
            f"--inputs: {path} is no .npy or .npz file of numbers: {reason(error)}"
        ) from error
    for name, array in arrays.items() if isinstance(arrays, dict) else [(path.name, arrays)]:
        if array.dtype.kind not in "biuf" or array.ndim == 0 or not len(array):
            raise ConfigError(
                f"--inputs: {name} has shape {array.shape} and {array.dtype}; valid: numbers, with "
                "the inputs along the first axis"
            )
    return arrays


def _require_factory(options: argparse.Namespace) -> None:
    """Raise ``ConfigError`` unless a factory is named, with inputs or the shape of one."""
    from sametask.config.sections.section import REFERENCE

    if not re.fullmatch(REFERENCE, options.network):
        raise ConfigError(f"{quoted(options.network)} is not package.module:function")
    shape = options.input_shape
    if shape is None and options.inputs is None:
        raise ConfigError(
            "--input-shape is needed for a factory, such as --input-shape 1 8 8, or --inputs with "
            "a file"
        )
    if shape is not None and (min(shape) < 1 or math.prod(shape) > LARGEST_INPUT):
        raise ConfigError(
            f"--input-shape: {quoted(shape)}; valid: numbers from 1 on, whose product is at most "
            f"{LARGEST_INPUT:,}"
        )


def _configured(key: str) -> tuple[Network, np.ndarray]:
    """Return the network named ``experiment/network`` and one of its inputs (1, …)."""
    from sametask.check.sample_trial import try_samples
    from sametask.config.experiments import Experiments
    from sametask.config.sections.network_sections import name_of_original
    from sametask.inputs import see

    experiments = Experiments(EXPERIMENTS)
    if key.count("/") != 1:
        raise ConfigError(
            f"{quoted(key)} is neither experiment/network nor package.module:function; "
            f"{nearest(key, experiments.select(lambda *_: True))}"
        )
    network, experiment = experiments.network(key), experiments.get(key.split("/")[0])
    drawn = try_samples(experiment).fit[name_of_original(key.split("/")[1])].inputs
    return network, see(drawn[:1], experiment.inputs, network.view)
