# The settings of the same-task benchmark, in the size that the target names.
from sametask.config.sections.benchmark_section import SameTask
from sametask.config.reading import read_model


def same_task(wildcards):
    try:
        return read_model(Path(f"config/{wildcards.benchmark}.yaml"), SameTask)
    except SametaskError as error:
        give_up(error)


def zoo_settings(wildcards):
    """All settings of the benchmark, as plain values."""
    return same_task(wildcards).plain()


def zoo_training(wildcards):
    """The settings that the networks of the zoo depend on."""
    return same_task(wildcards).training
