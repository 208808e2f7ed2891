"""Build a network by its factory, and train it on data without test samples."""

from collections.abc import Mapping
from typing import Any

from sametask.base.errors import about
from sametask.base.randomness import derived_seed
from sametask.base.seeding import seeded
from sametask.config.sections.input_sections import inputs_section
from sametask.config.sections.network_sections import Training, View
from sametask.config.sections.sample_sections import Task
from sametask.inputs import training_data
from sametask.jobs.job import job
from sametask.networks import build, device_for, save
from sametask.networks.precision import with_precision
from sametask.networks.train import as_tensors, train
from sametask.storage import store


def train_network(
    samples: str,
    output: str,
    name: str,
    built: Mapping[str, Any],
    settings: Training,
    data: Mapping[str, Any],
    seed: int,
    gpu: int,
) -> None:
    """Write a trained network to a folder. ``data`` has the inputs, the task, and the view.

    Training data are drawn with the experiment's seed, which is the same for all its networks.
    Initial weights and the order of batches have a seed of their own for each network.
    """
    device = device_for(gpu)
    drawn = store.open_store(samples, "samples")
    inputs, task = inputs_section(data["inputs"]), Task(**data["task"])
    view, rows = data["view"] and View(**data["view"]), drawn.get("test/rows")
    drawn_for = training_data(inputs, task, settings, view, rows, seed, drawn.get("first_rows"))
    network_seed = derived_seed(seed, f"network {name}")
    blocks = [part and part.each(lambda draw: as_tensors(draw, device)) for part in drawn_for]
    with about(f"network {name!r}"), seeded(network_seed):
        network = with_precision(build(**built), "float32").to(device)
        losses = train(network, *blocks, settings, network_seed)
    save(output, network, {**built, "training": losses})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        params = snakemake.params
        train_network(
            snakemake.input.samples,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            params.network,
            Training(**params.settings),
            params.data,
            params.seed,
            snakemake.resources.gpu,
        )
