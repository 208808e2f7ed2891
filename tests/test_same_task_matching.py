"""Matches of pairs with known relations: one is found, one is not; what the confidence means."""

import math
import warnings

import numpy as np
import pytest
import torch
from test_same_task import small_zoo

from sametask.base.errors import DataError
from sametask.benchmark.calibration import (
    bootstrap,
    calibrate,
    fit_confidence,
    reliability,
    report,
    summarise,
)
from sametask.benchmark.judge import Pair, choose_pairs
from sametask.benchmark.matched_pairs import (
    embed_layer,
    inputs_for_test,
    layer_function,
    match_pair,
    match_pairs,
    own_inputs,
)
from sametask.benchmark.tasks import Task
from sametask.benchmark.zoo import Place, draw_inputs, places
from sametask.config.sections.benchmark_section import SameTask
from sametask.matching.confidence import EVEN, POWER, confidence, confidence_interval

pytestmark = pytest.mark.usefixtures("few_resamples")

SIZES = {"fit": 2, "test": 2, "perturbations": 2, "delta": 0.05}
SETTINGS = SameTask(fit=60, match_anchors=5, delta=0.05)


def bent(inputs):
    """Know the last two inputs, on a surface in three dimensions."""
    u, v = inputs[..., 2], inputs[..., 3]
    return torch.stack([u + 0.2 * u**2, v, 0.3 * u * v], dim=-1)


def turned(inputs):
    """Know the same in other coordinates, and twice the second."""
    u, v = inputs[..., 2], inputs[..., 3]
    return torch.stack([torch.sinh(u) + 2 * v, 2 * v - u], dim=-1)


def mixed(inputs):
    """Know one of the two, and of the others a function whose gradient varies along its levels."""
    x, y, u, _ = inputs.unbind(dim=-1)
    return torch.stack([x + 0.3 * x**3 + 0.5 * torch.sin(2 * y), u], dim=-1)


def noisy(x):
    """Know one input but for noise that is wider than the samples lie apart."""
    return x[..., 3:] + 0.02 * torch.sin(20 * x[..., :1])


def row_of(truth, *functions, count=250):
    test = inputs_for_test(0)
    own = [
        embed_layer(one, own_inputs(place, count, 5, 0), test, 0.0125)
        for place, one in enumerate(functions)
    ]
    both = [Place(place, "network", "outputs", frozenset(), 2, None) for place in range(2)]
    return match_pair(Pair(*both, "outputs", truth), *own, 5)


def test_layers_that_know_the_same_are_found():
    row = row_of("equivalent", bent, turned)
    assert row["found"] and row["right"] and not row["reasons"]
    assert row["error"] < 0.01 and row["stress"] < 0.02 and row["confidence"] > 0.95


def test_layers_that_know_different_things_are_not():
    row = row_of("partial", bent, mixed)
    assert row["ranks"] == [2, 2] and not row["found"] and not row["right"]
    assert row["stress"] > EVEN and row["error"] > 0.05
    assert "local lengths do not agree" in row["reasons"][0]


@pytest.mark.parametrize("other", [noisy, lambda x: x[..., :1] ** 3 + noisy(x)])
def test_noise_beyond_the_spacing_neither_raises_nor_leaves_undefined_figures(other):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = row_of("unrelated", lambda x: torch.tanh(x[..., 2:3]) + 0.1 * noisy(x), other)
    figures = [row[key] for key in ("confidence", "stress", "p_value", "error")]
    assert all(one is None or math.isfinite(one) for one in figures)
    assert not row["found"]


def test_networks_share_their_first_inputs_only():
    one, other = own_inputs(3, 20, 5, 0), own_inputs(4, 20, 5, 0)
    assert torch.equal(one[:5], other[:5]) and not (one[5:] == other[5:]).any()
    assert torch.equal(one, own_inputs(3, 20, 5, 0)) and one.abs().max() <= 1


@pytest.fixture(scope="module")
def zoo():
    group, stack = small_zoo(Task((2,)), Task((2,), "surface"), Task((3,)), steps=1)
    return [(group, stack)], places(group, stack, draw_inputs(**SIZES, seed=0), 0)


def test_a_layer_is_that_of_the_stack(zoo):
    ((_, stack),), found = zoo
    inputs = own_inputs(0, 30, 5, 0)
    layers = stack(inputs)
    for place in found:
        recorded = layers[{"first": 0, "hidden": 2, "outputs": -1}[place.kind]][place.network]
        expected = recorded[:, : place.layer.test.shape[1]]
        torch.testing.assert_close(layer_function(zoo[0], place)(inputs), expected)


def test_pairs_of_a_zoo_have_a_row_each(zoo):
    stacks, found = zoo
    outputs = [place for place in found if place.kind == "outputs"]
    pairs = [pair for pair in choose_pairs(outputs, 5, 0) if not pair.shuffled]
    rows = match_pairs(stacks, pairs, SETTINGS, workers=1)
    assert [row["truth"] for row in rows] == [pair.truth for pair in pairs]
    assert all(row["ranks"] == [1, 1] for row in rows)


def row(truth, right, stress, ranks=(2, 2), kind="outputs"):
    sure = confidence(stress) if stress else 0.0
    return {
        "a": "tanh plain of z1", "b": "silu plain of z1", "layers": ["outputs", "outputs"],
        "kind": kind, "truth": truth, "ranks": list(ranks), "found": sure > 0.5, "stress": stress,
        "confidence": sure, "right": right, "error": 0.01 if right else 0.3,
    }  # fmt: skip


def test_calibration_finds_the_curve_that_drew_the_rows():
    draw = np.random.default_rng(0)
    stress = np.exp(draw.normal(np.log(0.05), 1, 20_000))
    right = draw.random(len(stress)) < 1 / (1 + (stress / 0.04) ** 3)
    kept = stress < 1
    found = fit_confidence(stress[kept], right[kept])
    assert found["even"] == pytest.approx(0.04, rel=0.05)
    assert found["power"] == pytest.approx(3, rel=0.05)


def test_calibration_stays_finite_where_a_threshold_tells_all_apart():
    found = fit_confidence([0.01, 0.02, 0.03, 0.2, 0.4, 1e14], [True] * 3 + [False] * 3)
    assert 0.03 < found["even"] < 0.2 and 0.5 < found["power"] < 20


def test_few_matches_leave_the_confidence_open():
    stress, right = (
        np.array([0.005, 0.01, 0.03, 0.045, 0.2, 0.9]),
        np.array([True] * 3 + [False] * 3),
    )
    few, many = bootstrap(stress, right), bootstrap(np.tile(stress, 30), np.tile(right, 30))
    for found in (few, many):
        assert np.all(np.diff(found["low"]) <= 0) and np.all(np.diff(found["high"]) <= 0)
        assert np.all(np.less(found["low"], found["high"]))
    assert (
        np.subtract(few["high"], few["low"]).mean()
        > 2 * np.subtract(many["high"], many["low"]).mean()
    )
    assert few == bootstrap(stress, right)


def test_the_interval_holds_the_confidence():
    for stress in (0.0, 1e-3, 0.01, 0.03, EVEN, 0.08, 0.5, 5.0, math.inf):
        low, high = confidence_interval(stress)
        assert 0 <= low <= confidence(stress) <= high <= 1
    # 29 matches say little where right and wrong ones meet.
    assert np.subtract(*confidence_interval(EVEN)[::-1]) > 0.2


def test_calibration_leaves_out_pairs_of_unequal_ranks():
    tried = [row("equivalent", True, 0.01), row("partial", False, 0.3), row("partial", False, None)]
    found = calibrate([*tried, row("partial", False, None, ranks=(1, 2))])
    assert (found["pairs"], found["right"]) == (3, 1)
    assert found["gap"] == {"right": 0.01, "wrong": 0.3}
    assert found["stored"] == {"even": EVEN, "power": POWER}
    with pytest.raises(DataError, match="raise `match_pairs`"):
        calibrate(tried[1:])


def test_the_summary_counts_what_is_found():
    rows = [
        row("equivalent", True, 0.01), row("equivalent", False, 0.9, kind="hidden"),
        row("partial", False, 0.01), row("partial", False, 0.9),
        row("unrelated", False, None, ranks=(1, 2)),
    ]  # fmt: skip
    found = summarise(rows)
    shares = {key: (found[key]["count"], found[key]["of"]) for key in list(found)[:3]}
    assert shares == {
        "not_found": (2, 3), "not_found_equal_ranks": (1, 2), "found_right": (1, 2)
    }  # fmt: skip
    assert {name: one["count"] for name, one in found["recall"].items()} == {
        "all": 1, "outputs": 1, "hidden": 0, "rank 2": 1,
    }  # fmt: skip
    # Wilson's interval of 2 of 3.
    assert found["not_found"]["interval"] == pytest.approx([0.2077, 0.9385], abs=1e-4)
    assert sum(one["right"]["of"] for one in reliability(rows)) == 5
    assert report({"calibration": rows, "held_out": rows}, SETTINGS)["limits"]["confidence"] == 0.5


def test_confidence_is_defined_for_every_stress():
    assert [confidence(stress) for stress in (0, EVEN, math.inf)] == [1, 0.5, 0]
    assert confidence(1e300) == 0 and confidence(1e-300) == 1
