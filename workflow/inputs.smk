# What networks are shown and what is recorded of them: whose samples, views, files and sequences.
from sametask.config.names import names_file


def origin(wildcards):
    """The experiment that trains and records: this one, or the one that it is cut from."""
    return experiment(wildcards).recorded or experiment_name(wildcards)


def experiment_samples(wildcards):
    """The samples of an experiment: all of them, or those that all networks share."""
    return f"results/{origin(wildcards)}/samples.zarr"


def inputs(wildcards):
    """Where inputs live; a file that is simulated is among the results."""
    found = experiment(wildcards).inputs
    plain = found.plain()
    if is_simulated(found):
        plain["source"] = f"results/{origin(wildcards)}/simulated.h5"
    return plain


def is_simulated(inputs):
    return inputs.domain == "array" and inputs.simulate is not None


def simulation(wildcards):
    return experiment(wildcards).inputs.simulate.plain()


def simulation_reference(wildcards):
    return [experiment(wildcards).inputs.simulate.function]


def network_of(side):
    """The trained network of one side of a pair."""
    return lambda wildcards: f"results/{origin(wildcards)}/{wildcards[side]}/network"


def sequences_of(wildcards):
    """What was recorded of the sequences that a network's samples are cut from."""
    return (
        f"results/{origin(wildcards)}/{wildcards.network.split('/')[1]}/sequences.zarr"
    )


def cut_from(*keys):
    """The recordings of sequences behind networks of an experiment, if it cuts any."""

    def of(wildcards):
        if experiment(wildcards).positions is None:
            return []
        names = [key.format(**wildcards).split("/")[-1] for key in keys]
        return [f"results/{origin(wildcards)}/{name}/sequences.zarr" for name in names]

    return of


def samples_of(wildcards):
    """The samples that a network is measured on."""
    # A name that does not exist is told here, before Snakemake misses a file.
    network(wildcards)
    if experiment(wildcards).shares_samples:
        return experiment_samples(wildcards)
    return f"results/{wildcards.network}/samples.zarr"


def view(wildcards):
    found = network(wildcards).view
    return found.plain() if found else None


def view_files(wildcards):
    """The files that a view reads, a mesh say: when one changes, the network sees anew."""
    found = network(wildcards).view
    named = found.arguments.values() if found else []
    return [one for one in named if names_file(one)]


def data_files(wildcards):
    """The file of a data set, where it is not one that a dependency ships."""
    found = inputs(wildcards)
    if found["domain"] != "array" or found["source"] == "digits":
        return []
    return [found["source"]]
