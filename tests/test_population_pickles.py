"""Pickled zoos of the lab: read without its classes, and without running what a file holds."""

import os
import sys

import numpy as np
import pytest
import torch
from refusals import cut, refusal
from workflow_helpers import script
from zoo_files import lab_set, module_of_others, write_lab

from sametask.config.sections.imported_population_section import ImportedPopulation
from sametask.populations.imported.lab import DATA_SETS, PATHS, read_lab
from sametask.populations.imported.pickles import Held, read_pickled
from sametask.populations.stored import StoredPopulation
from sametask.weights.rows import flips_of


@pytest.fixture
def sets():
    return {"trainset": lab_set(4, 0), "valset": lab_set(2, 4), "testset": lab_set(3, 6)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "dataset_12_tetris_hyp.pt"


def stored(path):
    settings = ImportedPopulation(source={"pickled": str(path)})
    script("import_population")(path.parent / "population.zarr", settings, {})
    return StoredPopulation.read(path.parent / "population.zarr")


def refused(path, *words):
    return refusal(read_lab, path, words=words)


@pytest.mark.parametrize("zipped", [True, False])
def test_every_checkpoint_is_read_from_both_formats(sets, path, zipped):
    found = stored(write_lab(path, sets, zipped))
    assert not any(name.startswith("checkpoints_to_datasets") for name in sys.modules)
    assert found.epochs.tolist() == [0, 1, 2] and found.present.all()
    wanted = torch.stack([one for each in sets.values() for one in each["data_in"]])
    assert np.array_equal(found.weights, wanted.reshape(9, 3, 100))
    assert found.split.tolist() == [0] * 6 + [1] * 3
    test = [one for each in sets.values() for one in each["properties"]["test_acc"]]
    np.testing.assert_allclose(found.figure("test/accuracy").ravel(), test, rtol=1e-6)
    np.testing.assert_allclose(found.figure("train/accuracy").ravel() - test, 0.125, atol=1e-6)
    assert found.values("activation") == [["relu", "tanh"][run % 2] for run in range(9)]
    assert found.values("initialiser") == [["uniform", "normal"][run // 2 % 2] for run in range(9)]
    assert found.store["numbers/learning_rate"].tolist() == [0.03] * 9
    refusal(found.figure, "test/loss", words=["no array 'test/loss'"])


def test_without_a_known_activation_no_unit_changes_its_sign(sets, path):
    tanh = [run % 2 == 1 for run in range(9)]
    assert flips_of(stored(write_lab(path, sets))).tolist() == tanh
    for state in sets.values():
        del state["properties"]["model::nlin"]
    assert flips_of(stored(write_lab(path, sets))).tolist() == [False] * 9


def test_a_network_rebuilt_from_its_layers_answers_as_before(path):
    sets = {name: lab_set(3, first, biases=True) for name, first in
            (("trainset", 0), ("testset", 3))}  # fmt: skip
    found = stored(write_lab(path, sets))
    pixels = torch.randn(7, 16, generator=torch.Generator().manual_seed(0))
    base = sets["trainset"]["checkpoint_base"]
    hidden = torch.tanh(pixels @ base["module_list.0.weight"].T + base["module_list.0.bias"])
    wanted = hidden @ base["module_list.2.weight"].T + base["module_list.2.bias"]
    weights = torch.tensor(found.weights[0, 0])
    first, last = found.layers
    hidden = torch.tanh(pixels @ weights[first.kernel[..., 0]].T + weights[first.biases[:, 0]])
    scores = hidden @ weights[last.kernel[..., 0]].T + weights[last.biases[:, 0]]
    torch.testing.assert_close(scores, wanted)


def test_checkpoints_kept_as_dictionaries_are_the_same_vectors(sets, path):
    before = stored(write_lab(path, sets)).weights
    for state in sets.values():
        names = list(state["checkpoint_base"])
        vectors = [one.split([80, 20]) for one in state["data_in"]]
        state["data_in"] = [
            dict(zip(names, (one.view(5, 16), two.view(4, 5)), strict=True)) for one, two in vectors
        ]
        del state["checkpoint_base"]
    assert np.array_equal(stored(write_lab(path, sets)).weights, before)


def test_checkpoints_in_another_order_or_missing_find_their_places(sets, path):
    before = stored(write_lab(path, sets)).weights
    state = sets["testset"]
    kept = [8, 1, 5, 0, 4, 7, 3]  # not checkpoints 2 and 6
    for held in (state, state["properties"]):
        for key, values in held.items():
            if isinstance(values, list) and len(values) == 9:
                held[key] = [values[place] for place in kept]
    found = stored(write_lab(path, sets))
    # The order of networks is that of their first rows.
    assert found.present[6:].sum(axis=1).tolist() == [2, 2, 3]
    again = before[[0, 1, 2, 3, 4, 5, 8, 6, 7]]
    assert np.array_equal(found.weights[found.present], again[found.present])


def test_checkpoints_without_finite_weights_or_accuracy_are_left_out(sets, path):
    sets["trainset"]["data_in"][2][7] = torch.nan
    sets["testset"]["properties"]["test_acc"][0] = float("nan")
    found = stored(write_lab(path, sets))
    assert found.store.attributes["left_out"] == {"not finite": 1, "without accuracy": 1}
    assert np.argwhere(~found.present).tolist() == [[0, 2], [6, 0]]


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("touch canary",), "posix.system"),
        (eval, ("open('canary', 'w')",), "eval"),
        (exec, ("open('canary', 'w')",), "exec"),
        (open, ("canary", "w"), "open"),
        (getattr, (os, "system"), "getattr"),
        (torch.hub.load, ("canary", "canary"), "torch.hub.load"),
        (np.lib.format.open_memmap, ("canary", "w+", "f4", (1,)), "numpy.lib"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_a_function_in_a_file_is_named_and_not_called(
    sets, path, function, arguments, name, zipped, monkeypatch
):
    class Evil:
        def __reduce__(self):
            return function, arguments

    if function is getattr:
        arguments = "canary", "upper"
    monkeypatch.chdir(path.parent)
    sets["trainset"]["filter_function"] = Evil()
    refused(write_lab(path, sets, zipped), path.name, name, "nothing of it was run")
    assert not (path.parent / "canary").exists()


def test_a_module_that_could_be_imported_is_not(sets, path, tmp_path, monkeypatch):
    class Evil:
        pass

    (tmp_path / "canary_module.py").write_text("open('canary', 'w')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    with module_of_others("canary_module", Evil=Evil):
        write_lab(path, sets, other=Evil())
    refused(path, "names 'canary_module.Evil', which is not read")
    assert "canary_module" not in sys.modules
    assert not (tmp_path / "canary").exists()


def test_what_stands_for_a_class_has_no_code_of_it(sets, path):
    content = read_pickled(write_lab(path, sets), (*DATA_SETS, *PATHS))
    held = content["trainset"]
    assert type(held) is Held and type(held.state["erase_augment"]) is Held
    assert held.state["paths"][0].arguments[-1] == "NN_tune_trainable_00000"
    assert not hasattr(held, "data_in")
    refusal(read_pickled, path, PATHS, words=["dataset_simclr.SimCLRDataset", "not read"])
    # What is read once is not read for ever.
    refusal(read_pickled, path, (), words=["not read"])


def test_a_run_in_both_halves_is_refused(sets, path):
    sets["testset"]["paths"][4] = sets["trainset"]["paths"][0]
    refused(write_lab(path, sets), "testset", "_00000' is in another data set as well")


def chain(sets):
    for state in sets.values():
        state["checkpoint_base"]["module_list.2.weight"] = torch.zeros(5, 4)


@pytest.mark.parametrize(
    ("name", "key", "place", "value", "words"),
    [
        ("trainset", "epochs", 1, 0, ["_00000' has several rows of epoch 0"]),
        ("trainset", "epochs", 1, -1, ["has the epoch -1"]),
        ("testset", "data_in", 3, torch.zeros(99), ["testset: checkpoint 3 has 99 weights"]),
        ("valset", "data_in", 0, [0.0], ["valset: 'data_in' is a list"]),
        ("valset", "paths", 2, 7, ["valset: a run has the path 7"]),
        ("valset", "test_acc", 0, "high", ["valset: test_acc and ggap are not all numbers"]),
        ("valset", "test_acc", 0, 25.0, ["test/accuracy 25 is not between 0 and 1"]),
        ("valset", "model::nlin", 0, "tanh", ["has the activation 'relu' and 'tanh'"]),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(sets, path, name, key, place, value, words):
    held = sets[name] if key in sets[name] else sets[name]["properties"]
    held[key][place] = value
    refused(write_lab(path, sets), path.name, *words)


def other_layers(sets):
    base = sets["testset"]["checkpoint_base"]
    base["module_list.0.weight"], base["module_list.2.weight"] = (
        torch.zeros(4, 20),
        torch.ones(5, 4),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_layers, ["testset: its networks have other layers"]),
        (chain, ["layer 1 has 4 inputs, but layer 0 has 5 units"]),
        (lambda sets: sets.pop("testset"), ["has no 'testset'"]),
        (lambda sets: sets["trainset"].pop("paths"), ["trainset: has no 'paths'"]),
        (lambda sets: sets["trainset"].update(properties=None), ["'properties' is a NoneType"]),
        (
            lambda sets: sets["valset"]["properties"].pop("optim::lr"),
            ["valset: has no 'optim::lr'"],
        ),
        (lambda sets: sets["valset"]["properties"]["ggap"].pop(), ["5 entries for 6 checkpoints"]),
    ],
)
def test_data_sets_that_do_not_fit_are_refused(sets, path, change, words):
    change(sets)
    refused(write_lab(path, sets), path.name, *words)


def test_other_content_is_refused(path):
    torch.save([1, 2], path)
    refused(path, "holds a list, no dictionary of data sets")
    torch.save({"trainset": {}, "testset": {}}, path)
    refused(path, "'trainset' is a dict, no data set")
    path.write_bytes(b"")
    refused(path, "truncated or no file of torch.save")
    path.write_text("weights")
    refused(path, path.name)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_is_cut_is_refused(sets, path, zipped):
    cut(write_lab(path, sets, zipped), path.stat().st_size // 2)
    refused(path, "truncated or no file of torch.save")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({}, ["takes one of google and pickled"]),
        ({"google": "a", "pickled": "b"}, ["takes one of google and pickled"]),
        ({"gogle": "a"}, ["unknown key 'gogle'", "'google'"]),
    ],
)
def test_a_source_is_one(source, words):
    with pytest.raises(ValueError) as caught:
        ImportedPopulation(source=source)
    assert all(word in str(caught.value) for word in words)
    with pytest.raises(ValueError, match="split is for google"):
        ImportedPopulation(source={"pickled": "a"}, split="b")
