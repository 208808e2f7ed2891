"""Train some of the networks of a population, and keep their weights at the checkpoints."""

from collections.abc import Mapping
from typing import Any

import torch

from sametask.config.sections.population_section import Population
from sametask.jobs.job import job
from sametask.populations.members import blocks
from sametask.populations.stored import CHECKPOINT, NETWORK
from sametask.populations.training import train
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def train_population(
    output: str, settings: Population, block: int, provenance: Mapping[str, Any]
) -> None:
    """Write a block of a population: weights, accuracies and losses of its networks."""
    groups = blocks(settings)[block]
    trained = [train(group, settings) for group in groups]
    with store.create(output, "block", provenance=provenance) as writer:
        writer.array(
            "weights", torch.cat([one.weights for one in trained]), [*CHECKPOINT, "weight"]
        )
        writer.array("present", torch.cat([one.present for one in trained]), CHECKPOINT)
        for split in trained[0].accuracy:
            for name in ("accuracy", "loss"):
                values = torch.cat([getattr(one, name)[split] for one in trained])
                writer.array(f"{split}/{name}", values, CHECKPOINT)
        numbers = [member.number for group in groups for member in group]
        writer.array("number", numbers, NETWORK)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        train_population(
            snakemake.output[0],
            Population(**snakemake.params.settings),
            int(snakemake.wildcards.block),
            origin(snakemake.rule, snakemake.params),
        )
