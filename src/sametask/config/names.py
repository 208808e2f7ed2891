"""Valid names of experiments and networks, and valid paths, for files, Snakemake and commands.

The results of an experiment are in ``results/{experiment}``; those of its networks are in folders
with their names, those of pairs in ``{a}-{b}``.
"""

from __future__ import annotations

import os
import re
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from sametask.base.errors import ConfigError, quoted

# A folder of a pair, with two such names and an ending, is still valid in file systems.
LONGEST = 80
# A leading hyphen would be an option; characters of patterns and commands are left out.
EXPERIMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
# No hyphen, so that a-b names one pair.
NETWORK = r"[a-z][a-z0-9_]*"
# Snakemake takes a name that ends in twenty repetitions for a loop of rules.
REPETITIVE = re.compile(r"(.+)\1{19}$")
# Other folders of the workflow beside those of experiments, and beside those of networks.
KEPT_FROM_EXPERIMENTS = (
    "same-task", "same-task-small", "task-zoo", "task-zoo-small", "sentences", "sentences-small",
    "spoken", "spoken-small", "populations", "ensembles", "logs", "benchmarks",
)  # fmt: skip
KEPT_FROM_NETWORKS = ("figures", "logs", "benchmarks")
# Snakemake replaces names in braces.
UNUSABLE = re.compile(r"[{}\x00-\x1f\x7f]")
LONGEST_PATH, LONGEST_PART = 1000, 255


def _fault(name: str, kept: tuple[str, ...]) -> str | None:
    """Return what is wrong with a name of valid characters, or ``None``."""
    if len(name) > LONGEST:
        return f"{len(name)} letters; a name has at most {LONGEST}"
    if REPETITIVE.search(name):
        return "Snakemake takes no name that ends in twenty repetitions"
    if name in kept:
        return f"the workflow keeps {', '.join(kept)} for itself; choose another name"
    return None


def fault_of_experiment_name(name: str) -> str | None:
    """Return why no experiment can have a name, or ``None``."""
    if not EXPERIMENT.fullmatch(name):
        return (
            "letters a to z, digits, hyphen (not the first) and underscore make a name, which is "
            "that of its file without .yaml"
        )
    return _fault(name, KEPT_FROM_EXPERIMENTS)


def require_experiment_name(name: str) -> None:
    """Raise ``ConfigError`` for a name that no experiment can have."""
    fault = fault_of_experiment_name(name)
    if fault:
        raise ConfigError(f"{quoted(name)} names no experiment: {fault}")


def _network_name(name: str) -> str:
    if not re.fullmatch(NETWORK, name):
        raise ValueError(
            f"{quoted(name)} names no network: small letters a to z (the first), digits and "
            "underscore make a name"
        )
    fault = _fault(name, KEPT_FROM_NETWORKS)
    if fault:
        raise ValueError(f"{quoted(name)} names no network: {fault}")
    return name


def usable_path(path: str) -> str:
    """Return a path in the form that rules need; ``ValueError`` if they cannot take it."""
    unusable = UNUSABLE.search(path)
    if unusable:
        raise ValueError(
            f"{quoted(path)} holds {quoted(unusable.group())}, which Snakemake takes in no path; "
            "rename the file"
        )
    longest = max(len(os.fsencode(part)) for part in path.split("/"))
    if len(path) > LONGEST_PATH or longest > LONGEST_PART:
        raise ValueError(f"{quoted(path)} is longer than a path can be")
    # Snakemake does not find paths with two slashes in a row.
    return re.sub("//+", "/", path)


NetworkName = Annotated[
    str,
    AfterValidator(_network_name),
    WithJsonSchema({"type": "string", "pattern": f"^{NETWORK}$", "maxLength": LONGEST}),
]
FilePath = Annotated[str, Field(min_length=1), AfterValidator(usable_path)]
