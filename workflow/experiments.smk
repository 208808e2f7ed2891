# The experiments, read from their files and checked before the first job.
import sys
from functools import cache
from os import environ, pathsep
from pathlib import Path

from sametask.base.errors import ConfigError, SametaskError, UnreachableError
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
# They read and write text as UTF-8, whatever the encoding of the terminal is.
environ["PYTHONUTF8"] = "1"
speak_plainly()


def give_up(error):
    """Stop with one line on the error, before any job runs."""
    sys.exit(f"sametask: error: {error}")


try:
    # Snakemake would accept a repeated key, and crash on a file that nests too deep.
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
    """The experiment of a job. Its networks are tried before the first job runs."""
    return named(experiment_name(wildcards))


def named(name):
    """The experiment of this name, with its networks tried."""
    try:
        return checked(name)
    except SametaskError as error:
        give_up(error)


@cache
def checked(name):
    settings = EXPERIMENTS.get(name)
    # Each job reads the file again in its own process; the first process has checked it.
    if internals.is_first_process(workflow):
        watch_outputs()
        from sametask.check import check_experiment

        try:
            check_experiment(EXPERIMENTS.path(name), settings)
        except UnreachableError as error:
            # A dry run says what would run, also where there is no connection to the hub.
            if not internals.only_plans(workflow):
                raise
            print(f"sametask: not tried: {error}", file=sys.stderr)
        check_engine(EXPERIMENTS.path(name), settings.diffusion.engine)
    return settings


def check_engine(source, engine):
    """Require the environment of datafold, by `make datafold` or by conda."""
    is_installed = DATAFOLD_PYTHON.is_file() or internals.by_conda(workflow)
    if engine == "datafold" and not is_installed:
        raise ConfigError(
            f"{source}: diffusion.engine: datafold needs {DATAFOLD_PYTHON}; run `make datafold`"
        )


def network(wildcards):
    """The network of a job; for an untrained copy, the network that it is a copy of."""
    experiment(wildcards)
    try:
        return EXPERIMENTS.network(wildcards.network)
    except SametaskError as error:
        give_up(error)
