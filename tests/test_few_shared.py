"""The workflow of networks that share a few inputs, from samples to the page, and run again."""

import json

import numpy as np
import pytest
from workflow_helpers import (
    TINY,
    artifacts,
    change,
    copy_of,
    jobs_in,
    make_repository,
    network,
    planned,
    recorded_in_shards,
    run,
)

from sametask.storage.store import open_store

# Untrained but for a step: first layers of full rank keep the input whatever they learned.
WIDE = {
    "wide": network([1, 6, 1], "tanh1"),
    "wider": network([1, 9, 1], "tanh1"),
}
FEW = TINY | {
    "samples": {"fit": 82, "test": 24, "anchors": 2, "placement": "sobol"},
    "perturbations": {"count": 4, "delta": 0.05},
    "networks": WIDE,
    "geometry": {"source": "jacobian"},
    "diffusion": {"coordinates": "auto", "neighbour": "auto"},
    "study": {"anchors": [1, 3], "choices": 20},
}
PAIR = "results/tiny/wide-wider"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A repository in which the report was made."""
    folder = make_repository(tmp_path_factory.mktemp("few"), FEW)
    run(folder, "results/tiny/report.html")
    return folder


def test_two_shared_inputs_make_maps_that_hold(finished):
    figures = json.loads((finished / PAIR / "evaluation.json").read_text())
    assert figures["alignment"]["found"] and figures["alignment"]["anchors"] == 2
    for direction in ("a_to_b", "b_to_a"):
        missed = {
            name: 1 - one[direction]["activation_r2"] for name, one in figures["maps"].items()
        }
        assert missed["dense_direct_rbf"] < 1e-4 < missed["knn"]
        assert {"intrinsic", "intrinsic_zoomout", "intrinsic_pairs", "affine", "mean"} < set(missed)


def test_the_study_has_every_choice(finished):
    study = open_store(finished / PAIR / "study.zarr", "study")
    assert study["found"].shape == (2, 20)
    assert study["right"][1].mean() >= 0.9
    ours, knn = (study[f"errors/{name}/a_to_b"][1] for name in ("dense_direct_rbf", "knn"))
    assert np.nanmedian(ours) < 1e-3 * np.nanmedian(knn)


def test_the_page_says_what_was_found(finished):
    page = (finished / "results/tiny/report.html").read_text()
    assert "Match found" in page and "two shared inputs" in page


def test_nothing_is_made_twice(finished):
    assert not planned(finished, "results/tiny/report.html")


def test_another_threshold_matches_anew_and_trains_nothing(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    change(folder, "alignment", "confidence", value=0.6)
    rules = {job.split()[0] for job in planned(folder, "results/tiny/report.html")}
    assert {"match_samples", "study_sharing", "fit_matched", "render_matching"} <= rules
    assert not {"train_network", "extract_activations", "embed_diffusion"} & rules


@pytest.mark.slow
def test_matching_and_the_study_repeat_themselves(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    rules = ("match_samples", "study_sharing", "fit_matched")
    printed = run(folder, "--forcerun", *rules, "--", "results/tiny/report.html")
    assert {f"{rule} wide-wider" for rule in rules} <= jobs_in(printed)
    assert artifacts(folder) == artifacts(finished)


@pytest.mark.slow
def test_shards_record_samples_of_a_networks_own_as_one_job_does(finished, tmp_path):
    # More than there are shared inputs: some shards have none of them.
    folder = copy_of(finished, tmp_path / "copy")
    before, after = recorded_in_shards(folder, "results/tiny/wide/activations.zarr", 7)
    assert after == before
