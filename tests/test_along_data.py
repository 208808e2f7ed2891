"""Perturbations along the data, and by functions of the user."""

import numpy as np
import pytest
import torch
from workflow_helpers import TINY

from sametask.activations.probe import Probe
from sametask.base.errors import ConfigError, DataError, NetworkError
from sametask.check.sample_trial import require_real, try_perturbations
from sametask.config import Experiment, Verdict
from sametask.config.sections.recording import Recording
from sametask.config.sections.sample_sections import Perturbations
from sametask.geometry.covariance import jacobian_spectrum, linear_response, response_slopes
from sametask.inputs.along_data import nearest_differences
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.statistics.chance import draw_chance
from sametask.storage import store
from sametask.verdict.layers.comparison import Layer, gather
from sametask.verdict.layers.decision import decide
from sametask.verdict.layers.perturbation_notes import limits_reached, perturbation_notes

DATA = {"domain": "array", "source": "x.npy"}


def along(kind, count=40, delta=0.2, seed=3, **keys):
    return DrawnPerturbations(Perturbations(count=count, delta=delta, along=kind, **keys), seed)


@pytest.fixture
def plane():
    """Samples (60, 2, 5) of a plane in ten dimensions, and the two directions of the plane."""
    draw = np.random.default_rng(0)
    directions = np.linalg.qr(draw.normal(size=(10, 2)))[0].T
    return (draw.uniform(-1, 1, (60, 2)) @ directions).reshape(60, 2, 5), directions


def test_the_nearest_samples_are_those_of_all_distances(plane):
    samples, _ = plane
    samples = np.concatenate([samples, samples[:3]])
    found = nearest_differences(samples[:4], range(4), samples, 6)
    flat = samples.reshape(len(samples), -1)
    for place in range(4):
        away = flat - flat[place]
        lengths = np.linalg.norm(away, axis=1)
        # A copy of the sample is no direction.
        expected = away[np.argsort(lengths)][np.sort(lengths) > 1e-12][:6]
        np.testing.assert_allclose(found[place], expected)


def test_too_few_distinct_samples_name_the_most():
    samples = np.repeat(np.arange(3.0), 4)[:, None]
    with pytest.raises(
        DataError, match=r"neighbours: 5 asked for, but only 4 .* sample 7; at most"
    ):
        nearest_differences(np.array([[9.0]]), [7], samples[:4] + np.arange(4)[:, None], 5)
    with pytest.raises(DataError, match=r"only 8 fit samples differ from sample 0; at most 8"):
        nearest_differences(samples[:1], [0], samples, 9)


def test_perturbations_stay_along_the_data_and_have_the_deviation_that_is_asked_for(plane):
    samples, directions = plane
    around = along("data", count=20_000, neighbours=8).around(samples[:3], range(3), samples)
    assert around.shape == (3, 20_000, 2, 5)
    moved = (around - samples[:3, None]).reshape(3, -1, 10)
    off = moved - moved @ directions.T @ directions
    assert np.abs(off).max() < 1e-12
    deviations = (
        np.linalg.svd(moved - moved.mean(axis=1, keepdims=True), compute_uv=False) / 20_000**0.5
    )
    np.testing.assert_allclose(deviations[:, 0], 0.05, rtol=0.03)
    assert (deviations[:, 1] < deviations[:, 0]).all() and (deviations[:, 1] > 0.005).all()


@pytest.mark.parametrize("kind", ["noise", "data", "along_functions:swapped"])
def test_perturbations_do_not_depend_on_the_division_of_samples(plane, kind):
    samples, _ = plane
    samples = samples.reshape(60, 10)
    drawn = along(kind, neighbours=5)
    whole = drawn.around(samples, range(60), samples)
    pieces = [drawn.around(samples[part], range(60)[part], samples)
              for part in (slice(0, 1), slice(1, 37), slice(37, 60))]  # fmt: skip
    np.testing.assert_array_equal(whole, np.concatenate(pieces))
    assert not np.array_equal(
        whole, along(kind, neighbours=5, seed=4).around(samples, range(60), samples)
    )


@pytest.mark.parametrize("kind", ["noise", "data"])
def test_the_response_to_the_causes_has_the_covariance_of_the_activations(plane, kind):
    """For noise σ² J Jᵀ, along the data J C Jᵀ, with C the covariance of the perturbations."""
    samples, _ = plane
    flat = samples.reshape(60, 10)
    weights = np.random.default_rng(1).normal(size=(10, 4))
    drawn = along(kind, count=4000, neighbours=6)
    around = torch.from_numpy(drawn.around(flat[:3], range(3), flat) @ weights)
    causes = torch.from_numpy(drawn.causes(flat[:3], range(3), "fit"))
    slopes, _ = response_slopes(around, causes)
    values, _ = jacobian_spectrum(slopes, drawn.sigma)
    rank = 4 if kind == "noise" else 2
    sampled = torch.stack([torch.linalg.eigvalsh(torch.cov(one.mT)).flip(0) for one in around])
    np.testing.assert_allclose(values[:, :rank], sampled[:, :rank], rtol=0.1)
    assert (values[:, rank:4] < 1e-20).all()
    found, _ = linear_response(around, causes)
    np.testing.assert_allclose(found[:, :rank], sampled[:, :rank], rtol=0.1)


def forecaster(inputs, states, seed):
    """A network that forecasts from inputs (·, 300), by random features of its own."""
    draw = np.random.default_rng(seed)
    weights, shift = draw.normal(size=(300, 256)) / 12, draw.normal(size=256) / 2
    hidden = np.tanh(inputs @ weights + shift)
    readout = np.linalg.solve(hidden.T @ hidden + 1e-4 * np.eye(256), hidden.T @ states)
    last = draw.normal(size=(states.shape[1], 12))
    return lambda x: torch.from_numpy(np.tanh(np.tanh(x @ weights + shift) @ readout @ last))


@pytest.fixture(scope="module")
def forecasts():
    """A signal of two states seen through 300 numbers; layers of two forecasters, and of a third.

    The third forecasts one of the two states only.
    """
    draw = np.random.default_rng(0)
    states = draw.uniform(-1, 1, (500, 2))
    first, second = draw.normal(size=(2, 2, 300)) / 2**0.5
    inputs = np.tanh(states @ first) + 0.3 * np.sin(states @ second)
    networks = [forecaster(inputs, states, 11), forecaster(inputs, states, 12),
                forecaster(inputs, states[:, :1], 13)]  # fmt: skip
    fit, test = inputs[:300], inputs[300:]

    def layers(kind):
        cloud = along(kind, count=64).around(fit, range(300), fit)
        return [Layer(network(fit), network(test), network(cloud)) for network in networks]

    return layers


SETTINGS = Verdict(resamples=199)


def judged(a, b):
    evidence = gather(a, b, draw_chance(200, 199, 9, seed=0).draws, SETTINGS)
    return decide(evidence, SETTINGS), min(interval.low for interval in evidence.r2.values())


def test_forecasters_that_agree_are_equivalent_along_the_data_only(forecasts):
    """White noise on 300 numbers leads where neither was ever asked to forecast."""
    a, b, _ = forecasts("noise")
    relation, r2 = judged(a, b)
    assert relation == "partial" and r2 > 0.999
    a, b, _ = forecasts("data")
    assert judged(a, b)[0] == "equivalent"


def test_along_the_data_a_missing_state_is_still_missing(forecasts):
    a, _, third = forecasts("data")
    assert judged(a, third)[0] == "a_determines_b"


def test_a_function_may_perturb_words():
    words = np.arange(12).reshape(3, 4) % 10
    around = along("along_functions:swapped", count=200).around(words, range(3), words)
    assert around.dtype == words.dtype and around.shape == (3, 200, 4)
    changed = (around != words[:, None]).sum(axis=2)
    assert changed.max() == 1 and changed.mean() > 0.8


def test_a_network_of_words_is_recorded_at_other_words(tmp_path):
    torch.manual_seed(0)
    words = np.random.default_rng(0).integers(10, size=(24, 4))
    network = torch.nn.Sequential(torch.nn.Embedding(10, 3), torch.nn.Flatten(), torch.nn.Tanh())
    given = {"layers": ["2"], "neurons": "auto", "axes": None, "dtype": "float32", "batch": 64}
    settings = Recording(
        network={"factory": "a:b", "arguments": {}},
        measure={**given, "view": None},
        inputs=DATA,
        perturbations={"count": 8, "delta": 1.0, "along": "along_functions:swapped"},
        derivatives=False, positions=None, seed=3, samples={"fit": 16, "test": 8}, pool=0,
    )  # fmt: skip
    with store.create(tmp_path / "a.zarr", "activations") as writer:
        points = {"fit": words[:16], "test": words[16:]}
        Probe.of(writer, network, points, settings).record()
    recorded = store.open_store(tmp_path / "a.zarr", "activations")
    drawn = along("along_functions:swapped", count=8).around(words[:16], range(16), words[:16])
    with torch.no_grad():
        expected = network(torch.from_numpy(drawn.reshape(-1, 4))).reshape(16, 8, 12)
    np.testing.assert_array_equal(recorded["fit/perturbed"], expected)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("too_few", DataError, r"too_few: must return real inputs of shape \(1, 40, 4\), .*39"),
        ("not_finite", DataError, "returned NaN or infinite inputs for sample 0"),
        ("broken", NetworkError, "perturbations.along along_functions:broken: .*no words left"),
    ],
)
def test_what_a_function_must_return(name, error, message):
    with pytest.raises(error, match=message):
        along(f"along_functions:{name}").around(np.ones((2, 4)), range(2), np.ones((2, 4)))


GIVEN = {
    name: {**section, "train": None, "checkpoint": "x.pt"}
    for name, section in TINY["networks"].items()
}


def asked(perturbations=None, **keys):
    content = TINY | {"perturbations": TINY["perturbations"] | (perturbations or {})} | keys
    content = {key: value for key, value in content.items() if key != "task"}
    return Experiment.model_validate(content | {"networks": GIVEN})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"along": "data"}, "along: data, but inputs.domain: interval .* valid: noise"),
        ({"along": "data", "inputs": DATA, "geometry": {"source": "jacobian"}},
         "perturbations.along: data with geometry.source: jacobian"),
        ({"along": "m:f", "geometry": {"source": "jacobian"}}, "m:f with geometry.source: jac"),
        ({"along": "m:f", "geometry": {"source": "response"}}, "m:f with geometry.source: res"),
        ({"along": "data", "inputs": DATA, "neighbours": 48}, "48 asked .* is 48; at most 47"),
        ({"along": "data", "inputs": DATA, "samples": {"fit": 48, "test": 24, "anchors": 5}},
         "data takes the nearest fit samples, but with samples.anchors"),
    ],
)  # fmt: skip
def test_combinations_without_a_meaning_are_refused(keys, message):
    own = {key: keys[key] for key in ("along", "neighbours") if key in keys}
    rest = {key: value for key, value in keys.items() if key not in own}
    with pytest.raises(ValueError, match=message):
        asked(own, **rest)


def test_integers_need_a_function():
    words, given = np.arange(200).reshape(50, 4), {"inputs": DATA}
    with pytest.raises(ConfigError, match=r"int64: perturbations.along: data adds .* a function"):
        require_real(asked({"along": "data"}, **given), words)
    function = asked({"along": "along_functions:swapped", "count": 8}, **given)
    require_real(function, words)
    try_perturbations(function, words)
    with pytest.raises(DataError, match="neighbours: 16 asked for, but only"):
        try_perturbations(asked({"along": "data"}, **given), np.repeat(words[:1] * 1.0, 50, axis=0))


def said(found, kind="noise", inputs=300, measured=50, perturbations=64, **samples):
    sides = {"a": {"name": "one", "layer": "h"}, "b": {"name": "two", "layer": "g"}}
    verdict = {
        "networks": sides,
        "dimension": {"a": found, "b": 1, "joint": found},
        "whitney": {side: {"measured": measured, "required": 2 * found + 1} for side in "ab"},
        "samples": {"inputs": inputs, "perturbations": perturbations, **samples},
        "along": kind,
    }
    return verdict | {"limited": limits_reached(verdict)}


def test_a_limit_of_local_directions_is_said():
    assert limits_reached(said(15)) == {}
    verdict = said(16)
    assert verdict["limited"] == {"a": "perturbations.count"}
    (text,) = perturbation_notes(verdict, disputed=False)
    assert text.startswith(
        "one (h): 16 local directions were found, the most that 64 perturbations"
    )
    assert "perturbations.count of at least 200 for up to 50" in text
    # As many as there can be are no limit.
    assert limits_reached(said(16, inputs=16)) == limits_reached(said(16, measured=16)) == {}
    verdict = said(6, kind="data", neighbours=6)
    assert verdict["limited"] == {"a": "perturbations.neighbours"}
    assert "steps towards 6 neighbours" in perturbation_notes(verdict, disputed=False)[0]
    verdict = said(64, measured=100, perturbations=1000)
    assert "that are compared" in perturbation_notes(verdict, disputed=False)[0]


def test_a_veto_by_noise_in_many_dimensions_is_explained():
    (text,) = perturbation_notes(said(3), disputed=True)
    assert "white noise on 300 input numbers" in text and "leave the data" in text
    assert perturbation_notes(said(3), disputed=False) == []
    assert perturbation_notes(said(3, inputs=10), disputed=True) == []
    assert perturbation_notes(said(3, kind="data", neighbours=16), disputed=True) == []
