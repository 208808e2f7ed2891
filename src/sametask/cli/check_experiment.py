"""``sametask check``: try an experiment out without running it."""

from __future__ import annotations

import argparse
from pathlib import Path

from sametask.base.errors import ConfigError
from sametask.cli.experiment_files import EXPERIMENTS

ABOUT = "Try an experiment out without running it."
EXAMPLE = "sametask check scalar\n  sametask check config/config.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("config", help="name or file of an experiment, or config.yaml")


def run(options: argparse.Namespace) -> None:
    """Check one experiment, or all that a ``config.yaml`` names; print their sizes and notes."""
    # Imported here, so that --help does not wait for torch.
    from sametask.check import check_experiment
    from sametask.config.experiments import Experiments

    folder, names = _chosen(options.config)
    experiments = Experiments(folder)
    for name in names:
        experiment, path = experiments.get(name), experiments.path(name)
        notes = check_experiment(str(path), experiment)
        pairs, samples = len(experiment.pairs), experiment.samples
        print(
            f"{path} is fine: {len(experiment.networks)} networks, {pairs} pair"
            f"{'s' * (pairs > 1)}, {samples.fit:,} fit and {samples.test:,} test samples"
        )
        print("".join(f"  note: {note}\n" for note in notes), end="")


def _chosen(config: str) -> tuple[Path, list[str]]:
    """Return the folder of the experiments to check, and their names."""
    from sametask.config.experiments import Experiments
    from sametask.config.names import usable_path
    from sametask.config.yaml_file import read_yaml

    # For a path that no file can have, the error of the system would not name the argument.
    try:
        path = Path(usable_path(config))
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if path.suffix != ".yaml":
        path = EXPERIMENTS / f"{config}.yaml"
    if path.is_file() and "experiments" in (content := read_yaml(path)):
        folder = path.parent / "experiments"
        return folder, Experiments(folder).chosen(content, path)
    return path.parent, [path.stem]
