"""What an experiment names that a rule of the workflow makes, such as the sentences.

It stands in the folder of the results. Before it is made, nothing that follows from it can be
tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sametask.config import Experiment
from sametask.config.sections.data_set_sections import Splits

RESULTS = "results"


def is_made(path: str) -> bool:
    """Return whether rules make what has this path."""
    return Path(path).parts[:1] == (RESULTS,)


def unmade(experiment: Experiment) -> dict[str, str]:
    """Return the keys of an experiment that name what rules make and have not made yet, by path."""
    named: dict[str, str] = {}
    if isinstance(experiment.inputs, Splits):
        named["inputs.source"] = experiment.inputs.source
    for key, network in experiment.networks.items():
        if network.pretrained:
            named[f"networks.{key}.pretrained.source"] = network.pretrained.source
        for name, value in network.view.arguments.items() if network.view else ():
            if isinstance(value, str):
                named[f"networks.{key}.view.arguments.{name}"] = value
    missing = {key: path for key, path in named.items() if is_made(path)}
    return {key: path for key, path in missing.items() if not Path(path).exists()}


def describe_unmade(missing: Mapping[str, str]) -> str:
    """Return a sentence for the user on what is not made yet."""
    paths = list(dict.fromkeys(missing.values()))
    return (
        f"{', '.join(missing)}: made by the workflow and not here yet, so that samples and "
        f"networks were not tried; after `snakemake --cores all {' '.join(paths)}` they can be"
    )
