"""What the workflow asks of Snakemake beyond what its documentation offers, all in one place.

Every function takes the ``workflow`` object of a Snakefile. Snakemake may change what stands behind
them with any release: ``tests/test_snakemake_internals.py`` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class _Forced(set):
    """The outputs that Snakemake must make again: those of ``--forcerun``, and those wanted.

    Snakemake asks ``isdisjoint`` of it with the outputs of each job that it plans.
    """

    def __init__(self, named: Iterable[str], wanted: Callable[[str], bool]) -> None:
        super().__init__(named)
        self._wanted = wanted

    def isdisjoint(self, outputs: Iterable[Any]) -> bool:
        """Return whether none of these outputs has to be made again; each is asked after."""
        outputs = list(outputs)
        wanted = [output for output in outputs if self._wanted(output)]
        return super().isdisjoint(outputs) and not wanted


def force(workflow: Any, wanted: Callable[[str], bool]) -> None:
    """Have Snakemake make every output again that it plans with and for which this is true.

    Called while jobs are planned, from an input function, say; a second call changes nothing.
    """
    if not isinstance(workflow.dag.forcefiles, _Forced):
        workflow.dag.forcefiles = _Forced(workflow.dag.forcefiles, wanted)


def is_first_process(workflow: Any) -> bool:
    """Return whether this process plans the jobs; those read the Snakefile in their own."""
    return workflow.is_main_process


def only_touches(workflow: Any) -> bool:
    """Return whether this run (``--touch``) makes nothing and only marks outputs as new."""
    return workflow.touch


def by_conda(workflow: Any) -> bool:
    """Return whether jobs run in the conda environments of their rules."""
    from snakemake.settings.types import DeploymentMethod

    return DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method


def was_made(workflow: Any, output: str) -> bool:
    """Return whether Snakemake saw an output finished and knows from what, be it there or not."""
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
