"""Build the untrained copy of a network: the control that shows what training brought about."""

import torch

from sametask.job import job
from sametask.networks import build, save
from sametask.randomness import derived_seed


def untrain_network(output, name, factory, arguments, seed):
    """Write weights and description of a freshly initialised network to a folder."""
    torch.manual_seed(derived_seed(seed, f"untrained {name}"))
    network = build(factory, arguments)
    save(output, network, {"factory": factory, "arguments": arguments, "untrained": True})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        params = snakemake.params
        untrain_network(
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            params.factory,
            params.arguments,
            params.seed,
        )
