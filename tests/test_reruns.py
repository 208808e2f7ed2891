"""Edits of the user's own files: each reruns what it touches, whatever the dates of the files."""

import os

import pytest
from safetensors.torch import save_file
from test_faults import with_deep
from workflow_helpers import edit, make_repository, planned, run

from sametask.examples.small_networks import mlp

TARGET = "results/tiny/deep/network"
NETWORKS = """
from mylayers import layers


def perceptron(options):
    return layers([1, 3, 3, 1])
"""
LAYERS = """
from sametask.examples.small_networks import mlp


def layers(widths):
    return mlp(widths)
"""


def weights(path):
    save_file(mlp([1, 3, 3, 1]).state_dict(), path)


@pytest.fixture
def folder(tmp_path):
    """A run that has taken over a network from a checkpoint, built by two modules and a file."""
    arguments = {"options": {"words": ["words.txt"]}}
    deep = {"factory": "mynetworks:perceptron", "arguments": arguments, "train": None}
    folder = make_repository(tmp_path / "copy", with_deep(**deep, checkpoint="deep.safetensors"))
    (folder / "mynetworks.py").write_text(NETWORKS)
    (folder / "mylayers.py").write_text(LAYERS)
    (folder / "words.txt").write_text("one two")
    weights(folder / "deep.safetensors")
    run(folder, TARGET)
    return folder


def test_what_comes_from_a_checkpoint_has_no_reference(folder):
    references = {job for job in planned(folder) if job.endswith("_reference")}
    assert references == {"train_network shallow_reference"}


def test_own_modules_and_files_count_and_dates_do_not(folder):
    for name in ("deep.safetensors", "words.txt", "mylayers.py"):
        os.utime(folder / name)
    edit(folder / "mylayers.py", "def layers", "# A comment.\ndef layers")
    assert planned(folder, TARGET) == set()
    edit(folder / "mylayers.py", "mlp(widths)", "mlp(list(widths))")
    assert planned(folder, TARGET) == {"fetch_network deep"}
    edit(folder / "mylayers.py", "mlp(list(widths))", "mlp(widths)")
    assert planned(folder, TARGET) == set()
    # As `cp -p` and `rsync -a` leave them: newer contents, older dates.
    weights(folder / "deep.safetensors")
    os.utime(folder / "deep.safetensors", (0, 0))
    assert planned(folder, TARGET) == {"fetch_network deep"}
    run(folder, TARGET)
    assert planned(folder, TARGET) == set()
    (folder / "words.txt").write_text("two one")
    os.utime(folder / "words.txt", (0, 0))
    assert planned(folder, TARGET) == {"fetch_network deep"}
