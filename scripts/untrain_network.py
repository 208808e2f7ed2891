"""Build the untrained copy of a network: a control for the effect of training."""

from collections.abc import Mapping
from typing import Any

from sametask.base.randomness import derived_seed
from sametask.base.seeding import seeded
from sametask.jobs.job import job
from sametask.networks import save, untrained


def untrain_network(
    output: str,
    name: str,
    factory: str,
    arguments: Mapping[str, Any],
    seed: int,
    original: str | None = None,
) -> None:
    """Write weights and description of a freshly initialised network to a folder.

    ``original`` is the folder of a pretrained network, which has its configuration.
    """
    with seeded(derived_seed(seed, f"untrained {name}")):
        network, description = untrained(original, factory, arguments)
    save(output, network, {**description, "untrained": True})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        untrain_network(
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            **snakemake.params.network,
            seed=snakemake.params.seed,
            original=snakemake.input.get("original") or None,
        )
