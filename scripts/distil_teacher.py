"""Distil teachers into small Bayesian students, with the teachers' posterior as their prior."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.distillation_section import Distillation
from sametask.jobs.job import job
from sametask.neurons.data.rows import Rows
from sametask.neurons.distillation.study import distil
from sametask.storage.store import write_json


def distil_teacher(path: str, output: str, settings: Mapping[str, Any]) -> None:
    """Write distillation.json: how good the students of every arm are on held-out rows."""
    asked = Distillation(**settings["asked"])
    others = {name: settings[name] for name in ("activation", "held_out", "seed")}
    write_json(output, distil(Rows.read(path), asked, **others))


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        distil_teacher(snakemake.input.data, snakemake.output[0], snakemake.params.settings)
