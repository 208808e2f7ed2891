"""Samples that each network has for itself, beside those that all share."""

import numpy as np
import pytest
from workflow_helpers import TINY, jobs_in, make_repository, run

from sametask.base.errors import ConfigError, DataError
from sametask.check import check_experiment
from sametask.config import Experiment
from sametask.config.sections.input_sections import Array, Box
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import draw_own, draw_samples, draw_shared, perturb
from sametask.storage import store

BOX = Box(domain="box", low=[0.0, -1.0], high=[2.0, 1.0])
DIGITS = Array(domain="array", source="digits")
TASK = Task(kind="regression", target="sametask.examples.targets:hopf_field")
CLASSES = Task(kind="classification")


def settings(fit, test, anchors, placement="sobol"):
    return Samples(fit=fit, test=test, anchors=anchors, placement=placement)


def draw(inputs, samples, task, pool, names=("a", "b", "c"), seed=0):
    """The shared samples and the fit samples of some networks."""
    shared = draw_shared(inputs, samples, task, seed, pool)
    rows = isinstance(inputs, Array)
    fits = {
        name: draw_own(
            inputs, samples, task, seed, shared, name, (number, len(names)) if rows else (0, 1)
        )
        for number, name in enumerate(names)
    }
    return shared, fits


def points(drawn):
    return {point.tobytes() for point in drawn}


@pytest.mark.parametrize("placement", ["random", "sobol"])
@pytest.mark.parametrize("anchors", [0, 1, 7])
def test_networks_share_the_anchors_first_and_nothing_else(placement, anchors):
    samples = settings(50, 30, anchors, placement)
    shared, fits = draw(BOX, samples, TASK, pool=20)
    for fit in fits.values():
        assert fit.inputs.shape == fit.targets.shape == (50, 2)
        np.testing.assert_array_equal(fit.inputs[:anchors], shared["pool"].inputs[:anchors])
        np.testing.assert_array_equal(fit.targets[:anchors], shared["pool"].targets[:anchors])
        assert not points(fit.inputs[anchors:]) & points(shared["pool"].inputs)
        assert not points(fit.inputs) & points(shared["test"].inputs)
        assert (fit.inputs >= [0, -1]).all() and (fit.inputs < [2, 1]).all()
    a, b = (points(fits[name].inputs) for name in "ab")
    assert len(a & b) == anchors


def test_own_samples_repeat_themselves_whatever_the_other_networks_are():
    samples = settings(50, 30, 5)
    _, fits = draw(BOX, samples, TASK, pool=20)
    _, alone = draw(BOX, samples, TASK, pool=20, names=("b",))
    np.testing.assert_array_equal(fits["b"].inputs, alone["b"].inputs)
    _, reseeded = draw(BOX, samples, TASK, pool=20, seed=1)
    assert not points(fits["b"].inputs) & points(reseeded["b"].inputs)


@pytest.mark.parametrize("inputs", [BOX, DIGITS])
def test_test_samples_are_those_of_networks_that_share_all(inputs):
    samples = settings(100, 40, 5)
    shared, _ = draw(inputs, samples, None, pool=10)
    np.testing.assert_array_equal(
        shared["test"].inputs, draw_samples(inputs, samples, None, seed=0)["test"].inputs
    )


def test_without_a_pool_there_is_none():
    shared, fits = draw(BOX, settings(20, 10, 0), TASK, pool=0)
    assert set(shared) == {"test"}
    assert fits["a"].inputs.shape == (20, 2)
    assert set(draw_shared(DIGITS, settings(20, 10, 0), CLASSES, 0, 0)) == {"test"}


def test_rows_are_divided_among_networks():
    shared, fits = draw(DIGITS, settings(400, 300, 30), CLASSES, pool=100)
    whole = draw_samples(DIGITS, settings(1497, 300, 0), None, seed=0)
    assert len(np.intersect1d(shared["test"].rows, shared["pool"].rows)) == 0
    own = [fit.rows[30:] for fit in fits.values()]
    everything = np.concatenate([shared["test"].rows, shared["pool"].rows, *own])
    assert len(np.unique(everything)) == len(everything) == 300 + 100 + 3 * 370
    for fit in fits.values():
        np.testing.assert_array_equal(fit.rows[:30], shared["pool"].rows[:30])
        lookup = dict(zip(whole["fit"].rows, whole["fit"].targets, strict=True))
        assert [lookup[row] for row in fit.rows] == fit.targets.tolist()


def test_too_few_rows_are_told_with_numbers():
    with pytest.raises(ConfigError, match=r"need 1500, but 1487 of 1797 .* fit: 505 is the most"):
        draw(DIGITS, settings(510, 300, 10), None, pool=10)
    draw(DIGITS, settings(505, 300, 10), None, pool=10)
    with pytest.raises(ConfigError, match="test: 797 is the most beside 1000"):
        draw(DIGITS, settings(20, 800, 10), None, pool=1000)


def test_samples_that_cannot_be_used_are_named(tmp_path):
    values = np.arange(180.0).reshape(90, 2)
    np.savez(tmp_path / "data.npz", inputs=values, labels=np.full(90, 3))
    data = Array(domain="array", source=str(tmp_path / "data.npz"), labels="labels")
    with pytest.raises(DataError, match="test samples: all 20 samples are of class 3"):
        draw(data, settings(20, 20, 2), CLASSES, pool=2)
    values[:, 0] = np.inf
    np.savez(tmp_path / "data.npz", inputs=values)
    with pytest.raises(
        DataError,
        match=r"test sample 0 \(row \d+ of the data set\) has an input that is not finite",
    ):
        draw(data.model_copy(update={"labels": None}), settings(20, 20, 2), None, pool=2)


def test_the_pool_has_neighbours_of_its_own():
    inputs = np.zeros((3, 2))
    fit = perturb(inputs, range(3), 4, 0.1, seed=0)
    np.testing.assert_array_equal(fit, perturb(inputs, range(3), 4, 0.1, 0, part="fit"))
    assert not np.isclose(fit, perturb(inputs, range(3), 4, 0.1, 0, part="pool")).any()


def test_the_check_counts_rows_and_neighbours():
    content = TINY | {
        "samples": {"fit": 48, "test": 24, "placement": "random", "anchors": 2},
        "study": {"anchors": [1, 4]},
    }
    check_experiment("tiny", Experiment.model_validate(content))
    rows = {"inputs": {"domain": "array", "source": "digits"}, "task": {"kind": "classification"}}
    few = {"perturbations": {"count": 16, "delta": 0.1}, "geometry": {"source": "response"}}
    with pytest.raises(ConfigError, match=r"tiny: geometry.source: response .* at least 66"):
        check_experiment("tiny", Experiment.model_validate(content | rows | few))
    many = content | rows | {"samples": {"fit": 1000, "test": 24, "anchors": 2}}
    with pytest.raises(ConfigError, match="2 networks with fit - anchors = 998 rows of their own"):
        check_experiment("tiny", Experiment.model_validate(many))


@pytest.mark.slow
def test_the_workflow_measures_networks_on_samples_of_their_own(tmp_path):
    experiment = TINY | {
        "samples": {"fit": 48, "test": 24, "placement": "sobol", "anchors": 2},
        "perturbations": {"count": 16, "delta": 0.05},
        "geometry": {"source": "response", "ridge": 0.1},
        "diffusion": {"coordinates": "auto", "neighbour": "auto"},
        "study": {"anchors": [1, 5]},
    }
    folder = make_repository(tmp_path / "copy", experiment)
    places = {name: f"results/tiny/{name}" for name in ("deep", "shallow", "deep_untrained")}
    targets = [f"{places[name]}/diffusion.zarr" for name in ("deep", "shallow")]
    printed = run(folder, *targets, f"{places['deep_untrained']}/activations.zarr")
    assert {"draw_samples", *(f"draw_own_samples {name}" for name in places)} <= jobs_in(printed)
    drawn, recorded = (
        {
            name: store.open_store(folder / place / f"{kind}.zarr", kind)
            for name, place in places.items()
        }
        for kind in ("samples", "activations")
    )
    common = store.open_store(folder / "results/tiny/samples.zarr", "samples")
    assert common.attributes["anchors"] == 2 and "fit/inputs" not in common
    assert drawn["deep"].digest == drawn["deep_untrained"].digest != drawn["shallow"].digest
    for found in recorded.values():
        assert found.parents["shared"] == common.digest
        assert found["pool/perturbed"].shape[:2] == (5, 16)
        np.testing.assert_array_equal(found["pool/seen"][:2], found["fit/seen"][:2])
        np.testing.assert_allclose(found["pool/samples"][:2], found["fit/samples"][:2], rtol=1e-12)
    geometry = store.open_store(folder / places["deep"] / "geometry.zarr", "geometry")
    # Perturbations differ, but a regression on them finds the same response but for curvature.
    same = np.abs(geometry["pool/whitening"][:2]) / np.abs(geometry["whitening"][:2])
    np.testing.assert_allclose(same, 1, rtol=0.02)
    embedded = store.open_store(folder / targets[0], "diffusion")
    # With a ridge, `auto` is half of the samples.
    assert embedded.attributes["neighbour"] == 48 // 2
    assert embedded["eigenvectors"].shape == (48, len(embedded.attributes["selected"]))
