# What networks are shown: whose samples, data sets and sequences.


def origin(wildcards):
    """The experiment that trains and records: this one, or the one that it is cut from."""
    return experiment(wildcards).recorded or experiment_name(wildcards)


def experiment_samples(wildcards):
    """The samples of an experiment: all of them, or those that all networks share."""
    return f"results/{origin(wildcards)}/samples.zarr"


def samples_of(wildcards):
    """The samples that a network is measured on."""
    # A name that does not exist is told here, before Snakemake misses a file.
    network(wildcards)
    if experiment(wildcards).shares_samples:
        return experiment_samples(wildcards)
    return f"results/{wildcards.network}/samples.zarr"


def inputs(wildcards):
    """Where inputs live; a file that is simulated is among the results."""
    section = experiment(wildcards).inputs
    values = section.plain()
    if is_simulated(section):
        values["source"] = f"results/{origin(wildcards)}/simulated.h5"
    return values


def is_simulated(inputs):
    return inputs.domain == "array" and inputs.simulate is not None


def data_files(wildcards):
    """The file of a data set, where it is not one that a dependency ships."""
    values = inputs(wildcards)
    if values["domain"] != "array" or values["source"] == "digits":
        return []
    return [values["source"]]


def sequences_of(wildcards):
    """What was recorded of the sequences that a network's samples are cut from."""
    name = wildcards.network.split("/")[1]
    return f"results/{origin(wildcards)}/{name}/sequences.zarr"


def cut_from(*keys):
    """The recordings of sequences behind networks of an experiment, if it cuts any."""

    def of(wildcards):
        if experiment(wildcards).positions is None:
            return []
        names = [key.format(**wildcards).split("/")[-1] for key in keys]
        return [f"results/{origin(wildcards)}/{name}/sequences.zarr" for name in names]

    return of
