# The samples, data sets and sequences that networks get.
from sametask.config.unmade import is_made
from sametask.config.sections.sample_sections import TOLD
from sametask.inputs.data_sets.splits import files_of_data_set

# Domains of data sets of the library datasets.
SPLITS = ("text", "speech")


def origin(wildcards):
    """The experiment that trains and records: this one, or the one whose sequences it cuts."""
    return experiment(wildcards).recorded or experiment_name(wildcards)


def experiment_samples(wildcards):
    """The samples of an experiment: all samples, or those that all networks share."""
    return f"results/{origin(wildcards)}/samples.zarr"


def samples_of(wildcards):
    """The samples that a network is measured on."""
    # A wrong name gives its message here, before Snakemake misses a file.
    network(wildcards)
    if experiment(wildcards).shares_samples:
        return experiment_samples(wildcards)
    return f"results/{wildcards.network}/samples.zarr"


def inputs(wildcards):
    """The section `inputs` without names for figures. A simulated file is among the results."""
    section = experiment(wildcards).inputs
    values = section.decisive()
    if is_simulated(section):
        values["source"] = f"results/{origin(wildcards)}/simulated.h5"
    return values


def is_simulated(inputs):
    return inputs.domain == "array" and inputs.simulate is not None


def is_made_by_rule(inputs):
    """Whether the data set is made here: it is simulated, or is a folder of the results."""
    return is_simulated(inputs) or (inputs.domain in SPLITS and is_made(inputs.source))


def data_files(wildcards):
    """The files of a data set, unless a dependency contains it. A data set of the hub is read from
    the cache of `datasets`."""
    values = inputs(wildcards)
    if values["domain"] in SPLITS:
        source = values["source"]
        return [str(Path(source))] if is_made(source) else files_of_data_set(source)
    if values["domain"] != "array" or values["source"] == "digits":
        return []
    return [values["source"]]


def sequences_of(wildcards):
    """The recorded sequences that a network's samples are cut from."""
    name = wildcards.network.split("/")[1]
    return f"results/{origin(wildcards)}/{name}/sequences.zarr"


def paired_sequences(wildcards):
    """The recorded sequences of all networks, if each finds its positions by itself."""
    settings = experiment(wildcards)
    if settings.positions.of not in TOLD:
        return []
    place = f"results/{origin(wildcards)}"
    return [f"{place}/{name}/sequences.zarr" for name in settings.networks]


def cut_from(*keys):
    """The recorded sequences of networks, if the experiment cuts sequences."""

    def of(wildcards):
        if experiment(wildcards).positions is None:
            return []
        names = [key.format(**wildcards).split("/")[-1] for key in keys]
        return [f"results/{origin(wildcards)}/{name}/sequences.zarr" for name in names]

    return of
