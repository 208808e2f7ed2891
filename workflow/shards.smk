# What is recorded of a network, and by which jobs where several share it.
from snakemake.io import IOFile

from sametask.storage.provenance import is_made_by


def recording(wildcards):
    """What decides what is recorded of a network, however many jobs do it."""
    found = experiment(wildcards)
    return {
        "network": built_by(network(wildcards)),
        "measure": measure(wildcards),
        "inputs": inputs(wildcards),
        "perturbations": found.perturbations.plain(),
        "derivatives": found.geometry.source == "jacobian",
        "sequences": found.positions is not None,
        "seed": found.seed,
        # What the samples are; which of them are in which shard follows from that.
        "samples": found.samples.plain(),
        "pool": found.pool,
    }


# The parameters of what makes the activations of a network.
EXTRACTION = {
    "code": code("extract_activations", seeing_references),
    "settings": recording,
    "files": states(view_files),
}


def shards_of(wildcards):
    """The shards that a network's activations are joined from, where several jobs record them."""
    count = number_of_shards(wildcards)
    if count == 1:
        return []
    place = f"results/{wildcards.network}/shards"
    # In their order, which Snakemake's own record does not keep.
    return [f"{place}/{number}-of-{count}.zarr" for number in range(1, count + 1)]


def number_of_shards(wildcards):
    """How many jobs record a network.

    Activations that are there and would come out the same stay as they are, whatever number is
    asked for now: they keep the one that they were joined from.
    """
    found = experiment(wildcards)
    leaf = "sequences" if found.positions else "activations"
    recorded = f"results/{wildcards.network}/{leaf}.zarr"
    made_by = {name: of(wildcards) for name, of in EXTRACTION.items()}
    joined = workflow.persistence.input(IOFile(recorded))
    # Snakemake has no record of what it did not see the end of.
    if joined is None or not is_made_by(recorded, made_by):
        return found.shards
    place = f"results/{wildcards.network}/shards/"
    return sum(path.startswith(place) for path in joined) or 1
