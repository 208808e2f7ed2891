"""``sametask new``: write a commented experiment to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

from sametask.base.errors import ConfigError
from sametask.cli.experiment_files import EXPERIMENTS

ABOUT = "Write a commented experiment to start from."
EXAMPLE = "sametask new mine"
TEMPLATE = Path(__file__).with_name("new_experiment.yaml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("name", help="name of the experiment")


def run(options: argparse.Namespace) -> None:
    """Write the file of the experiment, and print what to do next."""
    from sametask.config.names import require_experiment_name

    require_experiment_name(options.name)
    path = EXPERIMENTS / f"{options.name}.yaml"
    if not path.parent.is_dir():
        raise ConfigError(f"no folder {path.parent} here; run this at the top of the project")
    if path.exists():
        raise ConfigError(f"{path}: exists already; choose another name")
    path.write_bytes(TEMPLATE.read_bytes())
    print(f"Wrote {path}. Then:\n  sametask check {options.name}")
    print(f"  snakemake --cores all results/{options.name}/report.html")
