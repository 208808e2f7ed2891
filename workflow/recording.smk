# What is recorded of a network, and the jobs that record its parts.
from sametask.storage.provenance import is_made_by


def recording(wildcards):
    """The settings that decide what is recorded of a network, without the number of jobs."""
    settings = experiment(wildcards)
    measured = {
        "view",
        "layers",
        "neurons",
        "axes",
        "pool",
        "perturb",
        "dtype",
        "batch",
    }
    return {
        "network": built(wildcards),
        "measure": network(wildcards).model_dump(mode="json", include=measured),
        "inputs": inputs(wildcards),
        "perturbations": settings.perturbations.plain(),
        "derivatives": settings.geometry.source == "jacobian",
        "positions": settings.positions and settings.positions.of,
        "frames": settings.positions and settings.positions.frames,
        "seed": settings.seed,
        # These determine the samples, and which of them are in each shard.
        "samples": settings.samples.plain(),
        "pool": settings.pool,
    }


# The parameters of the rules that record the activations of a network.
EXTRACTION = {
    **made_by("extract_activations", seeing_references, files=users_seeing_files),
    "settings": recording,
}


def shards_of(wildcards):
    """The shards that a network's activations are joined from, if several jobs record them."""
    count = number_of_shards(wildcards)
    if count == 1:
        return []
    place = f"results/{wildcards.network}/shards"
    # In their order; Snakemake's record does not keep it.
    return [f"{place}/{number}-of-{count}.zarr" for number in range(1, count + 1)]


def number_of_shards(wildcards):
    """The number of jobs that record a network.

    Existing activations that would come out the same are kept, together with the number of shards
    that they were joined from, even if `shards` has changed.
    """
    settings = experiment(wildcards)
    leaf = "sequences" if settings.positions else "activations"
    recorded = f"results/{wildcards.network}/{leaf}.zarr"
    parameters = {name: of(wildcards) for name, of in EXTRACTION.items()}
    joined = internals.inputs_of(workflow, recorded)
    # Snakemake has no record of an output that was not finished.
    if joined is None or not is_made_by(recorded, parameters):
        return settings.shards
    place = f"results/{wildcards.network}/shards/"
    return sum(path.startswith(place) for path in joined) or 1
