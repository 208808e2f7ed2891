"""Files of zoos that state what they do not have: each is refused in one line."""

import gzip

import pytest
import torch
from refusals import refusal
from zoo_files import google_files, lab_set, write_lab

from sametask.populations.imported.google import read_google
from sametask.populations.imported.lab import read_lab


@pytest.fixture
def files(tmp_path):
    return google_files(tmp_path / "mnist", steps=(0, 86))


@pytest.fixture
def sets():
    return {"trainset": lab_set(4, 0), "valset": lab_set(2, 4), "testset": lab_set(3, 6)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "dataset_12_tetris_hyp.pt"


def google_refused(files, *words):
    refusal(read_google, files.folder, None, 0, words=words)


def lab_refused(path, sets, *words):
    refusal(read_lab, write_lab(path, sets), words=[path.name, *words])


@pytest.mark.parametrize(
    ("key", "said"), [("step", "'' is no whole"), ("modeldir", "names no run")]
)
def test_the_line_of_a_wrong_entry_is_told_once(files, key, said):
    files.rows[3][key] = ""
    google_refused(files.write(), f"mnist/metrics.csv.gz: line 5: {said}")


def test_a_column_that_is_there_twice_is_refused(files):
    path = files.write().folder / "metrics.csv.gz"
    with gzip.open(path, "rt") as file:
        first, *others = file.read().splitlines()
    with gzip.open(path, "wt") as file:
        file.write("\n".join([f"{first},test_accuracy", *(f"{line},0.5" for line in others)]))
    google_refused(files, "metrics.csv.gz: several columns 'test_accuracy'")


@pytest.mark.parametrize("shape", ["(-4, 4970)", "(True, 4970)", f"({10**30}, 4970)"])
def test_a_shape_of_no_array_is_refused(files, shape):
    path = files.write().folder / "weights.npy"
    header, numbers = path.read_bytes()[10:128], path.read_bytes()[128:]
    written = header.decode().replace("(16, 4970)", shape).strip().ljust(117) + "\n"
    path.write_bytes(path.read_bytes()[:10] + written.encode() + numbers)
    google_refused(files, "weights.npy: truncated or no .npy file")


def test_networks_of_which_no_two_are_alike_have_no_halves(files):
    google_files(files.folder, runs=4, steps=(0,)).write()
    google_refused(files, "no network is in the half test, of 4; no combination of classes has two")


@pytest.mark.parametrize(
    "change",
    [
        lambda vector: torch.zeros(1).expand(10**13),
        lambda vector: vector.to("meta"),
        lambda vector: vector.to_sparse(),
        lambda vector: vector.to(torch.complex64),
    ],
)
@pytest.mark.parametrize("key", ["data_in", "checkpoint_base"])
def test_numbers_that_the_file_does_not_have_are_refused(sets, path, change, key):
    held, place = sets["trainset"][key], 3 if key == "data_in" else "module_list.0.weight"
    held[place] = change(held[place])
    lab_refused(path, sets, "trainset: ", "that are not in the file, or are not real")


def test_parameters_are_tensors(sets, path):
    held = sets["testset"]["data_in"]
    held[:] = map(torch.nn.Parameter, held)
    assert read_lab(write_lab(path, sets)).rows.shape == (9, 3)


def test_a_checkpoint_without_either_accuracy_is_left_out(sets, path):
    for key, place in (("ggap", 1), ("test_acc", 4)):
        sets["valset"]["properties"][key][place] = float("nan")
    found = read_lab(write_lab(path, sets))
    assert found.left_out["without accuracy"] == 2 and (found.rows < 0).sum() == 2


@pytest.mark.parametrize(
    ("name", "place", "value", "words"),
    [
        ("paths", 2, "", ["a run has the path ''"]),
        ("layer_lst", 0, 0, ["'layer_lst' is [0, (2, 'fc')]"]),
        ("layer_lst", slice(None), [], ["'layer_lst' is []"]),
        ("checkpoint_base", "module_list.0.weight", torch.zeros(80), ["has the shape (80,)"]),
        ("test_acc", 0, 10**400, ["test_acc and ggap are not all numbers"]),
        ("test_acc", slice(None), [[0.5, 0.5]] * 12, ["test_acc and ggap are not all numbers"]),
    ],
)
def test_entries_of_another_form_are_refused(sets, path, name, place, value, words):
    held = sets["trainset"] if name in sets["trainset"] else sets["trainset"]["properties"]
    held[name][place] = value
    lab_refused(path, sets, "trainset: ", *words)
