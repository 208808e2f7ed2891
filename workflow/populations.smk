# The settings of the populations of networks: a file each in config/populations.
from sametask.config.sections.population_section import Population
from sametask.populations.members import blocks


def population_settings(wildcards):
    return settings_of(f"populations/{wildcards.population}", Population)


def population_setting(wildcards):
    """All settings that networks depend on, as plain values."""
    return population_settings(wildcards).trained()


def population_blocks(wildcards):
    """What the jobs write that train the networks of a population, in their order."""
    count = len(blocks(population_settings(wildcards)))
    return expand(
        "results/populations/{population}/blocks/{block}.zarr",
        population=wildcards.population,
        block=range(count),
    )
