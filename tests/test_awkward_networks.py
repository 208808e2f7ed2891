"""Awkward but legitimate: networks that a user trained, whose modules run twice, a neuron that
never moves, duplicates."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from workflow_helpers import TINY, make_repository, network, planned, run

from sametask.examples.small_networks import mlp
from sametask.storage import store

OWN_NETWORKS = """
from torch import nn


class Stuck(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.tanh, self.output = nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)

    def forward(self, x):
        return self.tanh(self.output(self.tanh(self.linear(x))))
"""


def rows():
    """Inputs (80, 2), a quarter of which are there twice."""
    found = np.random.default_rng(0).uniform(-1, 1, size=(80, 2))
    found[60:] = found[:20]
    return found


def trained(folder):
    """Write the user's checkpoints; returns what an experiment says of both networks."""
    torch.manual_seed(0)
    stuck = nn.ModuleDict({"linear": nn.Linear(2, 5), "output": nn.Linear(5, 1)})
    with torch.no_grad():
        stuck["linear"].weight[3] = 0
    save_file(stuck.state_dict(), folder / "stuck.safetensors")
    torch.save(mlp([2, 6, 1]).state_dict(), folder / "plain.pt")
    own = {"factory": "own_networks:Stuck", "arguments": {}}
    files = {"stuck": folder / "stuck.safetensors", "plain": folder / "plain.pt"}
    given = {name: {"train": None, "checkpoint": str(file)} for name, file in files.items()}
    return {
        "stuck": network([], "tanh#1") | given["stuck"] | own,
        "plain": network([2, 6, 1], "tanh1") | given["plain"],
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    base = tmp_path_factory.mktemp("awkward")
    np.save(base / "data.npy", rows())
    experiment = TINY | {
        "inputs": {"domain": "array", "source": str(base / "data.npy")},
        "samples": {"fit": 60, "test": 20},
        "perturbations": {"count": 16, "delta": 0.05},
        "task": None,
        "networks": trained(base),
    }
    folder = make_repository(base / "copy", experiment)
    (folder / "own_networks.py").write_text(OWN_NETWORKS)
    run(folder)
    return folder


def test_checkpoints_are_judged_without_a_reference(finished):
    verdict = json.loads((finished / "results/tiny/stuck-plain/verdict.json").read_text())
    task = verdict["task"]
    assert task["reference"] == {"a": False, "b": False} and task["relation"]
    for name in ("stuck", "plain"):
        note = f"There is no other network like {name} to compare with, so that the scale ends at "
        assert any(text.startswith(f"{note}{name} itself") for text in task["notes"])


def test_constant_neurons_and_duplicate_samples_are_counted(finished):
    results = finished / "results" / "tiny"
    samples = store.open_store(results / "samples.zarr", "samples")
    drawn, test = samples["fit/inputs"], samples["test/inputs"]
    assert not {row.tobytes() for row in drawn} & {row.tobytes() for row in test}
    twice = len(drawn) - len(np.unique(drawn, axis=0))
    assert twice > 0
    for name, constant in (("stuck", [3]), ("plain", [])):
        recorded = store.open_store(results / name / "activations.zarr", "activations")
        assert recorded.attributes["constant_neurons"] == constant
        assert recorded.attributes["duplicate_samples"] == twice


def test_they_end_in_finite_figures_and_a_page(finished):
    results = finished / "results" / "tiny"
    evaluation = json.loads((results / "stuck-plain" / "evaluation.json").read_text())
    assert evaluation["maps"]["direct_rbf"]["a_to_b"]["activation_r2"] > 0.9
    for directions in evaluation["maps"].values():
        for metrics in directions.values():
            assert np.isfinite(list(metrics.values())).all()
    page = (results / "report.html").read_text()
    assert "20 of the 80 rows of the data set have exactly the inputs of an earlier row" in page


def test_changed_data_are_drawn_and_recorded_anew(finished):
    assert planned(finished) == set()
    np.save(finished.with_name("data.npy"), rows() + 0.1)
    assert {"draw_samples", "extract_activations plain"} <= planned(finished)
