"""A diffusion map that fails: everything that needs no coordinates is made, and the rest told."""

import json
import logging
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from refusals import refusal, the_line
from report_stores import stated, write
from scipy.sparse.linalg import ArpackNoConvergence
from workflow_helpers import TINY, make_repository, network, run, script

from sametask import Transformation
from sametask.activations.layout import Layout
from sametask.base.errors import DataError
from sametask.cli.main import main
from sametask.config.sections.stage_sections import Verdict
from sametask.diffusion.datafold_solver import datafold_solver
from sametask.evaluation.judged_maps import Held, judge
from sametask.jobs.job import attempt
from sametask.maps.affine import Affine
from sametask.maps.fitting import BASELINES, EUCLIDEAN, ROUTES, fit_maps
from sametask.maps.routes import Side
from sametask.maps.transformation import Measured
from sametask.report.data.experiment import Network
from sametask.report.figures.reconstruction import reconstruction_figure
from sametask.report.pictures.network import reconstruction_picture
from sametask.storage import store
from sametask.verdict.layers.statement import failures, state

STEPS = """
from torch import nn


class Steps(nn.Module):
    def forward(self, x):
        return (100 * x).clamp(-1, 1)


def steps():
    return nn.Sequential(Steps(), nn.Linear(1, 1))
"""


@pytest.fixture(scope="module")
def partial(tmp_path_factory):
    """``tiny`` with a network of two or three different activations, too few for coordinates."""
    steps = network([], "0") | {"factory": "mynets:steps", "arguments": {}}
    networks = {"shallow": TINY["networks"]["shallow"], "steps": steps}
    experiment = TINY | {"networks": networks, "reconstruct": {"of": ["input"], "neurons": 1}}
    folder = make_repository(tmp_path_factory.mktemp("partial") / "sametask", experiment)
    (folder / "mynets.py").write_text(STEPS)
    return folder, run(folder)


def test_a_run_without_a_diffusion_map_ends_with_a_page_and_says_so(partial, capsys):
    folder, printed = partial
    results = folder / "results" / "tiny"
    pair = results / "shallow-steps"
    failed = store.open_store(results / "steps" / "diffusion.zarr", "diffusion")
    assert failed.failed.startswith("network 'steps': ") and failed.arrays == []
    assert store.open_store(pair / "alignment.zarr", "alignment").failed == failed.failed
    assert not store.open_store(results / "shallow" / "diffusion.zarr", "diffusion").failed
    # The first line comes from the job, the last one from the page.
    the_line(printed, "sametask: warning: no diffusion map: network 'steps'")
    the_line(printed, "sametask: warning: results/tiny/report.html does without", failed.failed)
    assert failed.failed in (results / "steps" / "logs" / "embed_diffusion.log").read_text()
    verdict = json.loads((pair / "verdict.json").read_text())
    assert not {"procrustes", "r2_intrinsic", "round_trip"} & set(verdict)
    assert verdict["r2"]["a_to_b"][1] > 0.9 and failed.failed in verdict["failures"][0]
    main(["verdict", str(results)])
    assert "!! There is no diffusion map (network 'steps'" in capsys.readouterr().out
    for page in (results / "report.html", folder / "results" / "summary.html"):
        text = page.read_text()
        assert "⚠ Not made." in text and "no diffusion map (network &#39;steps&#39;" in text
    with pytest.raises(store.StoreError, match=r"no array 'eigenvectors' .*network 'steps'"):
        failed["eigenvectors"]


def test_other_maps_load_and_the_intrinsic_one_says_why_not(partial):
    path = partial[0] / "results" / "tiny" / "shallow-steps" / "transformation.zarr"
    words = ("'intrinsic'", "network 'steps'", "knn")
    told = refusal(Transformation.load, path, "intrinsic", words=words)
    assert len(told) - len(str(path)) < 300
    assert set(Transformation.load(path).names.values()) <= set(BASELINES)
    for name in BASELINES:
        assert Transformation.load(path, name)(torch.zeros(3, 1).double()).shape == (3, 1)


def side(samples, coordinates=None):
    return Side(samples, samples, coordinates)


def test_maps_that_cannot_be_fitted_are_left_out_by_themselves(generator):
    samples = torch.randn(30, 2, generator=generator).double()
    fitted = fit_maps(side(samples), side(2 * samples), None, 0.0, failed="why")
    assert set(fitted.maps) == set(BASELINES)
    assert fitted.left_out == dict.fromkeys((*ROUTES, EUCLIDEAN), "why")
    constant = side(torch.ones(30, 2).double())
    fitted = fit_maps(side(samples), constant, None, 0.0)
    assert set(BASELINES) - set(fitted.maps) == {"direct_rbf"}
    assert "distinct samples" in fitted.left_out["direct_rbf"]
    # Coordinates that splines cannot be fitted to.
    flat = side(samples, torch.ones(30, 2).double())
    fitted = fit_maps(flat, flat, torch.eye(2).double(), 0.0)
    assert set(BASELINES) == set(fitted.maps) and "distinct" in fitted.left_out["intrinsic"]


def test_equivalence_without_coordinates_is_said_to_be_untested():
    verdict = stated(("one", "two"))
    networks = {side: {**one, "task": {}} for side, one in verdict["networks"].items()}
    facts = {
        "experiment": "x",
        "networks": networks,
        "along": "noise",
        "samples": {"inputs": 1, "perturbations": 6},
        "alignment": {"failed": "why"},
    }
    outputs = {side: np.arange(3.0) for side in "ab"}
    said = state(verdict, facts, outputs, Verdict(**verdict["thresholds"]))
    assert said["sentence"].endswith("Whether a rotation confirms it could not be tested.")
    assert "(why)" in said["failures"][0]
    said = state(verdict, facts | {"alignment": {}}, outputs, Verdict(**verdict["thresholds"]))
    assert "failures" not in said and "rotation" not in said["sentence"]


def test_a_failure_says_what_holds_without_it():
    facts = {"alignment": {"failed": "network 'a': why"}, "left_out": {"intrinsic": "why"}}
    (text,) = failures(facts)
    assert "no diffusion map (network 'a': why)" in text and "R²" in text
    (text,) = failures({"alignment": {}, "left_out": {"intrinsic": "why"}})
    assert "no map through the diffusion coordinates (why)" in text
    assert failures({"alignment": {}, "left_out": {EUCLIDEAN: "why"}}) == []


def test_what_other_engines_raise_is_told_in_one_line(monkeypatch):
    engine = ModuleType("sametask.diffusion.datafold_engine")
    monkeypatch.setitem(sys.modules, "sametask.diffusion.datafold_engine", engine)
    arpack = ArpackNoConvergence("ARPACK error -1: No convergence", np.array([]), np.array([]))
    for raised in (arpack, ValueError("count must lie between 1 and 3"), RuntimeError("singular")):

        def fail(raised=raised):
            raise raised

        engine.datafold_eigenpairs = lambda *_, fail=fail: fail()
        solve = datafold_solver(np.zeros((4, 2)), np.ones((4, 2, 2)), 1.0)
        told = refusal(solve, None, 1.0, 2, words=("datafold", str(raised), "native"))
        assert len(told) < 300


def test_a_layer_without_geometry_is_no_end(tmp_path, capsys, caplog):
    def estimate():
        raise DataError("no measured neuron reacts")

    with caplog.at_level(logging.WARNING):
        arrays, facts = attempt("local geometry", "deep", estimate)
    assert arrays == {} and facts == {"failed": "network 'deep': no measured neuron reacts"}
    assert facts["failed"] in capsys.readouterr().err and facts["failed"] in caplog.text
    path, digest = write(tmp_path, "deep", "activations", {})
    geometry, _ = write(tmp_path, "deep", "geometry", {}, {"activations": digest}, **facts)
    embedded = tmp_path / "diffusion.zarr"
    script("embed_diffusion")(path, geometry, embedded, "deep", "native", {}, {})
    assert store.open_store(embedded, "diffusion").failed == facts["failed"]


def own_network(folder, name, shared, failed):
    """Write the stores of a network with samples of its own, of which two are shared."""
    samples = np.random.default_rng(0).normal(size=(12, 2))
    layout = Layout(("h",), ((2,),), (0, 1)).plain()
    arrays = {"fit/samples": samples, "fit/layers": samples}
    path, digest = write(folder, name, "activations", arrays, {"shared": shared},
                         layout=layout, input_shape=[2])  # fmt: skip
    parents = {"activations": digest}
    place, geometry = write(folder, name, "geometry", {}, parents, failed=failed, sigma=0.1)
    parents["geometry"] = geometry
    return path, place, write(folder, name, "diffusion", {}, parents, failed=failed)[0]


def test_networks_with_few_shared_inputs_are_not_matched_without_coordinates(tmp_path):
    paths = {}
    for name in "ab":
        stores = own_network(tmp_path, name, "s", f"network {name!r}: why")
        kinds = ("activations", "geometry", "diffusion")
        paths |= {f"{kind}_{name}": path for kind, path in zip(kinds, stores, strict=True)}
    script("match_samples")(paths, tmp_path / "alignment.zarr", 2, 0.5, {})
    aligned = store.open_store(tmp_path / "alignment.zarr", "alignment")
    assert aligned.attributes["found"] is False
    assert aligned.attributes["reasons"] == ["no diffusion map: network 'a': why; network 'b': why"]
    given = {role: path for role, path in paths.items() if "geometry" not in role}
    given["alignment"] = tmp_path / "alignment.zarr"
    path = tmp_path / "transformation.zarr"
    script("fit_matched")(given, {"a": "a", "b": "b"}, path, 0.0, {})
    refusal(Transformation.load, path, words=("no match was found: no diffusion map", "knn"))


class Root(torch.nn.Module):
    def forward(self, x):
        return x.sqrt()


def test_outputs_that_are_not_finite_have_no_figures_and_no_classes():
    layout = Layout(("h",), ((2,),), (0, 1))
    measured = [Measured(name, layout, (2,), "float64") for name in ("a", "b")]
    net = torch.nn.Sequential()
    net.add_module("h", torch.nn.Identity())
    net.add_module("root", Root())
    inputs = torch.rand(9, 2).double() + 0.5
    held = Held(net.double(), inputs, inputs, inputs.sqrt(), np.zeros(9, int))
    minus = Affine(matrix=-torch.eye(2).double(), offset=torch.zeros(2).double())
    stages = {way: {"affine": minus} for way in ("a_to_b", "b_to_a")}
    both = {"a": held, "b": held}
    metrics = judge(Transformation(stages, *measured), "a_to_b", both, "classification").metrics
    assert metrics["not_finite"] == 9 and set(metrics) - {"seconds", "not_finite"} == {
        "activation_mse", "activation_r2", "activation_r2_rest", "worst_fraction"
    }  # fmt: skip
    json.dumps(metrics, allow_nan=False)


@pytest.mark.parametrize("told", [["input"], ["output"], ["input", "output"], []])
def test_a_page_shows_what_was_asked_to_be_told(told, tmp_path):
    arrays = {f"{what}/errors": np.full((3, 1), 0.5) for what in told}
    path, _ = write(tmp_path, "n", "reconstruction", arrays, dimension=1, required=3)
    errors = store.open_store(path, "reconstruction")
    one = Network("n", None, None, None, None, errors)
    other = Network("m", None, None, None, None, None)
    picture = reconstruction_picture(SimpleNamespace(networks={"n": one, "m": other}))
    words = {"input": "of its input", "output": "of its output"}
    assert [what for what in words if words[what] in picture.caption] == told
    assert (picture.figure is None) == (not told)
    if told:
        labels = [text.get_text() for text in picture.figure.legends[0].get_texts()]
        assert sorted({label.split(",")[0] for label in labels}) == told


def test_networks_may_be_told_different_things():
    few = np.ones((2, 1))
    curves = {"n": {"input": np.ones((2, 3))}, "m": {"input": few, "output": few}}
    figure = reconstruction_figure(curves, 3, 1)
    assert len(figure.legends[0].get_texts()) == 4
