"""The command line: read a verdict, list layers, check an experiment, start a new one."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sametask.base.errors import LONGEST, ConfigError, SametaskError, nearest, one_line, quoted
from sametask.cli.terminal import speak_plainly

if TYPE_CHECKING:
    from sametask.config import Network

EXPERIMENTS = Path("config/experiments")
TEMPLATE = Path(__file__).with_name("new_experiment.yaml")
# Numbers of one input, at most.
LARGEST_INPUT = 10**8


def _verdict(given: argparse.Namespace) -> None:
    # Only here: neither reading verdicts nor --help should wait for torch.
    from sametask.cli.verdict_text import matrix, read_verdicts, told

    # Names of networks have no hyphen, so that `a b` and `a-b` mean one pair.
    verdicts = read_verdicts(Path(given.results), "-".join(given.pair) or None)
    if given.json:
        print(json.dumps(verdicts, indent=2))
        return
    networks = {network["name"] for one in verdicts for network in one["networks"].values()}
    if len(networks) > 2:
        print(matrix(verdicts), end="\n\n")
    print("\n\n".join(map(told, verdicts)))


def _layers(given: argparse.Namespace) -> None:
    from sametask.cli.json_text import read_json_mapping
    from sametask.networks import build, list_layers

    measured: Sequence[str] = ()
    if ":" in given.network:
        factory, shape = given.network, _shape(given)
        arguments = read_json_mapping("--arguments", given.arguments)
    else:
        network, shape = _configured(given.network)
        factory, arguments, measured = network.factory, network.arguments, network.layers
    layers = list_layers(build(factory, arguments), shape)
    width = max([len("layer"), *(len(layer.name) for layer in layers)])
    print(f"  {'layer':{width}}  {'class':16}  {'output shape':16}  neurons")
    for layer in layers:
        mark = "*" if {layer.name, f"{layer.name}#1"} & set(measured) else " "
        print(f"{mark} {layer.name:{width}}  {layer.kind:16}  {layer.shape!s:16}  {layer.neurons}")
    if measured:
        print("* measured")


def _shape(given: argparse.Namespace) -> Sequence[int]:
    """Return the shape of one input that is given beside a factory."""
    from sametask.config.section import REFERENCE

    if not re.fullmatch(REFERENCE, given.network):
        raise ConfigError(f"{quoted(given.network)} is not package.module:function")
    shape = given.input_shape
    if shape is None:
        raise ConfigError("--input-shape is needed for a factory, such as --input-shape 1 8 8")
    if min(shape) < 1 or math.prod(shape) > LARGEST_INPUT:
        raise ConfigError(
            f"--input-shape: {quoted(shape)}; valid: numbers from 1 on, whose product is at most "
            f"{LARGEST_INPUT:,}"
        )
    return shape


def _configured(key: str) -> tuple[Network, tuple[int, ...]]:
    """Return the network behind ``experiment/network`` and the shape of one of its inputs."""
    from sametask.check.sample_trial import try_samples
    from sametask.config.experiments import Experiments
    from sametask.config.network_sections import UNTRAINED
    from sametask.inputs import see

    experiments = Experiments(EXPERIMENTS)
    if key.count("/") != 1:
        raise ConfigError(
            f"{quoted(key)} is neither experiment/network nor package.module:function; "
            f"{nearest(key, experiments.select(lambda *_: True))}"
        )
    network, experiment = experiments.network(key), experiments.get(key.split("/")[0])
    drawn = try_samples(experiment).fit[key.split("/")[1].removesuffix(UNTRAINED)].inputs
    return network, see(drawn[:1], experiment.inputs, network.view).shape[1:]


def _check(given: argparse.Namespace) -> None:
    from sametask.check import check_experiment
    from sametask.config.experiments import Experiments
    from sametask.config.names import usable_path
    from sametask.config.yaml_file import read_yaml

    # A path that no file can have would end in an error of the system.
    try:
        path = Path(usable_path(given.config))
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if path.suffix != ".yaml":
        path = EXPERIMENTS / f"{given.config}.yaml"
    names, folder = [path.stem], path.parent
    if path.is_file() and "experiments" in (content := read_yaml(path)):
        folder = path.parent / "experiments"
        names = Experiments(folder).chosen(content, path)
    experiments = Experiments(folder)
    for name in names:
        found = experiments.get(name)
        notes = check_experiment(str(experiments.path(name)), found)
        print(
            f"{experiments.path(name)} is fine: {len(found.networks)} networks, "
            f"{len(found.pairs)} pair{'s' * (len(found.pairs) > 1)}, {found.samples.fit:,} fit and "
            f"{found.samples.test:,} test samples"
        )
        print("".join(f"  note: {note}\n" for note in notes), end="")


def _new(given: argparse.Namespace) -> None:
    from sametask.config.names import require_experiment_name

    require_experiment_name(given.name)
    path = EXPERIMENTS / f"{given.name}.yaml"
    if not path.parent.is_dir():
        raise ConfigError(f"no folder {path.parent} here; run this at the top of the project")
    if path.exists():
        raise ConfigError(f"{path}: exists already; choose another name")
    path.write_bytes(TEMPLATE.read_bytes())
    print(f"Wrote {path}. Then:\n  sametask check {given.name}")
    print(f"  snakemake --cores all results/{given.name}/report.html")


COMMANDS = {
    "verdict": (
        _verdict,
        "Read the verdicts of an experiment.",
        "sametask verdict results/scalar\n  sametask verdict results/scalar shallow deep",
    ),
    "layers": (
        _layers,
        "List the layers of a network, to choose the ones to measure.",
        "sametask layers digits/cnn\n  sametask layers sametask.examples.small_networks:mlp "
        "--arguments '{\"widths\": [1, 8, 1]}' --input-shape 1",
    ),
    "check": (
        _check,
        "Try an experiment out without running it.",
        "sametask check scalar\n  sametask check config/config.yaml",
    ),
    "new": (_new, "Write a commented experiment to start from.", "sametask new mine"),
}


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="sametask",
        description="Have two neural networks learned the same task?",
        epilog="example:\n  sametask verdict results/scalar",
        formatter_class=raw,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    added = {}
    for name, (run, about, example) in COMMANDS.items():
        added[name] = commands.add_parser(
            name, help=about, description=about, epilog=f"example:\n  {example}",
            formatter_class=raw,
        )  # fmt: skip
        added[name].set_defaults(run=run)
    added["verdict"].add_argument("results", help="folder of an experiment: results/scalar")
    added["verdict"].add_argument("pair", nargs="*", help="one pair only: shallow-deep")
    added["verdict"].add_argument("--json", action="store_true", help="print what is stored")
    added["layers"].add_argument("network", help="experiment/network, or package.module:function")
    added["layers"].add_argument("--arguments", default="{}", help="of the function, as JSON")
    added["layers"].add_argument("--input-shape", type=int, nargs="+", help="of one input")
    added["check"].add_argument("config", help="an experiment's name or file, or config.yaml")
    added["new"].add_argument("name", help="name of the experiment")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; an error is one line and exit status 1."""
    speak_plainly()
    given = _parser().parse_args(arguments)
    try:
        given.run(given)
    except (SametaskError, OSError) as error:
        sys.exit(f"sametask: error: {one_line(str(error), LONGEST)}")
