"""Say whether shrunk networks are still the same, by the verdicts on task and layer."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.jobs.workers import on_workers
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.related import digests
from sametask.neurons.shrinking.sameness import judged, meetings
from sametask.storage.store import write_json


def judge_shrunk(
    paths: Mapping[str, str], output: str, method: str, settings: Mapping[str, Any], threads: int
) -> None:
    """Write sameness.json: the verdicts on networks and what is left of them, by layer."""
    digests(paths["data"], paths["members"])
    rows, members = Rows.read(paths["data"]), Members.read(paths["members"])
    layers = {}
    for layer in settings["layers"]:
        met = meetings(members, rows, layer, method, settings["sizes"], settings["seed"])
        calls = [(shrunken,) for shrunken in met]
        layers[layer] = list(on_workers(judged, calls, threads, "shrunk networks"))
    write_json(output, {"method": method, "layers": layers})


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        judge_shrunk(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.params.method,
            snakemake.params.settings,
            snakemake.threads,
        )
