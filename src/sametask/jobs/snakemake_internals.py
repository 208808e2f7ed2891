"""All uses of Snakemake that its documentation does not cover.

Every function takes the ``workflow`` object of a Snakefile. Any release of Snakemake may change
what they rely on; ``tests/test_snakemake_internals.py`` fails then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class _Forced(set):
    """The outputs that Snakemake must make again: those of ``--forcerun`` and ``wanted``.

    Snakemake calls ``isdisjoint`` with the outputs of each job that it plans.
    """

    def __init__(self, named: Iterable[str], wanted: Callable[[str], bool]) -> None:
        super().__init__(named)
        self._wanted = wanted

    def isdisjoint(self, outputs: Iterable[Any]) -> bool:
        """Return whether none of these outputs must be made again; all are checked."""
        outputs = list(outputs)
        wanted = [output for output in outputs if self._wanted(output)]
        return super().isdisjoint(outputs) and not wanted


def force(workflow: Any, wanted: Callable[[str], bool]) -> None:
    """Make Snakemake produce every planned output again for which ``wanted`` is true.

    It is called while jobs are planned, for example from an input function. A second call changes
    nothing.
    """
    if not isinstance(workflow.dag.forcefiles, _Forced):
        workflow.dag.forcefiles = _Forced(workflow.dag.forcefiles, wanted)


def is_first_process(workflow: Any) -> bool:
    """Return whether this process plans the jobs; jobs read the Snakefile in their own."""
    return workflow.is_main_process


def only_touches(workflow: Any) -> bool:
    """Return whether this run (``--touch``) makes nothing and only marks outputs as new."""
    return workflow.touch


def only_plans(workflow: Any) -> bool:
    """Return whether this run (``--dry-run``) only says which jobs there would be."""
    return workflow.dryrun


def by_conda(workflow: Any) -> bool:
    """Return whether jobs run in the conda environments of their rules."""
    from snakemake.settings.types import DeploymentMethod

    return DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method


def was_made(workflow: Any, output: str) -> bool:
    """Return whether Snakemake has a record of a finished output, even if it is gone."""
    from snakemake.io import IOFile

    return workflow.persistence.metadata(IOFile(output)) is not None


def inputs_of(workflow: Any, output: str) -> list[str] | None:
    """Return the inputs that an output was made from; ``None`` if Snakemake has no record of it."""
    from snakemake.io import IOFile

    return workflow.persistence.input(IOFile(output))


def is_temporary(output: str) -> bool:
    """Return whether a rule declares this output of its job as ``temp``."""
    from snakemake.io import is_flagged

    return is_flagged(output, "temp")
