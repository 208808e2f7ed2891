"""Bad input that is known of before anything runs: one line names it, and nothing is computed."""

import pickle

import numpy as np
import pytest
import torch
from refusals import cut, refused_experiment, the_line
from safetensors.torch import save_file
from workflow_helpers import TINY, change, make_repository, snakemake

from sametask.examples.small_networks import mlp


def with_deep(**keys):
    """The tiny experiment with other keys of the network ``deep``; ``None`` takes one out."""
    deep = {key: value for key, value in (TINY["networks"]["deep"] | keys).items() if value}
    return TINY | {"networks": TINY["networks"] | {"deep": deep}}


# What reaches the terminal.


@pytest.mark.parametrize(
    ("place", "target", "words"),
    [
        (("diffusion", "bandwith"), None, ["tiny.yaml: diffusion", "'bandwith'", "'bandwidth'?"]),
        (("networks", "deep", "layers"), None, ["networks.deep", "'slow'", "valid", "'tanh2'"]),
        (None, "results/tinny/report.html", ["tinny.yaml: no such file", "'tiny'?"]),
        (None, "results/tiny/shallow-dep/evaluation.json", ["no network 'dep'", "'deep'?"]),
    ],
)
def test_snakemake_says_it_in_one_line_and_runs_nothing(tmp_path, place, target, words):
    folder = make_repository(tmp_path / "copy")
    if place:
        change(folder, *place, value="slow")
    status, printed = snakemake(folder, *([target] if target else []))
    assert status != 0
    the_line(printed, *words)
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("experiments: [tinny]", ["config.yaml", "tinny", "did you mean 'tiny'?"]),
        ("experiment: [tiny]", ["config.yaml", "'experiment'", "did you mean 'experiments'?"]),
    ],
)
def test_a_wrong_list_of_experiments_is_told(tmp_path, content, words):
    folder = make_repository(tmp_path / "copy")
    (folder / "config" / "config.yaml").write_text(content)
    status, printed = snakemake(folder, "--dry-run")
    assert status != 0
    the_line(printed, *words)


# What is known before anything runs.


def test_a_layer_that_does_not_exist_names_the_near_ones(tmp_path):
    words = ["networks.deep", "no layer 'tahn2'", "did you mean 'tanh2'"]
    refused_experiment(tmp_path, with_deep(layers="tahn2"), *words)


def test_a_neuron_that_does_not_exist_names_the_last(tmp_path):
    words = ["networks.deep", "neurons: 3", "the last is 2"]
    refused_experiment(tmp_path, with_deep(neurons=[0, 3]), *words)


def test_a_network_that_does_not_take_the_inputs_is_told(tmp_path):
    words = ["networks.deep", "does not accept inputs of shape (1,)"]
    refused_experiment(tmp_path, with_deep(arguments={"widths": [2, 3, 3, 1]}), *words)


def test_more_coordinates_than_samples_are_refused(tmp_path):
    words = ["tiny.yaml", "diffusion.coordinates: 60", "samples.fit: 48", "at most 46"]
    refused_experiment(tmp_path, TINY | {"diffusion": {"coordinates": 60}}, *words)


class Payload:
    """A pickle that leaves a file behind if it is ever run."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return (open, (self.place, "w"))


def spoilt_checkpoint(folder, kind):
    """Write a checkpoint that must not be taken over."""
    path = folder / ("deep.pt" if "pickle" in kind else "deep.safetensors")
    if kind == "a pickle with code":
        path.write_bytes(pickle.dumps({"weights": Payload(folder / "ran")}))
    elif kind == "code in a torch pickle":
        torch.save({"weights": Payload(folder / "ran")}, path)
    elif kind == "another architecture":
        save_file(mlp([1, 4, 3, 1]).state_dict(), path)
    elif kind == "truncated":
        save_file(mlp([1, 3, 3, 1]).state_dict(), path)
        cut(path, 10)
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", ["checkpoint not found"]),
        ("truncated", ["truncated"]),
        ("another architecture", ["another architecture", "'linear1.weight'", "(4, 1)", "(3, 1)"]),
        ("a pickle with code", ["refused", "none of it was run"]),
        ("code in a torch pickle", ["refused", "none of it was run"]),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_named(tmp_path, kind, words):
    path = spoilt_checkpoint(tmp_path, kind)
    experiment = with_deep(train=None, checkpoint=str(path))
    refused_experiment(tmp_path, experiment, "networks.deep", str(path), *words)
    assert not (tmp_path / "ran").exists()


def test_the_code_in_a_pickle_is_not_run_by_the_workflow_either(tmp_path):
    path = spoilt_checkpoint(tmp_path, "code in a torch pickle")
    folder = make_repository(tmp_path / "copy", with_deep(train=None, checkpoint=str(path)))
    status, printed = snakemake(folder)
    assert status != 0
    the_line(printed, "networks.deep", "deep.pt: refused", "none of it was run")
    assert not (tmp_path / "ran").exists()
    assert not (folder / "results").exists()


@pytest.mark.parametrize("size", [20, 2000])
def test_a_data_set_that_is_cut_is_named(tmp_path, size):
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.ones((100, 4)), labels=np.zeros(100))
    cut(path, size)
    content = {
        "inputs": {"domain": "array", "source": str(path), "labels": "labels"},
        "task": {"kind": "classification"},
    }
    refused_experiment(tmp_path, TINY | content, "inputs.source", str(path), "damaged")
