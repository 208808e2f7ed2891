# The settings of the populations of networks: a file each in config/populations. Those that name a
# source are read from the files of others; the networks of all others are trained here.
from sametask.config.sections.imported_population_section import (
    ImportedPopulation,
    kind_of_population,
)
from sametask.config.sections.population_section import Population
from sametask.populations.imported.sources import require_source
from sametask.populations.members import blocks


def is_imported(path):
    """Whether a population is read from the files of others. A file of settings that is invalid
    stops its own population only."""
    try:
        return kind_of_population(read_yaml(path)) is ImportedPopulation
    except SametaskError:
        return False


IMPORTED = [
    path.stem
    for path in sorted(Path("config/populations").glob("*.yaml"))
    if is_imported(path)
]
# The names of populations that are trained here.
TRAINED_HERE = rf"(?!(?:{only(IMPORTED)})(?:/|$))[\w-]+"


def population_settings(wildcards):
    name = wildcards.population
    kind = ImportedPopulation if name in IMPORTED else Population
    return settings_of(f"populations/{name}", kind)


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


def imported_files(wildcards):
    """The files of an imported population; without them, what to download ends the run."""
    settings = population_settings(wildcards)
    where = f"config/populations/{wildcards.population}.yaml"
    try:
        return require_source(settings, where)
    except SametaskError as error:
        give_up(error)
