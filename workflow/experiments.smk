# What the rules know of experiments: their files, checked before the first job, and the code
# that a rule runs.
import sys
from functools import cache
from os import environ, pathsep
from pathlib import Path

from snakemake.settings.types import DeploymentMethod

from sametask.config.names import NETWORK
from sametask.config.yaml_file import read_yaml
from sametask.base.errors import ConfigError, SametaskError
from sametask.config.experiments import Experiments
from sametask.storage.provenance import (
    code_digest,
    file_states,
    named_files,
    reference_files,
)
from sametask.cli.terminal import speak_plainly

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


wildcard_constraints:
    # A network is named with its experiment: scalar/deep. Reading an experiment tells of a name
    # that none can have; here it would only match no rule.
    network=rf"[^/]+/{NETWORK}",
    experiment="[^/]+",
    a=NETWORK,
    b=NETWORK,


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
    found = EXPERIMENTS.get(name)
    # Jobs read the file again in processes of their own; what the first process saw holds.
    if workflow.is_main_process:
        look_after(name)
        from sametask.check import check_experiment

        check_experiment(EXPERIMENTS.path(name), found)
        check_engine(EXPERIMENTS.path(name), found.diffusion.engine)
    return found


def check_engine(source, engine):
    """datafold runs in an environment of its own: from `make datafold`, or from conda."""
    by_conda = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
    if engine == "datafold" and not (by_conda or DATAFOLD_PYTHON.is_file()):
        raise ConfigError(
            f"{source}: diffusion.engine: datafold needs {DATAFOLD_PYTHON}; run `make datafold`"
        )


def network(wildcards):
    experiment(wildcards)
    try:
        return EXPERIMENTS.network(wildcards.network)
    except SametaskError as error:
        give_up(error)


def section(name):
    """A section of the experiment as plain values, for `params`."""
    return lambda wildcards: getattr(experiment(wildcards), name).plain()


def task(wildcards):
    found = experiment(wildcards).task
    return found.plain() if found else None


def seed(wildcards):
    return experiment(wildcards).seed


def code(rule, references=lambda wildcards: [], files=()):
    """A digest of a rule's script, of the modules that it uses, of the factories and targets
    that the experiment names, and of other files that it reads."""
    script = SCRIPTS / f"{rule}.py"

    def of(wildcards):
        return code_digest(script, *files, *reference_files(*references(wildcards)))

    return of


def states(files):
    """What changes with the user's own files, for `params`: Snakemake sees newer ones only."""
    return lambda wildcards: file_states(files(wildcards))


def target_reference(wildcards):
    found = experiment(wildcards).task
    return [found.target] if found and found.target else []


def factory_reference(wildcards):
    return [network(wildcards).factory]


def seen_by(network):
    """The functions that make a network and what it sees."""
    return [network.factory, *([network.view.function] if network.view else [])]


def seeing_references(wildcards):
    return seen_by(network(wildcards))


def own_references(network):
    """The same, and the function of its own targets where it has any."""
    return [*seen_by(network), *filter(None, [network.own_target])]


def pair_references(wildcards):
    networks = experiment(wildcards).networks
    return [
        reference
        for side in ("a", "b")
        for reference in own_references(networks[wildcards[side]])
    ]
