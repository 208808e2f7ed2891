"""Take over a network that the user trained: factory and checkpoint become weights and JSON."""

from pathlib import Path

from sametask.job import job
from sametask.networks import build, save
from sametask.networks.build import give_weights, read_weights


def fetch_network(checkpoint, output, factory, arguments):
    """Write weights and description of the user's network to a folder."""
    network = build(factory, arguments)
    give_weights(network, read_weights(Path(checkpoint)), Path(checkpoint))
    save(output, network, {"factory": factory, "arguments": arguments, "checkpoint": checkpoint})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        fetch_network(
            snakemake.input.checkpoint,
            snakemake.output[0],
            snakemake.params.factory,
            snakemake.params.arguments,
        )
