# What the rules know of experiments: their files, read and checked before the first job.
import sys
from functools import cache
from os import environ, pathsep
from pathlib import Path

from sametask.base.errors import ConfigError, SametaskError
from sametask.cli.terminal import speak_plainly
from sametask.config.experiments import Experiments
from sametask.config.names import NETWORK
from sametask.config.yaml_file import read_yaml
from sametask.jobs import snakemake_internals as internals

DATAFOLD_PYTHON = Path(".venv-datafold/bin/python")
EXPERIMENTS = Experiments("config/experiments")
SCRIPTS = Path(str(workflow.current_basedir)).parent / "scripts"

# Jobs that run in another environment (--use-conda, datafold's) find the library here.
environ["PYTHONPATH"] = pathsep.join(
    filter(None, [str(SCRIPTS.parent / "src"), environ.get("PYTHONPATH")])
)
# They read and write text as UTF-8, whatever the terminal shows.
environ["PYTHONUTF8"] = "1"
speak_plainly()


def give_up(error):
    """End with the one line that says what is wrong, while nothing has been started yet."""
    sys.exit(f"sametask: error: {error}")


try:
    # Snakemake takes two keys of one name, and dies of what nests too deep.
    read_yaml(Path("config/config.yaml"))
except SametaskError as error:
    give_up(error)


def default_experiments():
    """The experiments of config.yaml, which `snakemake` makes when no target is named."""
    try:
        return EXPERIMENTS.chosen(config, Path("config/config.yaml"))
    except SametaskError as error:
        give_up(error)


def experiment_name(wildcards):
    return wildcards.get("experiment") or wildcards.network.split("/")[0]


def experiment(wildcards):
    """The experiment of a job. Before the first job runs, its networks are tried out as well."""
    return named(experiment_name(wildcards))


def named(name):
    """The experiment of a name, tried out as well."""
    try:
        return checked(name)
    except SametaskError as error:
        give_up(error)


@cache
def checked(name):
    settings = EXPERIMENTS.get(name)
    # Jobs read the file again in processes of their own; what the first process saw holds.
    if internals.is_first_process(workflow):
        watch_outputs()
        from sametask.check import check_experiment

        check_experiment(EXPERIMENTS.path(name), settings)
        check_engine(EXPERIMENTS.path(name), settings.diffusion.engine)
    return settings


def check_engine(source, engine):
    """datafold runs in an environment of its own: from `make datafold`, or from conda."""
    there = DATAFOLD_PYTHON.is_file() or internals.by_conda(workflow)
    if engine == "datafold" and not there:
        raise ConfigError(
            f"{source}: diffusion.engine: datafold needs {DATAFOLD_PYTHON}; run `make datafold`"
        )


def network(wildcards):
    """The network of a job; an untrained copy is described by the one that it is a copy of."""
    experiment(wildcards)
    try:
        return EXPERIMENTS.network(wildcards.network)
    except SametaskError as error:
        give_up(error)
