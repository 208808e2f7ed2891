"""The benchmark: its truths hold, its figures count what they say."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsRegressor

from sametask.base.errors import DataError
from sametask.base.relations import RELATIONS
from sametask.benchmark.judge import Pair, choose_pairs, halves, judge_pairs
from sametask.benchmark.summary import area, calibrate, report
from sametask.benchmark.tasks import EVERYTHING, FORMS, INPUTS, LATENTS, Task, all_tasks, relation
from sametask.benchmark.tasks import latents as all_latents
from sametask.benchmark.zoo import (
    Group,
    draw_inputs,
    groups,
    places,
    require_learned,
    task_errors,
    train_group,
)
from sametask.config import Verdict
from sametask.config.sections.benchmark_section import ZooTraining

SETTINGS = Verdict(resamples=99)
SIZES = {"fit": 120, "test": 60, "perturbations": 40, "delta": 0.05}


@pytest.fixture(scope="module")
def inputs():
    draw = np.random.default_rng(0)
    return torch.from_numpy(draw.uniform(-1, 1, (30_000, INPUTS)))


def explained(source, target):
    """R² of nearest neighbours on the last tenth of many samples."""
    cut = len(source) * 9 // 10
    spread = source.std(0)
    found = KNeighborsRegressor(5).fit(source[:cut] / spread, target[:cut])
    return found.score(source[cut:] / spread, target[cut:])


def test_latents_are_standard_and_independent(inputs):
    z = all_latents(inputs)
    assert z.mean(0).abs().max() < 0.02
    torch.testing.assert_close(torch.cov(z.mT), torch.eye(3).double(), atol=0.03, rtol=0)


def test_latents_have_no_critical_point(inputs):
    """With a gradient that never vanishes level sets are submanifolds; monotone, connected ones."""
    points = inputs[:2000].clone().requires_grad_()
    z = all_latents(points)
    for k, axis in ((0, 0), (1, 2), (2, 3)):
        (slope,) = torch.autograd.grad(z[:, k].sum(), points, retain_graph=True)
        assert slope[:, axis].min() > 0.1


@pytest.mark.parametrize("task", all_tasks(), ids=lambda task: task.name)
def test_what_a_task_knows_can_be_told_from_its_targets(task, inputs):
    """And what it does not know cannot: brute force over 30,000 samples."""
    targets, z = task.targets(inputs).numpy(), all_latents(inputs).numpy()
    for k in LATENTS:
        found = explained(targets, z[:, k - 1])
        if f"latent {k}" in task.knowledge:
            assert found > 0.98
        elif f"square {k}" in task.knowledge:
            square = (z[:, k - 1] - {1: 0.0, 2: 0.8, 3: 0.0}[k]) ** 2
            assert explained(targets, square) > 0.98 and found < 0.94
        else:
            assert found < 0.05


def test_relations_follow_from_knowledge():
    one, both, fold = Task((1,)), Task((1, 2), "surface"), Task((1,), "plain", 1)
    known = [task.knowledge for task in (one, Task((1,), "surface"), both, fold, Task((3,)))]
    found = [relation(known[2], other) for other in known]
    assert found == [
        "a_determines_b",
        "a_determines_b",
        "equivalent",
        "a_determines_b",
        "unrelated",
    ]
    assert relation(known[0], known[1]) == "equivalent"
    assert relation(known[3], known[0]) == "b_determines_a"
    assert relation(Task((1, 3)).knowledge, known[2]) == "partial"
    assert relation(EVERYTHING, known[2]) == "a_determines_b"


def test_the_zoo_is_large_and_has_every_form():
    zoo = groups(untrained=2)
    tasks = [task for group in zoo for task in group.tasks]
    assert len(tasks) >= 60 and tasks.count(None) == 6
    assert {task.form for task in tasks if task} == set(FORMS)


def small_zoo(*tasks, steps=400):
    group = Group("tanh", 1, tasks)
    stack = train_group(group, ZooTraining(batch=64, steps=steps, learning_rate=5e-3))
    return group, stack


@pytest.fixture(scope="module")
def outputs():
    """The outputs of networks that have learned one latent each; the first two the same one."""
    group, stack = small_zoo(Task((2,)), Task((2,), "surface"), Task((3,)), steps=1500)
    found = places(group, stack, draw_inputs(**SIZES, seed=0), 0)
    return [place for place in found if place.kind == "outputs"]


def test_a_network_that_learned_nothing_is_refused(inputs):
    group, stack = small_zoo(Task((1,)), steps=1)
    with pytest.raises(DataError, match=r"tanh, plain of z1: misses .* raise `steps`"):
        require_learned(group, task_errors(group, stack, inputs[:500]))


def test_layers_are_known_only_where_the_argument_holds():
    drawn = draw_inputs(**SIZES, seed=0)
    group = Group("tanh", 3, (Task((1, 2), "plain", 1), Task((1, 2, 3))))
    found = places(group, group.stack(0).double(), drawn, start=5)
    kinds = {(place.network, place.kind): place.dimension for place in found}
    # The first task is folded: nothing is known of its bottleneck.
    assert kinds == {
        (5, "first"): 4, (5, "outputs"): 2, (6, "first"): 4, (6, "outputs"): 3, (6, "hidden"): 3,
    }  # fmt: skip
    untrained = Group("sine", 3, (None,))
    (place,) = places(untrained, untrained.stack(0).double(), drawn, start=0)
    assert (place.kind, place.knowledge) == ("first", EVERYTHING)
    assert place.layer.fit.shape == (120, 20) and len(place.layer.test) == 60


def test_halves_share_no_network_and_pairs_no_layer_twice():
    half = halves(11, seed=3)
    assert sorted(half.tolist()) == [0] * 5 + [1] * 6
    group, stack = small_zoo(*(Task((k,)) for k in LATENTS), Task((1,), "surface"), steps=1)
    pairs = choose_pairs(places(group, stack, draw_inputs(**SIZES, seed=0), 0), each=5, seed=0)
    seen = [
        frozenset({(p.a.network, p.a.kind), (p.b.network, p.b.kind)})
        for p in pairs
        if not p.shuffled
    ]
    assert len(seen) == len(set(seen))
    assert all(pair.a.network != pair.b.network for pair in pairs)
    assert all(pair.truth == "unrelated" for pair in pairs if pair.shuffled)
    assert any(pair.shuffled for pair in pairs)


def test_pairs_of_a_small_zoo_are_judged(outputs):
    """Networks of one latent each: the same one is equivalent, another one unrelated."""
    rows = list(judge_pairs(choose_pairs(outputs, 5, 0), SETTINGS, 99, 0.0125, seed=0))
    assert len(rows) >= 3
    assert all(row["relation"] == row["truth"] for row in rows)
    assert {row["truth"] for row in rows} == {"equivalent", "unrelated"}


def test_a_layer_without_coordinates_does_not_cost_the_other_verdicts(outputs):
    """One sample far from all others: the kernel falls into pieces."""
    a, b = deepcopy(outputs[:2])
    a.layer.fit[0] += 5
    (judged,) = judge_pairs([Pair(a, b, "outputs", "equivalent")], SETTINGS, 99, 0.0125, seed=0)
    assert judged["relation"] in RELATIONS and judged["p_value"] is None
    (why,) = judged["failures"]
    assert why.startswith(f"{a.name}, outputs: the kernel falls into")


def row(truth, relation=None, score=0.5, **changes):
    equal = truth == "equivalent"
    r2 = [0.99 if equal else 0.3] * 3
    return {
        "a": "tanh plain of z1", "b": "silu plain of z1", "layers": ["outputs", "outputs"],
        "truth": truth, "relation": relation or truth, "kind": "outputs", "shuffled": False,
        "scores": {"verdict": score, "other": 1 - score}, "p_value": 0.001, "failures": [],
        "r2": {"a_to_b": r2, "b_to_a": r2},
        "weakest_r2": {"a_to_b": r2, "b_to_a": r2},
        "new_directions": {"a_to_b": 0 if equal else 1, "b_to_a": 0 if equal else 1},
        "dimension": {"a": 1, "b": 1, "joint": 1 if equal else 2},
        "true_dimension": {"a": 1, "b": 1}, "shares": {"a": [1.0, 0.001], "b": [1.0]},
        "correlations": [0.98 if equal else 0.4], **changes,
    }  # fmt: skip


def trap(kind, truth, relation=None):
    """A trap's row, with the evidence of its truth, or of ``equivalent`` where that is judged."""
    whole = row("equivalent" if relation == "equivalent" else truth)
    evidence = ("r2", "weakest_r2", "dimension", "new_directions")
    return {
        "name": f"held_out {kind} 1", "kind": kind, "neurons": [9, 300], "samples": 500,
        "truth": truth, "relation": relation or truth, **{key: whole[key] for key in evidence},
    }  # fmt: skip


def test_the_area_is_that_of_scikit_learn():
    draw = np.random.default_rng(0)
    rows = [row("equivalent", score=s) for s in draw.normal(1, 1, 20).round(1)]
    rows += [row("unrelated", score=s) for s in draw.normal(0, 1, 30).round(1)]
    low, estimate, high = area(rows, "verdict", seed=0)
    truth = [one["truth"] == "equivalent" for one in rows]
    expected = roc_auc_score(truth, [one["scores"]["verdict"] for one in rows])
    assert estimate == pytest.approx(expected)
    assert low < estimate < high
    assert area(rows, "other", seed=0)[1] == pytest.approx(1 - expected)


def test_the_summary_counts_and_explains_what_is_wrong():
    wrong = row("equivalent", "partial", r2={"a_to_b": [0.5, 0.6, 0.7], "b_to_a": [0.99] * 3})
    called = row("partial", "equivalent", r2={"a_to_b": [0.99] * 3, "b_to_a": [0.99] * 3},
                 weakest_r2={"a_to_b": [0.98] * 3, "b_to_a": [0.98] * 3},
                 new_directions={"a_to_b": 0, "b_to_a": 0})  # fmt: skip
    good = [row(truth) for truth in RELATIONS]
    traps = {half: [trap("weak", "partial"), trap("wide", "partial", "equivalent")]
             for half in ("calibration", "held_out")}  # fmt: skip
    halves = {"calibration": good, "held_out": [*good, wrong, called]}
    told = report(halves, traps, SETTINGS, seed=0)
    figures = told["halves"]["held_out"]["all"]
    assert (figures["right"]["count"], figures["right"]["of"]) == (5, 7)
    assert (figures["false_equivalent"]["count"], figures["false_equivalent"]["of"]) == (1, 5)
    assert figures["confusion"]["equivalent"]["partial"] == 1
    assert "R² a to b reaches 0.500 only" in told["wrong"][0]["why"]
    assert "R² a to b reaches 0.990, of every component 0.980" in told["wrong"][1]["why"]
    counted = told["traps"]["halves"]["held_out"]
    assert (counted["all"]["right"]["count"], counted["weak"]["right"]["count"]) == (1, 1)
    assert (counted["wide"]["false_equivalent"]["count"], counted["wide"]["right"]["count"]) == (
        1, 0,
    )  # fmt: skip
    assert [row["half"] for row in told["traps"]["wrong"]] == ["calibration", "held_out"]


def test_calibration_finds_the_gap_of_each_threshold():
    rows = [row("equivalent"), row("partial"), row("unrelated", r2={"a_to_b": [0.02] * 3})]
    found = calibrate(rows)
    assert found["determined"]["below"] == 0.99
    assert found["related"] == {"above": 0.02, "below": 0.3}
    assert found["share"] == {"above": 0.001, "below": 1.0}
    assert found["correlation"] == {"above": 0.4, "below": 0.98}
