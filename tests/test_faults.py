"""Bad input: one line that names what is wrong, and nothing computed where that is knowable."""

import json
import pickle
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from workflow_helpers import (
    TINY,
    artifacts,
    change,
    copy_of,
    make_repository,
    network,
    planned,
    run,
    script,
    snakemake,
    write_yaml,
)

from sametask import store
from sametask.check import check_experiment
from sametask.config import Verdict
from sametask.errors import DataError, SametaskError
from sametask.experiments import Experiments
from sametask.networks import save
from sametask.networks.zoo import mlp

MLP = "sametask.networks.zoo:mlp"
# A user's own module: a network with a pole at a sample, and one with a neuron that never moves.
OWN_NETWORKS = """
import torch
from torch import nn


class Pole(nn.Module):
    def __init__(self, place):
        super().__init__()
        self.place, self.inverse = place, nn.Identity()

    def forward(self, x):
        return self.inverse(1 / (x - self.place))


class Stuck(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.tanh, self.output = nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)

    def forward(self, x):
        return self.output(self.tanh(self.linear(x)))
"""


@pytest.fixture
def own_networks(tmp_path, monkeypatch):
    (tmp_path / "own_networks.py").write_text(OWN_NETWORKS)
    monkeypatch.syspath_prepend(tmp_path)
    import own_networks

    return own_networks


def the_line(text, *words):
    """The one line of a text that has all these words."""
    lines = [line for line in text.splitlines() if all(word in line for word in words)]
    assert len(lines) == 1, text
    return lines[0]


def refusal(function, *arguments, words):
    """The message with which a function refuses its arguments: one line with these words."""
    with pytest.raises(SametaskError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return the_line(str(caught.value), *words)


def refused_experiment(folder, experiment, *words):
    """Read and try out an experiment, which must be refused in one line with these words."""
    write_yaml(folder / "tiny.yaml", experiment)
    refusal(lambda: check_experiment("tiny", Experiments(folder).get("tiny")), words=words)


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
    words = ["networks.deep", "does not accept samples of shape (1,)"]
    refused_experiment(tmp_path, with_deep(arguments={"widths": [2, 3, 3, 1]}), *words)


def test_more_coordinates_than_samples_are_refused(tmp_path):
    words = ["tiny.yaml", "diffusion.coordinates: 60", "48 fit samples", "at most 46"]
    refused_experiment(tmp_path, TINY | {"diffusion": {"coordinates": 60}}, *words)


class Payload:
    """A pickle that leaves a file behind if it is ever run."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return (open, (self.place, "w"))


def cut(path, size):
    path.write_bytes(path.read_bytes()[:-size])


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


# What only a job can find out.


def test_activations_that_are_not_finite_are_named(undisturbed, own_networks, tmp_path):
    samples = undisturbed / "results/tiny/samples.zarr"
    pole = float(store.open_store(samples, "samples")["fit/inputs"][5, 0])
    origin = {"factory": "own_networks:Pole", "arguments": {"place": pole}}
    folder = tmp_path / "network"
    folder.mkdir()
    save(folder, own_networks.Pole(pole), origin)
    measure = {
        "view": None, "layers": ["inverse"], "neurons": "all", "axes": None, "dtype": "float64",
        "batch": 16,
    }  # fmt: skip
    settings = {
        "measure": measure,
        "inputs": {"domain": "interval", "low": -1, "high": 1},
        "neighbours": {"count": 4, "delta": 0.05},
        "derivatives": False,
        "sequences": False,
        "seed": 0,
    }
    extract = script("extract_activations")
    refusal(
        lambda: extract(samples, folder, [], tmp_path / "a.zarr", "pole", settings, 0, {}),
        words=["network 'pole'", "layer 'inverse'", "sample 5 ", "inf"],
    )
    assert not (tmp_path / "a.zarr").exists()


def embed(folder, output, geometry="deep", **settings):
    """Call the function of ``embed_diffusion`` on the stores of an undisturbed run."""
    place = folder / "results" / "tiny"
    script("embed_diffusion")(
        place / "deep" / "activations.zarr",
        place / geometry / "geometry.zarr",
        output,
        "deep",
        "native",
        {"coordinates": 4, "bandwidth": "knn", "neighbour": 2, "selection": "leading"} | settings,
        {},
    )


def test_more_coordinates_than_the_kernel_has_are_refused(undisturbed, tmp_path):
    words = ["network 'deep'", "diffusion.coordinates: 40 asked for", "at most ", "bandwidth"]
    refusal(
        lambda: embed(undisturbed, tmp_path / "d.zarr", coordinates=40, bandwidth=100.0),
        words=words,
    )
    assert not (tmp_path / "d.zarr").exists()


def test_an_ablation_without_a_bandwidth_ends_nothing(undisturbed, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise DataError("bandwidth: duplicates")

    for name, found in (("whole", True), ("without", False)):
        if not found:
            rule = script("embed_diffusion").__globals__
            monkeypatch.setitem(rule, "euclidean_coordinates", refuse)
        embed(undisturbed, tmp_path / name, bandwidth=1e-3)
        written = store.open_store(tmp_path / name, "diffusion")
        assert ("euclidean/eigenvectors" in written) == found
        assert written["eigenvectors"].shape == (48, 4)


def test_a_store_made_from_other_parents_is_refused(undisturbed, tmp_path):
    words = ["shallow/geometry.zarr", "made from another activations", "delete"]
    refusal(lambda: embed(undisturbed, tmp_path / "d.zarr", geometry="shallow"), words=words)
    assert not (tmp_path / "d.zarr").exists()


@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_damaged_store_is_named_and_its_advice_works(undisturbed, tmp_path, damage):
    folder = copy_of(undisturbed, tmp_path / "copy")
    place = folder / "results" / "tiny" / "deep"
    chunk = max(
        (path for path in (place / "geometry.zarr").rglob("c/**/*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    cut(chunk, 10) if damage == "truncated" else chunk.unlink()
    refusal(
        lambda: embed(folder, tmp_path / "d.zarr"),
        words=["geometry.zarr", str(chunk.relative_to(place / "geometry.zarr")), damage],
    )
    if damage == "missing":
        return
    shutil.rmtree(place / "diffusion.zarr")
    target = "results/tiny/deep/diffusion.zarr"
    status, printed = snakemake(folder, target)
    assert status != 0
    line = the_line(printed, "sametask: error:", "geometry.zarr", "truncated", "delete the store")
    assert "logs/embed_diffusion.log" in line
    assert "Traceback" not in printed
    shutil.rmtree(place / "geometry.zarr")
    run(folder, target)
    assert artifacts(folder) == artifacts(undisturbed)


# Awkward but legitimate: networks that the user trained, a stuck neuron, duplicate samples.


def test_own_networks_with_a_constant_neuron_and_duplicate_samples(own_networks, tmp_path):
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, size=(80, 2))
    rows[60:] = rows[:20]
    np.save(tmp_path / "data.npy", rows)
    torch.manual_seed(0)
    stuck, plain = own_networks.Stuck(), mlp([2, 6, 1])
    with torch.no_grad():
        stuck.linear.weight[3] = 0
    save_file(stuck.state_dict(), tmp_path / "stuck.safetensors")
    torch.save(plain.state_dict(), tmp_path / "plain.pt")
    own = {
        "train": None,
        "checkpoint": str(tmp_path / "stuck.safetensors"),
        "factory": "own_networks:Stuck",
        "arguments": {},
    }
    other = {"train": None, "checkpoint": str(tmp_path / "plain.pt")}
    experiment = TINY | {
        "inputs": {"domain": "array", "source": str(tmp_path / "data.npy")},
        "samples": {"fit": 60, "test": 20},
        "neighbours": {"count": 16, "delta": 0.05},
        "task": None,
        "networks": {
            "stuck": network([], "tanh") | own,
            "plain": network([2, 6, 1], "tanh1") | other,
        },
    }
    folder = make_repository(tmp_path / "copy", experiment)
    shutil.copy(tmp_path / "own_networks.py", folder)
    run(folder)
    results = folder / "results" / "tiny"
    drawn = store.open_store(results / "samples.zarr", "samples")["fit/inputs"]
    twice = len(drawn) - len(np.unique(drawn, axis=0))
    assert twice > 0
    for name, constant in (("stuck", [3]), ("plain", [])):
        recorded = store.open_store(results / name / "activations.zarr", "activations")
        assert recorded.attributes["constant_neurons"] == constant
        assert recorded.attributes["duplicate_samples"] == twice
    evaluation = json.loads((results / "stuck-plain" / "evaluation.json").read_text())
    assert evaluation["maps"]["direct_rbf"]["a_to_b"]["activation_r2"] > 0.9
    for directions in evaluation["maps"].values():
        for metrics in directions.values():
            assert np.isfinite(list(metrics.values())).all()
    assert (results / "report.html").is_file()
    assert planned(folder) == set()
    np.save(tmp_path / "data.npy", rows + 0.1)
    assert {"draw_samples", "extract_activations plain"} <= planned(folder)


def verdict_of(folder, output, a="shallow", b="deep", other=None):
    """Call the script of ``reach_verdict`` on the stores of a run."""
    results = folder / "results" / "tiny"
    pair = {"a": results / a / "activations.zarr", "b": other or results / b / "activations.zarr"}
    untrained = {
        side: results / f"{name}_untrained" / "activations.zarr"
        for side, name in (("a", "shallow"), ("b", "deep"))
    }
    judged = [results / "shallow-deep" / f"evaluation.{kind}" for kind in ("zarr", "json")]
    outputs = [output / "verdict.zarr", output / "verdict.json"]
    script("reach_verdict")(
        pair, {"untrained": untrained}, judged, outputs, Verdict(resamples=99).plain(), 99, 0, {}
    )
    return outputs


def test_unpaired_or_differently_ordered_samples_are_refused_by_digest(undisturbed, tmp_path):
    """The same rows in another order are other samples: their digest says so."""
    recorded = undisturbed / "results" / "tiny" / "deep" / "activations.zarr"
    original = store.open_store(recorded, "activations")
    parents = {**original.parents, "samples": "0" * 64}
    reordered = tmp_path / "reordered.zarr"
    with store.create(reordered, "activations", parents=parents) as writer:
        for name in ("fit/samples", "fit/neighbours", "test/samples", "test/outputs"):
            writer.array(name, original[name][::-1], ["sample"])
        writer.attributes |= original.attributes
    with pytest.raises(SametaskError, match="was made from another samples than the one given"):
        verdict_of(undisturbed, tmp_path, other=reordered)
    assert not (tmp_path / "verdict.json").exists() and not (tmp_path / "verdict.zarr").exists()


def test_an_evaluation_of_another_pair_is_refused(undisturbed, tmp_path):
    with pytest.raises(SametaskError, match=r"evaluation\.zarr: was made from another a than"):
        verdict_of(undisturbed, tmp_path, a="deep", b="shallow")


def test_a_verdict_repeats_itself(undisturbed, tmp_path):
    outputs = verdict_of(undisturbed, tmp_path)
    again = verdict_of(undisturbed, tmp_path / "again")
    assert outputs[1].read_text() == again[1].read_text()
    found = [store.open_store(one[0], "verdict").digest for one in (outputs, again)]
    assert found[0] == found[1]
