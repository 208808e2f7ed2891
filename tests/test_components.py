"""Principal components in the place of wide layers: what they hold, and what follows from them."""

import json
import logging

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from workflow_helpers import (
    TINY,
    change,
    copy_of,
    make_repository,
    network,
    recorded_in_shards,
    run,
    snakemake,
)

from sametask.activations.components import WIDEST, Components, wanted_components
from sametask.activations.extract import extract_jacobians, extract_perturbed
from sametask.activations.layout import Layout
from sametask.activations.shards import join_shards
from sametask.activations.stored import COMPONENTS, read_layout
from sametask.base.errors import DataError, StoreError
from sametask.config import Verdict
from sametask.config.sections.network_sections import PrincipalComponents
from sametask.examples.small_networks import mlp
from sametask.maps.transformation import Transformation
from sametask.networks import load
from sametask.statistics.chance import draw_chance
from sametask.storage import store
from sametask.verdict.layers.comparison import Layer, gather
from sametask.verdict.layers.decision import decide

WIDE = 384


@pytest.fixture
def wide(generator):
    """Activations (300, 384) of a function of three numbers, and a random rotation of them."""
    inputs = 2 * torch.rand(300, 3, generator=generator).double() - 1
    weights = torch.randn(3, WIDE, generator=generator).double()
    rotation = torch.linalg.qr(torch.randn(WIDE, WIDE, generator=generator).double()).Q
    return inputs, lambda x: torch.tanh(x @ weights), rotation


def test_components_are_those_of_numpy(wide):
    inputs, function, _ = wide
    values = function(inputs)
    found = Components.of(values, "auto")
    variances, vectors = np.linalg.eigh(np.cov(values.T.numpy()))
    share = np.cumsum(variances[::-1]) / variances.sum()
    assert found.count == int((share < 0.999).sum()) + 1 < 60
    assert found.held == pytest.approx(share[found.count - 1])
    scores = (values - values.mean(0)) @ torch.from_numpy(vectors[:, ::-1][:, :5].copy())
    torch.testing.assert_close(found.project(values)[:, :5].abs(), scores.abs())
    assert Components.of(values, 7).count == 7


def test_components_do_not_depend_on_the_basis(wide):
    inputs, function, rotation = wide
    one, two = (Components.of(values, 6).project(values).abs()
                for values in (function(inputs), function(inputs) @ rotation))  # fmt: skip
    torch.testing.assert_close(one, two)


def test_what_is_asked_for_decides():
    assert [wanted_components("auto", total) for total in (WIDEST, WIDEST + 1)] == [None, "auto"]
    assert wanted_components("all", 5000) is None
    assert wanted_components([0, 3], 5000) is None
    assert wanted_components(PrincipalComponents(components=5), 20) == 5


def test_too_many_components_are_refused_and_missing_ones_are_logged(wide, caplog):
    inputs, _, _ = wide
    with pytest.raises(DataError, match=r"components: 4 asked for, but 300 .* of 3 neurons .* 3"):
        Components.of(inputs, 4)
    flat = torch.cat([inputs, inputs @ torch.ones(3, 4).double()], dim=1)
    with caplog.at_level(logging.WARNING):
        assert Components.of(flat, 6).count == 3
    assert "have 3 components, not 6" in caplog.text


def test_a_dead_layer_has_one_component_that_is_zero():
    flat = torch.full((20, 300), 0.1, dtype=torch.float64)
    found = Components.of(flat, "auto")
    assert found.count == 1
    assert not found.project(flat).any()


def test_a_sample_at_which_nothing_reacts_does_not_seem_to(wide):
    inputs, function, _ = wide
    found = Components.of(function(inputs), "auto")
    around = function(inputs[:2])[:, None].expand(2, 50, WIDE).clone()
    # Round-off of the second sample's activations alone.
    around[1] *= 1 + torch.finfo(torch.float64).eps * torch.randint(-2, 3, (50, 1))
    projected = found.project_perturbed(around)
    assert torch.equal(projected, projected[:, :1].expand_as(projected))
    torch.testing.assert_close(projected[:, 0], found.project(function(inputs[:2])))


@pytest.fixture
def measured():
    torch.manual_seed(0)
    module, inputs = mlp([3, 9, 2]).double(), torch.randn(40, 3).double()
    layout = Layout.of(module, ["tanh1"], "auto", inputs)
    return module, inputs, layout.of_components(Components.of(module[:3](inputs).detach(), 4))


def test_perturbations_and_derivatives_are_in_components(measured):
    module, inputs, layout = measured
    around = np.empty((40, 6, 4))
    drawn = inputs[:, None] + 0.1 * torch.randn(40, 6, 3).double()
    given = module, layout, inputs.numpy()
    extract_perturbed(*given, lambda _, rows: drawn[list(rows)].numpy(), around, 8, 7)
    with torch.no_grad():
        expected = layout.measure(module[:3](drawn.reshape(-1, 3))).reshape(40, 6, 4)
    np.testing.assert_allclose(around, expected, atol=1e-13)
    found = np.empty((40, 4, 3))
    extract_jacobians(*given, found, 8, 7)
    exact = torch.func.vmap(torch.func.jacrev(lambda x: layout.measure(module[:3](x[None]))[0]))
    np.testing.assert_allclose(found, exact(inputs).detach(), atol=1e-13)


def test_slices_hold_the_components_of_each_step(measured):
    steps = torch.randn(5, 6, 9).double()
    whole = Layout(("lstm",), ((9,),), tuple(range(9)), ("batch", "time", "neuron"), 6)
    whole = whole.of_components(measured[2].components)
    layout = whole.sliced(2)
    assert (whole.width, layout.width) == (4, 8)
    cut = layout.measure(layout.rows(steps))
    assert torch.equal(cut, layout.rows(whole.measure(steps)))


def test_one_network_in_two_bases_is_equivalent(wide, generator):
    """The same layer, rotated; single neurons of both would be other objects."""
    inputs, function, rotation = wide
    cloud = inputs[:200, None] + 0.01 * torch.randn(200, 48, 3, generator=generator).double()
    layers = []
    for basis in (torch.eye(WIDE).double(), rotation):
        components = Components.of(function(inputs[:200]) @ basis, "auto")
        fit, test = (components.project(function(part) @ basis)
                     for part in (inputs[:200], inputs[200:]))  # fmt: skip
        layers.append(Layer(fit, test, components.project_perturbed(function(cloud) @ basis)))
    settings = Verdict(resamples=99)
    evidence = gather(*layers, draw_chance(100, 99, 9, seed=0).draws, settings)
    assert decide(evidence, settings) == "equivalent"


WIDE_NETWORK = """
from collections import OrderedDict

from torch import nn


def turned(width):
    layers = OrderedDict(linear=nn.Linear(12, width), tanh=nn.Tanh())
    layers |= OrderedDict(turn=nn.Linear(width, width, bias=False), output=nn.Linear(width, 2))
    return nn.Sequential(layers)
"""


def checkpoints(folder):
    """Write one network in two bases of its layer ``turn``; returns an experiment's networks."""
    torch.manual_seed(0)
    weights = {"linear.weight": torch.randn(WIDE, 12) / 4, "linear.bias": torch.randn(WIDE) / 4}
    reader, bias = torch.randn(2, WIDE) / 20, torch.zeros(2)
    networks = {}
    turns = {"plain": torch.eye(WIDE), "turned": torch.linalg.qr(torch.randn(WIDE, WIDE)).Q}
    for name, turn in turns.items():
        path = folder / f"{name}.safetensors"
        own = {"turn.weight": turn, "output.weight": reader @ turn.mT, "output.bias": bias}
        save_file({key: value.contiguous() for key, value in (weights | own).items()}, path)
        given = {"factory": "wide_network:turned", "arguments": {"width": WIDE}, "batch": 512}
        networks[name] = network([], "turn") | given | {"train": None, "checkpoint": str(path)}
    return networks


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run with two networks of 384 neurons, perturbed along data of three dimensions."""
    base = tmp_path_factory.mktemp("wide")
    draw = np.random.default_rng(0)
    states = draw.uniform(-1, 1, (240, 3))
    np.save(base / "data.npy", np.tanh(states @ draw.normal(size=(3, 12)) / 2))
    experiment = {key: value for key, value in TINY.items() if key != "task"} | {
        "inputs": {"domain": "array", "source": str(base / "data.npy")},
        "samples": {"fit": 160, "test": 60},
        "perturbations": {"count": 40, "delta": 0.1, "along": "data", "neighbours": 6},
        "networks": checkpoints(base),
        "diffusion": {"coordinates": 4, "neighbour": 8},
    }
    folder = make_repository(base / "sametask", experiment)
    (folder / "wide_network.py").write_text(WIDE_NETWORK)
    run(folder, "results/tiny/report.html")
    return folder


def test_a_run_finds_both_bases_equivalent_and_says_what_was_measured(finished):
    results = finished / "results/tiny"
    verdict = json.loads((results / "plain-turned/verdict.json").read_text())
    assert verdict["relation"] == "equivalent", verdict["sentence"]
    assert (verdict["along"], verdict["samples"]["inputs"]) == ("data", 12)
    page = (results / "report.html").read_text()
    recorded = store.open_store(results / "plain/activations.zarr", "activations")
    layout = read_layout(recorded)
    count = layout.components.count
    assert recorded.lazy("fit/perturbed").shape == (160, 40, count) and count < 60
    assert f"{count} components that hold 99.9 % of the variance of 384 neurons" in page
    assert "perturbations each (along the data)" in page
    assert "along the data, 6 neighbours" in page


def test_a_saved_transformation_projects_the_source(finished):
    results = finished / "results/tiny"
    transformation = Transformation.load(results / "plain-turned/transformation.zarr", "affine")
    recorded = [store.open_store(results / name / "activations.zarr", "activations")
                for name in ("plain", "turned")]  # fmt: skip
    source = transformation.networks["a"].layout
    neurons = torch.from_numpy(recorded[0]["test/layers"])
    components = source.measure(neurons)
    np.testing.assert_allclose(components, recorded[0]["test/samples"])
    mapped, whole = transformation(components), torch.from_numpy(recorded[1]["test/layers"])
    assert mapped.shape == whole.shape
    assert (mapped - whole).square().sum() < 0.01 * (whole - whole.mean(0)).square().sum()
    with pytest.raises(DataError, match=rf"plain has {source.width} components, got .*384"):
        transformation(neurons)
    modules = [_module(finished, name) for name in ("plain", "turned")]
    stitched = transformation.stitch(*modules)
    seen = torch.from_numpy(recorded[0]["test/seen"])
    answers = torch.from_numpy(recorded[1]["test/outputs"])
    assert (stitched(seen) - answers).square().mean() < 0.01 * answers.var()


def _module(finished, name):
    namespace = {}
    exec(WIDE_NETWORK, namespace)
    folder = finished / "results/tiny" / name / "network"
    return load(folder, namespace["turned"])


def test_untrained_copies_have_components_of_their_own(finished):
    results = finished / "results/tiny"
    one, two = (store.open_store(results / name / "activations.zarr", "activations")
                for name in ("plain", "plain_untrained"))  # fmt: skip
    assert one[f"{COMPONENTS}matrix"].shape[0] == two[f"{COMPONENTS}matrix"].shape[0] == WIDE
    assert not np.array_equal(one[f"{COMPONENTS}mean"], two[f"{COMPONENTS}mean"])


def test_shards_have_the_same_components_bit_for_bit(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    before, after = recorded_in_shards(folder, "results/tiny/plain/activations.zarr", 3)
    assert after == before


def test_shards_with_other_components_are_refused(tmp_path):
    shards = []
    for number in range(2):
        with store.create(tmp_path / str(number), "activations") as writer:
            writer.array(f"{COMPONENTS}mean", np.full(3, number), ["layer_neuron"])
            writer.array("fit/layers", np.ones((2, 3)), ["sample", "layer_neuron"])
        shards.append(store.open_store(tmp_path / str(number), "activations"))
    with (
        pytest.raises(StoreError, match=r"1: has other principal components than .*0: machines"),
        store.create(tmp_path / "joined", "activations") as writer,
    ):
        join_shards(writer, shards)


def test_check_refuses_what_does_not_fit_components(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    change(folder, "networks", "plain", "neurons", value={"components": 200})
    status, printed = snakemake(folder, "--dry-run", "results/tiny/report.html")
    assert status and "neurons.components: 200 asked for, but 384 neurons at 160 fit" in printed
