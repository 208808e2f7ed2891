"""The paper's examples, small: a turning object as any other experiment."""

import json

import numpy as np
import pytest
import torch
from workflow_helpers import make_repository, planned, run

from sametask.config.sections.input_sections import Circle
from sametask.config.sections.network_sections import Training, View
from sametask.config.sections.sample_sections import Task
from sametask.examples.targets import bent_hopf_field, hopf_field, radial_speed
from sametask.inputs import training_data
from sametask.networks import build
from sametask.networks.train import train
from sametask.storage import store

VIEW = {"function": "sametask.examples.scenes:horse", "arguments": {"size": 16}}
FACTORY = "sametask.examples.small_networks:autoencoder"
TRAINING = {
    "samples": 256, "validation": 32, "epochs": 60, "batch": 16, "learning_rate": 8e-3,
    "schedule": "one_cycle", "patience": 60,
}  # fmt: skip


def autoencoder(code, activation, **view):
    """A small autoencoder of an experiment."""
    return {
        "factory": FACTORY,
        "arguments": {"size": 16, "channels": [6, 12], "code": code, "activation": activation},
        "view": {**VIEW, "arguments": VIEW["arguments"] | view},
        "layers": "code",
        "dtype": "float32",
        "train": {
            "samples": 96,
            "validation": 16,
            "epochs": 30,
            "batch": 16,
            "learning_rate": 5e-3,
        },
    }


TURNING = {
    "description": "a small horse that turns",
    "inputs": {"domain": "circle"},
    "samples": {"fit": 120, "test": 40, "test_shift": 0.01},
    "perturbations": {"count": 16, "delta": 0.1},
    "task": {"kind": "reconstruction"},
    "networks": {"left": autoencoder(6, "silu"), "right": autoencoder(9, "tanh", azimuth=1.0)},
    "diffusion": {"coordinates": 6, "neighbour": 3},
    "alignment": {"shuffles": 99},
    "reconstruct": {"of": ["input", "output"]},
}


@pytest.fixture(scope="module")
def turning(tmp_path_factory):
    """The folder of a finished run of the small turning horse."""
    folder = make_repository(tmp_path_factory.mktemp("turning") / "sametask", TURNING)
    run(folder)
    return folder / "results" / "tiny"


@pytest.mark.slow
def test_a_turning_object_has_the_coordinates_of_a_closed_curve(turning):
    # So small a network bends its code sharply; how round the real one is, `make figures` checks.
    for name in ("left", "right"):
        vectors = store.open_store(turning / name / "diffusion.zarr", "diffusion")["eigenvectors"]
        radius = np.hypot(vectors[:, 0], vectors[:, 1])
        assert radius.min() > 0.5 * radius.mean()
        angle = np.unwrap(np.arctan2(vectors[:, 1], vectors[:, 0]))
        assert (np.diff(angle) > 0).all() or (np.diff(angle) < 0).all()
        assert abs(angle[-1] - angle[0]) == pytest.approx(2 * np.pi * 119 / 120, rel=0.1)


@pytest.mark.slow
def test_networks_with_a_camera_each_are_equivalent_and_draw_each_others_pictures(turning):
    verdict = store.read_json(turning / "left-right" / "verdict.json")
    assert verdict["relation"] == "equivalent"
    assert verdict["dimension"] == {"a": 1, "b": 1, "joint": 1}
    judged = store.read_json(turning / "left-right" / "evaluation.json")
    for direction, target in (("a_to_b", "b"), ("b_to_a", "a")):
        own = judged["networks"][target]["task"]["mse"]
        assert judged["maps"]["intrinsic"][direction]["mse"] < 1.1 * own
        assert judged["maps"]["mean"][direction]["mse"] > 1.5 * own


@pytest.mark.slow
def test_each_network_is_recorded_on_what_its_own_camera_sees(turning):
    seen = {
        name: store.open_store(turning / name / "activations.zarr", "activations")["test/seen"]
        for name in ("left", "right")
    }
    assert seen["left"].shape == (40, 1, 16, 16)
    assert np.abs(seen["left"] - seen["right"]).max() > 0.2


@pytest.mark.slow
def test_the_page_shows_films_and_how_many_neurons_it_takes(turning):
    page = (turning / "report.html").read_text()
    for direction in ("left-to-right", "right-to-left"):
        assert f'id="{direction}-strip"' in page
        assert f'id="{direction}-film"' in page
        assert b"acTL" in (turning / "figures" / f"{direction}-film.png").read_bytes()
    assert 'id="reconstruction"' in page
    assert "angle x (rad)" in (turning / "figures" / "left-right-agreement.svg").read_text()
    told = store.open_store(turning / "right" / "reconstruction.zarr", "reconstruction")
    assert told["input/errors"].shape == (20, 7)
    medians = np.median(told["input/errors"], axis=0)
    assert medians[2] < medians[0]


def test_training_on_pictures_repeats_itself():
    settings = Training(
        validation=8, samples=40, learning_rate=3e-3, batch=8, epochs=3, patience=5,
        schedule="one_cycle",
    )  # fmt: skip
    task = Task(kind="reconstruction")
    trained = []
    for _ in range(2):
        inputs = Circle(domain="circle", period=2 * np.pi)
        parts = training_data(inputs, task, settings, View(**VIEW), None, seed=3)
        torch.manual_seed(1)
        network = build(FACTORY, {"size": 16, "channels": [4], "code": 3})
        blocks = [
            part.each(lambda draw: tuple(map(torch.from_numpy, (draw.inputs, draw.targets))))
            for part in parts
        ]
        losses = train(network, *blocks, settings, seed=2)
        trained.append((losses, network.state_dict()))
    (first, weights), (second, other) = trained
    assert first == pytest.approx(second, rel=1e-4)
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, other[name], atol=1e-5, rtol=1e-4)


def test_the_bent_field_is_the_field_in_other_coordinates():
    points = np.random.default_rng(0).uniform(-1.2, 1.2, (4000, 2))
    field, bent = hopf_field(points), bent_hopf_field(points)
    v = field[:, 1]
    jacobian = np.array([[np.ones_like(v), v / 2], [np.full_like(v, -0.2), 0.6 * np.cosh(0.6 * v)]])
    assert np.linalg.det(np.moveaxis(jacobian, -1, 0)).min() > 0.5
    order = np.argsort(bent[:, 1] + bent[:, 0] / 5)
    # bent_2 + bent_1 / 5 is a rising function of v alone, which gives the field back.
    assert (np.diff(v[order]) > 0).all()


def test_the_radial_speed_is_the_radial_part_of_the_field():
    points = np.random.default_rng(1).uniform(-1.2, 1.2, (100, 2))
    radius = np.linalg.norm(points, axis=1)
    along = (hopf_field(points) * points).sum(axis=1) / radius
    np.testing.assert_allclose(radial_speed(points)[:, 0], along)
    assert json.dumps(radial_speed(np.array([[1.0, 0.0]])).tolist()) == "[[0.0]]"


@pytest.mark.slow
def test_a_changed_mesh_is_seen_anew(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    mesh = tmp_path / "box.stl"
    trimesh.creation.box((1, 0.4, 0.7)).export(mesh)
    view = {
        "function": "sametask.examples.scenes:mesh",
        "arguments": {"size": 16, "path": str(mesh)},
    }
    own = {"factory": FACTORY, "layers": "code", "view": view, "dtype": "float32"}
    networks = {
        name: {
            **own,
            "arguments": {"size": 16, "channels": [4], "code": code},
            "train": {"samples": 16, "validation": 4, "epochs": 1},
        }
        for name, code in (("one", 3), ("other", 4))
    }
    content = {**TURNING, "networks": networks, "reconstruct": None}
    content["samples"] = {"fit": 30, "test": 20, "test_shift": 0.01}
    content["diffusion"] = {"coordinates": 3, "neighbour": 3}
    folder = make_repository(tmp_path / "copy", content)
    target = "results/tiny/one/activations.zarr"
    run(folder, target)
    assert planned(folder, target) == set()
    trimesh.creation.box((1, 0.8, 0.7)).export(mesh)
    assert planned(folder, target) == {"train_network one", "extract_activations one"}
