"""The workflow of sequences, from a file of the user's own to verdicts of two sizes of slices."""

import json

import h5py
import numpy as np
import pytest
import torch
from workflow_helpers import (
    change,
    copy_of,
    jobs_in,
    make_repository,
    planned,
    recorded_in_shards,
    run,
    snakemake,
    write_yaml,
)

from sametask.activations.extract import to_network
from sametask.maps.transformation import Transformation
from sametask.networks import load
from sametask.storage.store import open_store

OWN = """
from torch import nn


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(3, 4), nn.Linear(80, 1)

    def forward(self, x):
        outputs, _ = self.lstm(x.swapaxes(0, 1))
        return self.linear(outputs.swapaxes(0, 1).flatten(1))


class Attentive(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 6)
        self.encoder = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0, batch_first=True)
        self.linear = nn.Linear(120, 1)

    def forward(self, x):
        return self.linear(self.encoder(self.first(x)).flatten(1))
"""


def network(name, layer, axes, **keys):
    return {
        "factory": f"own_sequences:{name}",
        "layers": layer,
        "axes": axes,
        "dtype": "float32",
        "train": {"validation": 16, "epochs": 2, "batch": 16},
    } | keys


FIRST = {
    "description": "two networks of windows",
    "inputs": {
        "domain": "array", "source": "windows.h5", "inputs": "windows", "labels": "blades",
    },
    "samples": {"fit": 40, "test": 30},
    "perturbations": {"count": 32, "delta": 0.05},
    "task": {"kind": "classification"},
    "positions": {"per_sample": 5, "samples": 100},
    "networks": {
        "recurrent": network("Recurrent", "lstm", ["time", "batch", "neuron"]),
        "attentive": network(
            "Attentive", "encoder", ["batch", "time", "neuron"], neurons=[0, 2, 5]
        ),
    },
    "geometry": {"rank": 8, "ridge": 0.1},
    "diffusion": {"coordinates": 4, "neighbour": 5},
    "alignment": {"shuffles": 99},
    "maps": {"smoothing": "auto", "fill": ["mean", "zero"]},
    "verdict": {"resamples": 99},
}  # fmt: skip
SECOND = {
    "extends": "tiny",
    "recorded": "tiny",
    "positions": {"per_sample": 2, "samples": 90},
}
PAIR = "recurrent-attentive"


def judged(name):
    return [f"results/{name}/{PAIR}/{kind}.json" for kind in ("evaluation", "verdict")]


def write_windows(path):
    drawn = np.random.default_rng(0)
    windows = drawn.normal(size=(120, 20, 3)).astype(np.float32)
    blades = np.zeros((120, 14), dtype=bool)
    blades[np.arange(120), drawn.integers(14, size=120)] = windows[:, ::4].sum(axis=(1, 2)) > 0
    with h5py.File(path, "w") as file:
        file["windows"], file["blades"] = windows, blades


def repository(folder):
    """A repository with both experiments, the user's module, and the user's file."""
    make_repository(folder, FIRST)
    write_yaml(folder / "config/experiments/second.yaml", SECOND)
    (folder / "config/config.yaml").write_text("experiments: [tiny, second]\n")
    (folder / "own_sequences.py").write_text(OWN)
    write_windows(folder / "windows.h5")
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = repository(tmp_path_factory.mktemp("sequences") / "sametask")
    (folder / "printed.log").write_text(run(folder, *judged("second")))
    return folder


def test_the_second_experiment_trains_and_records_nothing(finished):
    results = finished / "results"
    for name in FIRST["networks"]:
        assert (results / "tiny" / name / "sequences.zarr").is_dir()
        found = {path.name for path in (results / "second" / name).iterdir()}
        assert "activations.zarr" in found and not {"network", "sequences.zarr"} & found
    assert not (results / "second" / "samples.zarr").exists()
    assert not list((results / "second").glob("*/network"))
    jobs = jobs_in((finished / "printed.log").read_text())
    # For the first experiment: each network and its reference, or its untrained copy.
    for rule, ending in (("train_network", "_reference"), ("extract_sequences", "_untrained")):
        expected = {f"{rule} {name}{end}" for name in FIRST["networks"] for end in ("", ending)}
        assert {job for job in jobs if job.startswith(rule)} == expected
    assert "Nothing to be done" in run(finished, "--dry-run", *judged("second"))


@pytest.mark.parametrize(("first", "second"), [("auto", None), (None, "auto")])
def test_references_are_those_of_the_verdict_that_asks(tmp_path, first, second):
    folder = repository(tmp_path / "copy")
    for name, reference in (("tiny", first), ("second", second)):
        file = f"config/experiments/{name}.yaml"
        change(folder, "verdict", "reference", value=reference, file=file)
    made = {job for job in planned(folder, *judged("second")) if job.endswith("_reference")}
    assert made == ({f"train_network {name}_reference" for name in FIRST["networks"]} if second
                    else set())  # fmt: skip


def require_judged(folder, name, fit, per_sample):
    """Slices are fitted, and windows are judged by every map."""
    place = folder / "results" / name
    figures = json.loads((place / PAIR / "evaluation.json").read_text())
    assert (figures["samples"]["fit"], figures["samples"]["test"]) == (fit, 30)
    assert figures["networks"]["b"]["neurons"] == 3 * per_sample
    routes = [f"{route}{fill}" for route in ("intrinsic", "thesis")
              for fill in ("", "_fill_mean", "_fill_zero")]  # fmt: skip
    assert {*routes, "direct_rbf", "affine", "mean"} <= set(figures["maps"])
    for directions in figures["maps"].values():
        for metrics in directions.values():
            assert {"activation_r2", "agreement", "output_mse", "accuracy"} <= set(metrics)
            assert np.isfinite(list(metrics.values())).all()
    assert json.loads((place / PAIR / "verdict.json").read_text())["relation"]
    recorded = open_store(place / "attentive/activations.zarr", "activations")
    assert recorded["fit/samples"].shape == (fit, 3 * per_sample)
    assert recorded["test/layers"].shape == (30 * 20 // per_sample, 6 * per_sample)


def test_slices_are_fitted_and_windows_are_judged(finished):
    require_judged(finished, "second", 90, 2)


@pytest.mark.slow
def test_the_experiment_that_records_is_judged_too(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    rules = {job.split()[0] for job in jobs_in(run(folder, *judged("tiny")))}
    assert "slice_sequences" in rules and not {"train_network", "extract_sequences"} & rules
    require_judged(folder, "tiny", 100, 5)


@pytest.mark.parametrize("direction", ["a_to_b", "b_to_a"])
@pytest.mark.parametrize("name", ["intrinsic", "thesis_fill_mean"])
def test_a_stitched_network_puts_out_what_was_judged(finished, monkeypatch, name, direction):
    monkeypatch.syspath_prepend(finished)
    results = finished / "results"
    expected = open_store(results / "second" / PAIR / "evaluation.zarr", "evaluation")
    networks = [
        load(results / "tiny" / name / "network", one["factory"], dtype="float32")
        for name, one in FIRST["networks"].items()
    ]
    windows = open_store(results / "tiny/samples.zarr", "samples")["test/inputs"]
    loaded = Transformation.load(results / "second" / PAIR / "transformation.zarr", name)
    with torch.no_grad():
        outputs = loaded.stitch(*networks, direction)(to_network(networks[0], windows))
    wanted = expected[f"{name}/{direction}/outputs"]
    np.testing.assert_allclose(outputs, wanted, rtol=1e-3, atol=1e-4)
    assert wanted.shape == (30, 1) and np.ptp(wanted) > 1e-2


def test_neurons_that_are_not_measured_are_filled_as_told(finished):
    found = open_store(finished / "results/second" / PAIR / "evaluation.zarr", "evaluation")
    mean, zero = (found[f"intrinsic_fill_{way}/a_to_b/layers"] for way in ("mean", "zero"))
    own = found["intrinsic/a_to_b/layers"]
    for step in (0, 6):
        measured, others = np.add([0, 2, 5], step), np.add([1, 3, 4], step)
        np.testing.assert_allclose(mean[:, measured], own[:, measured])
        expected = own[:, measured].mean(axis=1, keepdims=True)
        np.testing.assert_allclose(mean[:, others], np.broadcast_to(expected, (300, 3)))
        assert (zero[:, others] == 0).all() and (zero[:, measured] == own[:, measured]).all()


def refused(folder, *words):
    status, printed = snakemake(folder, *judged("second"))
    assert status != 0
    lines = [line for line in printed.splitlines() if all(word in line for word in words)]
    assert len(lines) == 1, printed
    assert not (folder / "results").exists()


def test_what_cannot_work_is_refused_before_any_job(tmp_path):
    folder = repository(tmp_path / "copy")
    change(folder, "positions", "per_sample", value=3, file="config/experiments/second.yaml")
    refused(folder, "second.yaml", "per_sample: 3 does not divide the 20", "1, 2, 4, 5, 10, 20")
    change(folder, "positions", "per_sample", value=2, file="config/experiments/second.yaml")
    path = folder / "windows.h5"
    path.write_bytes(path.read_bytes()[:5000])
    refused(folder, "windows.h5", "damaged")


@pytest.mark.slow
def test_shards_record_sequences_as_one_job_does(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    before, after = recorded_in_shards(folder, "results/tiny/recurrent/sequences.zarr", 3)
    assert after == before
