# The settings of both benchmarks, in the size that the target names.
from sametask.config.sections.benchmark_section import SameTask
from sametask.config.sections.task_zoo_section import TaskZoo
from sametask.config.reading import read_model


def settings_of(name, model):
    """The content of a file of settings in config/."""
    try:
        return read_model(Path(f"config/{name}.yaml"), model)
    except SametaskError as error:
        give_up(error)


def zoo_settings(wildcards):
    """All settings of the same-task benchmark, as plain values."""
    return settings_of(wildcards.benchmark, SameTask).plain()


def zoo_training(wildcards):
    """The settings that its networks depend on."""
    return settings_of(wildcards.benchmark, SameTask).training


def task_zoo_settings(wildcards):
    """All settings of the task zoo, as plain values."""
    return settings_of(wildcards.task_zoo, TaskZoo).plain()


def task_zoo_training(wildcards):
    """The settings that its networks depend on."""
    return settings_of(wildcards.task_zoo, TaskZoo).training
