"""Record what the chosen layers of one network compute on samples and around them."""

from functools import partial

from sametask import store
from sametask.activations import (
    Layout,
    extract_jacobians,
    extract_neighbours,
    extract_samples,
    to_network,
)
from sametask.activations.describe import describe
from sametask.errors import about
from sametask.inputs import neighbourhoods, see
from sametask.job import job
from sametask.networks import device_for, load, weights_digest
from sametask.provenance import provenance as origin


def _write_samples(writer, part, network, layout, seen, batch):
    with about(f"{part} samples"):
        whole, outputs = extract_samples(network, layout, seen, batch)
    writer.array(f"{part}/seen", seen, ["sample"])
    writer.array(f"{part}/layers", whole, ["sample", "layer_neuron"])
    writer.array(f"{part}/samples", whole[:, list(layout.neurons)], ["sample", "neuron"])
    writer.array(f"{part}/outputs", outputs, ["sample"])
    return whole


def _stream(writer, name, shape, dtype, axes):
    """An array to be filled block by block, and the rows of one block."""
    return writer.stream(name, shape, dtype, axes), store.rows_per_shard(shape, dtype)


def extract_activations(
    samples, folder, output, name, measure, inputs, neighbours, derivatives, seed, gpu, provenance
):
    """Write activations.zarr; derivatives only where the geometry is estimated from them."""
    drawn = store.open_store(samples, "samples")
    fit = drawn["fit/inputs"]
    parents = {"samples": drawn.digest, "network": weights_digest(folder)}
    with (
        about(f"network {name!r}"),
        store.create(output, "activations", parents=parents, provenance=provenance) as writer,
    ):
        device = device_for(gpu)
        network = load(folder, measure["dtype"]).to(device)
        look = partial(see, inputs=inputs, view=measure["view"])
        example = to_network(network, look(fit[:1]))
        layout = Layout.of(network, measure["layers"], measure["neurons"], example)
        batch = measure["batch"]
        _write_samples(writer, "test", network, layout, look(drawn["test/inputs"]), batch)
        whole = _write_samples(writer, "fit", network, layout, look(fit), batch)
        writer.attributes |= {"layout": layout.plain(), "input_shape": list(example.shape[1:])}
        writer.attributes |= describe(whole, layout)
        samples, neurons, dtype = len(fit), len(layout.neurons), measure["dtype"]
        shape, axes = (samples, neighbours["count"], neurons), ["sample", "neighbour", "neuron"]
        target, rows = _stream(writer, "fit/neighbours", shape, dtype, axes)

        def draw(points, numbers):
            around = neighbourhoods(points, numbers, seed=seed, **neighbours)
            flat = look(around.reshape(-1, *points.shape[1:]))
            return flat.reshape(*around.shape[:2], *flat.shape[1:])

        extract_neighbours(network, layout, fit, draw, target, rows, batch)
        if derivatives:
            shape, axes = (samples, neurons, fit[0].size), ["sample", "neuron", "input"]
            target, rows = _stream(writer, "fit/jacobians", shape, dtype, axes)
            extract_jacobians(network, layout, fit, target, rows)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        params = snakemake.params
        extract_activations(
            snakemake.input.samples,
            snakemake.input.network,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            params.measure,
            params.inputs,
            params.neighbours,
            params.derivatives,
            params.seed,
            snakemake.resources.gpu,
            origin(snakemake.rule, params),
        )
