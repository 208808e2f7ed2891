"""Names of experiments and networks, and paths: what files, Snakemake and commands can take.

Results of an experiment stand in ``results/{experiment}``, of its networks in folders of their
names, of pairs in ``{a}-{b}``.
"""

from __future__ import annotations

import os
import re
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from sametask.base.errors import ConfigError, quoted

# A pair of two such names, and what is appended to it, is still a name that file systems take.
LONGEST = 80
# A hyphen in front would be read as an option; what else stands in a pattern or a command is out.
EXPERIMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
# Without hyphen, so that a-b is one pair.
NETWORK = r"[a-z][a-z0-9_]*"
# Snakemake takes a name that ends in twenty repetitions for a loop among rules.
REPETITIVE = re.compile(r"(.+)\1{19}$")
# Folders that the workflow makes beside those of experiments, and of networks.
KEPT_FROM_EXPERIMENTS = ("same-task", "same-task-small", "logs", "benchmarks")
KEPT_FROM_NETWORKS = ("figures", "logs", "benchmarks")
# Snakemake fills in what stands in braces.
UNUSABLE = re.compile(r"[{}\x00-\x1f\x7f]")
LONGEST_PATH, LONGEST_PART = 1000, 255


def _fault(name: str, kept: tuple[str, ...]) -> str | None:
    """Say what is wrong with a name of the right letters, if anything is."""
    if len(name) > LONGEST:
        return f"{len(name)} letters; a name has at most {LONGEST}"
    if REPETITIVE.search(name):
        return "Snakemake takes no name that ends in twenty repetitions"
    if name in kept:
        return f"the workflow keeps {', '.join(kept)} for itself; choose another name"
    return None


def fault_of_experiment_name(name: str) -> str | None:
    """Say why no experiment can have a name, if none can."""
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
    """Return a path as every rule can take it; raise ``ValueError`` for one that none can."""
    found = UNUSABLE.search(path)
    if found:
        raise ValueError(
            f"{quoted(path)} holds {quoted(found.group())}, which Snakemake takes in no path; "
            "rename the file"
        )
    longest = max(len(os.fsencode(part)) for part in path.split("/"))
    if len(path) > LONGEST_PATH or longest > LONGEST_PART:
        raise ValueError(f"{quoted(path)} is longer than a path can be")
    # Snakemake does not find what has two slashes in a row.
    return re.sub("//+", "/", path)


NetworkName = Annotated[
    str,
    AfterValidator(_network_name),
    WithJsonSchema({"type": "string", "pattern": f"^{NETWORK}$", "maxLength": LONGEST}),
]
FilePath = Annotated[str, Field(min_length=1), AfterValidator(usable_path)]
