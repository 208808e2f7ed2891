# The samples, data sets and sequences that networks get.


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


def data_files(wildcards):
    """The file of a data set, unless a dependency contains it."""
    values = inputs(wildcards)
    if values["domain"] != "array" or values["source"] == "digits":
        return []
    return [values["source"]]


def sequences_of(wildcards):
    """The recorded sequences that a network's samples are cut from."""
    name = wildcards.network.split("/")[1]
    return f"results/{origin(wildcards)}/{name}/sequences.zarr"


def cut_from(*keys):
    """The recorded sequences of networks, if the experiment cuts sequences."""

    def of(wildcards):
        if experiment(wildcards).positions is None:
            return []
        names = [key.format(**wildcards).split("/")[-1] for key in keys]
        return [f"results/{origin(wildcards)}/{name}/sequences.zarr" for name in names]

    return of
