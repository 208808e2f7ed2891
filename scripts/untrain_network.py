"""Build the untrained copy of a network: a control for the effect of training."""

from collections.abc import Mapping
from typing import Any

from sametask.base.randomness import derived_seed
from sametask.base.seeding import seeded
from sametask.jobs.job import job
from sametask.networks import build, save
from sametask.networks.build import require_initialised


def untrain_network(
    output: str, name: str, factory: str, arguments: Mapping[str, Any], seed: int
) -> None:
    """Write weights and description of a freshly initialised network to a folder."""
    with seeded(derived_seed(seed, f"untrained {name}")):
        network = build(factory, arguments)
    require_initialised(factory, network)
    save(output, network, {"factory": factory, "arguments": arguments, "untrained": True})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        untrain_network(
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            **snakemake.params.network,
            seed=snakemake.params.seed,
        )
