"""Record what the chosen layers of one network compute on samples and around them."""

from functools import partial

from sametask import store
from sametask.activations.describe import describe
from sametask.activations.probe import Probe
from sametask.errors import about
from sametask.inputs import read_draws, see
from sametask.job import job
from sametask.networks import device_for, load, weights_digest
from sametask.provenance import provenance as origin


def extract_activations(
    samples,
    folder,
    output,
    name,
    measure,
    inputs,
    neighbours,
    derivatives,
    sequences,
    seed,
    gpu,
    provenance,
):
    """Write activations.zarr; derivatives only where the geometry is estimated from them.

    Of ``sequences`` time is an axis of its own.
    """
    drawn = store.open_store(samples, "samples")
    points = {
        part: draw.inputs for part, draw in read_draws(drawn, ("test", "fit", "pool")).items()
    }
    parents = {**drawn.parents, "samples": drawn.digest, "network": weights_digest(folder)}
    with (
        about(f"network {name!r}"),
        store.create(output, "activations", parents=parents, provenance=provenance) as writer,
    ):
        network = load(folder, measure["dtype"]).to(device_for(gpu))
        look = partial(see, inputs=inputs, view=measure["view"])
        probe = Probe.of(writer, network, measure, look, points["fit"], sequences)
        whole = {part: probe.samples(part, values) for part, values in points.items()}
        if not sequences:
            writer.attributes |= describe(whole["fit"], probe.layout)
        for part in [part for part in ("fit", "pool") if part in points]:
            probe.neighbours(part, points[part], seed=seed, **neighbours)
            if derivatives:
                probe.jacobians(part, points[part])


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
            params.sequences,
            params.seed,
            snakemake.resources.gpu,
            origin(snakemake.rule, params),
        )
