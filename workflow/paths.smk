# The paths of the files of networks and pairs. Inputs of a pair are named by kind and side, like
# the roles in `storage.related`: activations_a, activations_untrained_b.


def of_pair(*kinds):
    """The stores of both networks of a pair: {"activations_a": …}."""
    return {
        f"{kind}_{side}": f"results/{{experiment}}/{{{side}}}/{kind}.zarr"
        for side in ("a", "b")
        for kind in kinds
    }


def from_pair(*kinds, **files):
    """The stores of a pair itself, {"alignment": …}, and `files` of other names."""
    paths = {kind: f"{kind}.zarr" for kind in kinds} | files
    place = "results/{experiment}/{a}-{b}"
    return {name: f"{place}/{path}" for name, path in paths.items()}


def compared():
    """The activations of a pair and its controls that a verdict compares, and the sequences that
    they are cut from."""
    copies = {
        f"activations_untrained_{side}": untrained_copy(side) for side in ("a", "b")
    }
    others = {
        "activations_different_task": different_task_activations,
        "sequences": cut_from(*with_copies(["{a}", "{b}"])),
    }
    return of_pair("activations") | copies | others


def untrained_copy(side):
    return f"results/{{experiment}}/{{{side}}}{UNTRAINED}/activations.zarr"


def different_task_activations(wildcards):
    """The activations of the network of another task, if it is not in the pair."""
    other = experiment(wildcards).verdict.different_task
    if other in (None, wildcards.a, wildcards.b):
        return []
    return f"results/{wildcards.experiment}/{other}/activations.zarr"


def networks_of_task():
    """The networks of a pair and their copies, by role: network_a, untrained_a, reference_a."""
    copies = {
        f"{kind}_{side}": copy_of(side, ending)
        for kind, ending in (("untrained", UNTRAINED), ("reference", REFERENCE))
        for side in ("a", "b")
    }
    return trained_networks() | copies


def copy_of(side, ending):
    """The folder of a copy of a network; nothing if the network is never trained again."""

    def of(wildcards):
        key = f"{origin(wildcards)}/{wildcards[side]}{ending}"
        if ending == REFERENCE and key not in REFERENCES:
            return []
        return f"results/{key}/network"

    return of


def reference_activations(wildcards):
    """The activations of the network that `verdict.task.reference` names, if not in the pair."""
    other = experiment(wildcards).verdict.task.reference
    if other in (None, AUTO, wildcards.a, wildcards.b):
        return []
    return f"results/{wildcards.experiment}/{other}/activations.zarr"


def trained_networks():
    """The trained networks of a pair: {"network_a": …}."""
    return {f"network_{side}": network_of(side) for side in ("a", "b")}


def network_of(side):
    return lambda wildcards: f"results/{origin(wildcards)}/{wildcards[side]}/network"


def of_networks(*kinds):
    """The stores of every network of an experiment, in their order: {"activations": …}."""
    return {kind: stores_of_networks(kind) for kind in kinds}


def stores_of_networks(kind):
    return lambda wildcards: [
        f"results/{wildcards.experiment}/{name}/{kind}.zarr"
        for name in experiment(wildcards).networks
    ]


def of_pairs(*kinds, **files):
    """The stores of every pair of an experiment, in their order, and `files` of other names."""
    paths = {kind: f"{kind}.zarr" for kind in kinds} | files
    return {name: files_of_pairs(path) for name, path in paths.items()}


def files_of_pairs(path):
    return lambda wildcards: [
        f"results/{wildcards.experiment}/{a}-{b}/{path}"
        for a, b in experiment(wildcards).pairs
    ]


def of_all_pairs(path, but=()):
    """The same file of every pair of all default experiments, without those in `but`."""

    def of(wildcards):
        return [
            f"results/{name}/{a}-{b}/{path}"
            for name in default_experiments()
            if name not in but
            for a, b in named(name).pairs
        ]

    return of


def of_cuts(path):
    """The same file of every pair of an experiment, and of those that cut its recordings."""
    return lambda wildcards: [
        f"results/{name}/{a}-{b}/{path}"
        for name in cuts(wildcards.experiment)
        for a, b in named(name).pairs
    ]
