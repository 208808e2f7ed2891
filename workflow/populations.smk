# The settings of the populations of networks: a file each in config/populations. Those that name a
# source are read from the files of others; the networks of all others are trained here.
from sametask.config.sections.imported_population_section import ImportedPopulation
from sametask.config.sections.population_section import Population
from sametask.populations.imported.sources import require_source
from sametask.populations.members import blocks


def names_source(path):
    """Whether a file of settings is that of an imported population. An invalid one stops its own
    population only."""
    try:
        return "source" in read_yaml(path)
    except SametaskError:
        return False


IMPORTED = [
    path.stem
    for path in sorted(Path("config/populations").glob("*.yaml"))
    if names_source(path)
]
# The names of populations that are trained here.
TRAINED_HERE = rf"(?!(?:{only(IMPORTED)})(?:/|$))[\w-]+"


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


def imported_settings(wildcards):
    return settings_of(f"populations/{wildcards.population}", ImportedPopulation)


def imported_files(wildcards):
    """The files of an imported population; without them, what to download ends the run."""
    settings = imported_settings(wildcards)
    try:
        return require_source(
            settings, f"config/populations/{wildcards.population}.yaml"
        )
    except SametaskError as error:
        give_up(error)
