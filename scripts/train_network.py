"""Build a network from its factory and train it on data that holds no test sample."""

from functools import partial

import torch

from sametask.base.errors import about
from sametask.base.randomness import derived_seed
from sametask.base.seeding import seeded
from sametask.config.input_sections import Task, inputs_section
from sametask.config.network_sections import Training, View
from sametask.inputs import training_data
from sametask.jobs.job import job
from sametask.networks import build, device_for, save
from sametask.networks.precision import with_precision
from sametask.networks.train import train
from sametask.storage import store


def _tensors(device, draw):
    targets = torch.from_numpy(draw.targets)
    wanted = torch.float32 if targets.is_floating_point() else torch.int64
    seen = torch.from_numpy(draw.inputs)
    seen = seen.float() if seen.is_floating_point() else seen
    return seen.to(device), targets.to(device, wanted)


def train_network(
    samples, output, name, factory, arguments, settings, view, inputs, task, seed, gpu
):
    """Write weights and description of a trained network to a folder.

    Training data depend on the experiment's seed alone, so that all its networks see the same;
    the initial weights and the order of batches are the network's own.
    """
    device = device_for(gpu)
    drawn = store.open_store(samples, "samples")
    held_out, first = drawn.get("test/rows"), drawn.get("first_rows")
    training, validation = training_data(inputs, task, settings, view, held_out, seed, first)
    own_seed = derived_seed(seed, f"network {name}")
    data = [one and one.each(partial(_tensors, device)) for one in (training, validation)]
    with about(f"network {name!r}"), seeded(own_seed):
        network = with_precision(build(factory, arguments), "float32").to(device)
        losses = train(network, *data, settings, own_seed)
    save(output, network, {"factory": factory, "arguments": arguments, "training": losses})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        params = snakemake.params
        train_network(
            snakemake.input.samples,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            params.factory,
            params.arguments,
            Training(**params.settings),
            params.view and View(**params.view),
            inputs_section(params.inputs),
            Task(**params.task),
            params.seed,
            snakemake.resources.gpu,
        )
