"""Merge neurons of the networks of an ensemble, or leave them out, by one method."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.related import digests
from sametask.neurons.shrinking.curves import curve
from sametask.neurons.shrinking.quality import KIND
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def shrink_networks(
    paths: Mapping[str, str],
    output: str,
    method: str,
    settings: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> None:
    """Write a store of quality over the number of neurons, of each layer and way."""
    rows, members = Rows.read(paths["data"]), Members.read(paths["members"])
    parents = digests(paths["data"], paths["members"])
    with store.create(output, KIND, parents=parents, provenance=provenance) as writer:
        for layer in settings["layers"]:
            found = curve(members, rows, layer, method, settings["sizes"], settings["seed"])
            found.write(writer, layer)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        shrink_networks(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.wildcards.method,
            snakemake.params.settings,
            origin(snakemake.rule, snakemake.params),
        )
