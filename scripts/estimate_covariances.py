"""Estimate the mean and the covariance of every neuron of a layer of an ensemble."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.ensemble_section import Ensemble
from sametask.jobs.job import job
from sametask.neurons import members, moments
from sametask.neurons.covariances.estimators import estimate
from sametask.neurons.data import rows
from sametask.neurons.related import digests
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def estimate_covariances(
    paths: Mapping[str, str],
    output: str,
    estimator: str,
    asked: Ensemble,
    provenance: Mapping[str, Any],
) -> None:
    """Write covariances/{estimator}.zarr: means, covariances, and facts about the estimate."""
    parents = digests(paths["data"], paths["members"])
    networks, learned = members.Members.read(paths["members"]), rows.Rows.read(paths["data"])
    found = estimate(estimator, networks, learned, asked)
    with store.create(output, moments.KIND, parents=parents, provenance=provenance) as writer:
        found.write(writer)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        estimate_covariances(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.wildcards.estimator,
            Ensemble(**snakemake.params.settings),
            origin(snakemake.rule, snakemake.params),
        )
