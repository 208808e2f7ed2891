# What is recorded of a network, and by which jobs where several share it.
from sametask.storage.provenance import is_made_by


def recording(wildcards):
    """What decides what is recorded of a network, however many jobs do it."""
    settings = experiment(wildcards)
    measured = {"view", "layers", "neurons", "axes", "dtype", "batch"}
    return {
        "network": built(wildcards),
        "measure": network(wildcards).model_dump(mode="json", include=measured),
        "inputs": inputs(wildcards),
        "perturbations": settings.perturbations.plain(),
        "derivatives": settings.geometry.source == "jacobian",
        "sequences": settings.positions is not None,
        "seed": settings.seed,
        # What the samples are; which of them are in which shard follows from that.
        "samples": settings.samples.plain(),
        "pool": settings.pool,
    }


# The parameters of what makes the activations of a network.
EXTRACTION = {
    **made_by("extract_activations", seeing_references, files=view_files),
    "settings": recording,
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
    settings = experiment(wildcards)
    leaf = "sequences" if settings.positions else "activations"
    recorded = f"results/{wildcards.network}/{leaf}.zarr"
    parameters = {name: of(wildcards) for name, of in EXTRACTION.items()}
    joined = internals.inputs_of(workflow, recorded)
    # Snakemake has no record of what it did not see the end of.
    if joined is None or not is_made_by(recorded, parameters):
        return settings.shards
    place = f"results/{wildcards.network}/shards/"
    return sum(path.startswith(place) for path in joined) or 1
