"""``sametask layers``: list the layers of a network."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sametask.base.errors import ConfigError, nearest, quoted
from sametask.cli.experiment_files import EXPERIMENTS

if TYPE_CHECKING:
    from sametask.config import Network
    from sametask.networks.layers import LayerInfo

ABOUT = "List the layers of a network, to choose the ones to measure."
EXAMPLE = (
    "sametask layers digits/cnn\n  sametask layers sametask.examples.small_networks:mlp "
    "--arguments '{\"widths\": [1, 8, 1]}' --input-shape 1"
)
# Numbers of one input, at most.
LARGEST_INPUT = 10**8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("network", help="experiment/network, or package.module:function")
    parser.add_argument("--arguments", default="{}", help="arguments of the function, as JSON")
    parser.add_argument("--input-shape", type=int, nargs="+", help="shape of one input: 1 8 8")


def run(options: argparse.Namespace) -> None:
    """Print name, class, output shape and neurons of every layer; mark the measured ones."""
    # Imported here, so that --help does not wait for torch.
    from sametask.cli.json_text import read_json_mapping
    from sametask.networks import build, list_layers

    measured: Sequence[str] = ()
    if ":" in options.network:
        factory, shape = options.network, _given_shape(options)
        arguments = read_json_mapping("--arguments", options.arguments)
    else:
        network, shape = _configured(options.network)
        factory, arguments = network.built_by["factory"], network.built_by["arguments"]
        measured = network.layers
    _print_layers(list_layers(build(factory, arguments), shape), measured)


def _print_layers(layers: Sequence[LayerInfo], measured: Sequence[str]) -> None:
    width = max([len("layer"), *(len(layer.name) for layer in layers)])
    print(f"  {'layer':{width}}  {'class':16}  {'output shape':16}  neurons")
    for layer in layers:
        mark = "*" if {layer.name, f"{layer.name}#1"} & set(measured) else " "
        print(f"{mark} {layer.name:{width}}  {layer.kind:16}  {layer.shape!s:16}  {layer.neurons}")
    if measured:
        print("* measured")


def _given_shape(options: argparse.Namespace) -> Sequence[int]:
    """Return the shape of one input, which has to be given beside a factory."""
    from sametask.config.sections.section import REFERENCE

    if not re.fullmatch(REFERENCE, options.network):
        raise ConfigError(f"{quoted(options.network)} is not package.module:function")
    shape = options.input_shape
    if shape is None:
        raise ConfigError("--input-shape is needed for a factory, such as --input-shape 1 8 8")
    if min(shape) < 1 or math.prod(shape) > LARGEST_INPUT:
        raise ConfigError(
            f"--input-shape: {quoted(shape)}; valid: numbers from 1 on, whose product is at most "
            f"{LARGEST_INPUT:,}"
        )
    return shape


def _configured(key: str) -> tuple[Network, tuple[int, ...]]:
    """Return the network named ``experiment/network`` and the shape of one of its inputs."""
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
    return network, see(drawn[:1], experiment.inputs, network.view).shape[1:]
