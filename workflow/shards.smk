# What is recorded of a network, and by which jobs where several share it.
from shutil import rmtree

from snakemake.io import IOFile

from sametask.header import damage
from sametask.provenance import is_made_by


def recording(wildcards):
    """What decides what is recorded of a network, however many jobs do it."""
    found = experiment(wildcards)
    return {
        "measure": measure(wildcards),
        "inputs": inputs(wildcards),
        "neighbours": found.neighbours.plain(),
        "derivatives": found.geometry.source == "jacobian",
        "sequences": found.positions is not None,
        "seed": found.seed,
    }


# The parameters of what makes the activations of a network.
EXTRACTION = {
    "code": code("extract_activations", seeing_references),
    "settings": recording,
}


def shards_of(wildcards):
    """The shards that a network's activations are joined from, where several jobs record them.

    Activations that are there and would come out the same stay as they are, whatever number is
    asked for now: they keep those that they were joined from.
    """
    found = experiment(wildcards)
    leaf = "sequences" if found.positions else "activations"
    recorded = f"results/{wildcards.network}/{leaf}.zarr"
    made_by = {name: of(wildcards) for name, of in EXTRACTION.items()}
    if is_made_by(recorded, made_by):
        joined = workflow.persistence.input(IOFile(recorded)) or []
        return [path for path in joined if "/shards/" in path]
    if found.shards == 1:
        return []
    place = f"results/{wildcards.network}/shards"
    shards = [
        f"{place}/{one}-of-{found.shards}.zarr" for one in range(1, found.shards + 1)
    ]
    if about_to_run():
        for shard in shards:
            drop_if_damaged(shard)
    return shards


def about_to_run():
    """Whether this process plans jobs that it will run, and not only shows them."""
    plans = workflow.is_main_process and workflow.executor_plugin is not None
    return plans and not workflow.dryrun


def drop_if_damaged(shard):
    """Remove a shard that is not as it was written, so that it is recorded again."""
    if Path(shard).exists() and (found := damage(shard)):
        print(f"sametask: {shard}: {found}; it is recorded again", file=sys.stderr)
        rmtree(shard)
