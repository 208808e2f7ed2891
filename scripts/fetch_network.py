"""Copy a network that the user has trained: read its checkpoint, write weights and JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sametask.base.seeding import seeded
from sametask.jobs.job import job
from sametask.networks import build, save
from sametask.networks.build import require_initialised
from sametask.networks.checkpoints import give_weights, read_weights
from sametask.networks.precision import narrow


def fetch_network(
    checkpoint: str | None, output: str, factory: str, arguments: Mapping[str, Any]
) -> None:
    """Write weights and description of the user's network to a folder.

    Without a checkpoint, the weights are those that the factory gives it.
    """
    with seeded(0):
        network = build(factory, arguments)
    if checkpoint is None:
        require_initialised(factory, network)
        weights = network.state_dict()
    else:
        weights = read_weights(Path(checkpoint))
        give_weights(network, weights, checkpoint)
    origin = {"checkpoint": checkpoint, "widened_from": narrow(weights.values())}
    save(output, network, {"factory": factory, "arguments": arguments, **origin})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        fetch_network(
            # A list of one path, or of none.
            next(iter(snakemake.input.get("checkpoint", ())), None),
            snakemake.output[0],
            **snakemake.params.network,
        )
