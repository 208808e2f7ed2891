# The paths of the files of networks and pairs. Inputs of a pair are named by kind and side, like
# the roles in `storage.related`: activations_a, activations_untrained_b.
from sametask.config.sections.stage_sections import AUTO


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
        "sequences": cut_from("{a}", "{b}"),
        "untrained_sequences": untrained_sequences,
    }
    return of_pair("activations") | copies | others


def controlled_by(control, wildcards):
    """Whether the verdicts of an experiment have this control."""
    return control in experiment(wildcards).verdict.controls


def untrained_copy(side):
    """The activations of the untrained copy of a network, if copies are controls."""

    def of(wildcards):
        if not controlled_by("untrained", wildcards):
            return []
        name = f"{wildcards[side]}{UNTRAINED}"
        return f"results/{wildcards.experiment}/{name}/activations.zarr"

    return of


def untrained_sequences(wildcards):
    """The recorded sequences of the untrained copies, if there are sequences and copies."""
    if not controlled_by("untrained", wildcards):
        return []
    return cut_from(*untrained(["{a}", "{b}"]))(wildcards)


def different_task_activations(wildcards):
    """The activations of the network of another task, if it is a control and not in the pair."""
    other = experiment(wildcards).verdict.different_task
    if other in (None, wildcards.a, wildcards.b):
        return []
    if not controlled_by("different_task", wildcards):
        return []
    return f"results/{wildcards.experiment}/{other}/activations.zarr"


def networks_of_task():
    """The networks of a pair and their copies, by role: network_a, untrained_a, reference_a."""
    kinds = {
        "untrained": (UNTRAINED, has_untrained),
        "reference": (REFERENCE, has_reference),
    }
    copies = {
        f"{kind}_{side}": copy_of(side, *how)
        for kind, how in kinds.items()
        for side in ("a", "b")
    }
    return trained_networks() | copies


def copy_of(side, ending, has):
    """The folder of a copy of a network; nothing if the verdicts have no such copy of it."""

    def of(wildcards):
        if not has(wildcards, wildcards[side]):
            return []
        return f"results/{origin(wildcards)}/{wildcards[side]}{ending}/network"

    return of


def pretrained_original(wildcards):
    """The folder of the network that a copy is made of, if it is pretrained: it has the
    configuration by which the copy is built."""
    if network(wildcards).pretrained is None:
        return []
    return f"results/{experiment_name(wildcards)}/{trained_name(wildcards)}/network"


def has_untrained(wildcards, name):
    """Whether untrained copies are controls; all networks of an experiment have them, or none."""
    return controlled_by("untrained", wildcards)


def has_reference(wildcards, name):
    """Whether a network is trained again as a reference: if a rule has trained it."""
    asked = experiment(wildcards).verdict.reference
    return asked == AUTO and f"{experiment_name(wildcards)}/{name}" in TRAINED


def reference_activations(wildcards):
    """The activations of the network that `verdict.reference` names, if not in the pair."""
    other = experiment(wildcards).verdict.reference
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
