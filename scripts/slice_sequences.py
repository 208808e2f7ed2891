"""Cut what was recorded of sequences into slices of equidistant steps, each a sample."""

from os.path import relpath
from pathlib import Path

from sametask.activations.describe import describe
from sametask.activations.layout import Layout
from sametask.activations.slices import draw_slices
from sametask.base.errors import about
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def slice_sequences(sequences, output, name, positions, seed, provenance):
    """Write activations.zarr of slices; perturbations stay (``read_perturbed``)."""
    recorded = store.open_store(sequences, "activations")
    with about(f"network {name!r}"):
        layout = Layout.from_plain(recorded.attributes["layout"]).sliced(positions["per_sample"])
    total = recorded.lazy("fit/layers").shape[0] * layout.slices.count
    chosen = draw_slices(total, positions["samples"], seed)
    parents = {**recorded.parents, "sequences": recorded.digest}
    with store.create(output, "activations", parents=parents, provenance=provenance) as writer:
        for part, rows in (("fit", chosen), ("test", slice(None))):
            whole = layout.slices.cut(recorded[f"{part}/layers"])[rows]
            measured = whole[:, list(layout.columns)]
            writer.array(f"{part}/layers", whole, ["slice", "layer_neuron"])
            writer.array(f"{part}/samples", measured, ["slice", "neuron"])
            for array in ("seen", "outputs"):
                writer.array(f"{part}/{array}", recorded[f"{part}/{array}"], ["sample"])
            if part == "fit":
                writer.array("fit/slices", rows, ["slice"])
                facts = describe(whole, layout)
        writer.attributes |= {
            **recorded.attributes,
            "layout": layout.plain(),
            "rows_per_sample": layout.rows_per_sample,
            "sequences": relpath(sequences, Path(output).parent),
            **facts,
        }


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        slice_sequences(
            snakemake.input.sequences,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            snakemake.params.positions,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )
