"""The figures of the task zoo and its page, on planted pairs; and a small zoo from end to end."""

import json
from dataclasses import replace

import pytest
from report_pages import Page, small_pictures

from sametask.benchmark.task_zoo.calibration import calibrate, decided, reason
from sametask.benchmark.task_zoo.data_sets import load
from sametask.benchmark.task_zoo.judge import SCORE, Judged, judge_pair, meetings
from sametask.benchmark.task_zoo.recipes import Recipe
from sametask.benchmark.task_zoo.report import report
from sametask.benchmark.task_zoo.summary import false_same, summarise
from sametask.benchmark.task_zoo.training import groups, train_group
from sametask.benchmark.task_zoo.zoo import networks_of
from sametask.config.sections.stage_sections import TaskVerdict
from sametask.config.sections.task_zoo_section import TaskZoo
from sametask.report.pages.task_zoo import write_task_zoo
from sametask.verdict.task.decision import shares, smallest
from sametask.verdict.task.evidence import Reached, TaskEvidence
from sametask.verdict.task.share import SCALE, Share

WAYS = ("a_to_b", "b_to_a")
LIMITS = {"layer": 0.5, "answers": 0.5}


def reached(share):
    """What one simple map reaches; ``None`` if it tells nothing."""
    told = (
        Share(0.0, 0.0, 0.0, SCALE / 2, False)
        if share is None
        else Share(*[share] * 3, scale=0.5, given_away=False)
    )
    return Reached({}, {"affine": told}, True)


def pair(truth, forth, back, half="held_out", data="wine", kind="hidden", why="same target"):
    """A pair with task shares (layer, answers) in each direction."""
    both = {
        way: dict(zip(("layer", "answers"), map(reached, found), strict=True))
        for way, found in zip(WAYS, (forth, back), strict=True)
    }
    evidence = TaskEvidence(both, {}, {})
    given = shares(evidence)
    peers = {"linear CKA": 0.5} if half == "held_out" else {}
    row = {
        "data": data, "half": half, "kind": kind, "a": "tanh, classes, seed 0",
        "b": "ReLU, classes, seed 1", "truth": truth, "why": why, "shares": given,
        "scores": {SCORE: smallest(given, LIMITS), **peers},
    }  # fmt: skip
    return Judged(row, evidence)


def planted(half):
    """Pairs of two data sets, at both kinds of layer: one is wrong, one undecided."""
    found = []
    for data in ("wine", "diabetes"):
        for kind in ("hidden", "outputs"):
            made = {"half": half, "data": data, "kind": kind}
            found += [
                pair("same_task", (0.9, 0.8), (0.7, 0.9), **made),
                pair("a_contains_b", (0.9, 0.8), (0.1, 0.2), **made, why="contained"),
                pair("other_task", (0.9, 0.2), (0.1, 0.1), **made, why="untrained"),
                pair("other_task", (-0.5, 0.3), (0.3, 0.1), **made, why="other target"),
                pair("graded", (0.9, 0.8), (0.4, 0.9), **made, why="pruned to 20%"),
            ]
    made = {"half": half, "data": "wine", "kind": "hidden"}
    found.append(pair("same_task", (0.9, 0.35), (0.9, 0.9), **made))
    return [*found, pair("same_task", (0.9, None), (0.9, 0.9), **made)]


def test_the_score_is_the_smallest_share_and_no_scale_counts_as_the_floor():
    assert pair("same_task", (0.9, 0.8), (0.7, 0.9)).row["scores"][SCORE] == 0.7
    assert pair("same_task", (0.9, None), (0.7, 0.9)).row["scores"][SCORE] == 0.0


def test_figures_count_what_is_right_undecided_and_wrongly_called_the_same():
    rows = decided(planted("held_out"), LIMITS)
    found = summarise(rows, seed=0)
    assert (found["right"]["count"], found["right"]["of"]) == (16, 18)
    assert found["undecided"]["count"] == 1
    assert found["confusion"]["same_task"]["b_contains_a"] == 1
    assert found["confusion"]["other_task"]["other_task"] == 8
    assert found["false_same"]["count"] == 0 and found["false_same"]["of"] == 8
    # Of six pairs of the same task, one has a share of 0.35, above all others, and one of 0.
    _, area, _ = found["area"][SCORE]
    assert area == pytest.approx((5 * 12 + 4) / (6 * 12))
    assert found["area"]["linear CKA"][1] == 0.5


def test_the_limit_of_false_calls_is_exact_and_one_sided():
    none = [{"truth": "other_task", "relation": "other_task"}] * 300
    # (1 − p)³⁰⁰ = 0.05 of no call at all.
    assert false_same(none)["at_most"] == pytest.approx(1 - 0.05 ** (1 / 300))
    one = [{"truth": "other_task", "relation": "same_task"}, *none]
    assert false_same(one)["count"] == 1 and false_same(one)["at_most"] > 0.015


def test_the_threshold_is_in_the_middle_of_those_that_decide_most_pairs_rightly():
    pairs = [pair("same_task", (0.9, 0.8), (0.8, 0.9)), pair("other_task", (0.3, 0.2), (0.1, 0.9)),
             pair("graded", (0.5, 0.5), (0.5, 0.5))]  # fmt: skip
    found = calibrate(pairs, LIMITS)
    # The layer of the other task is below its limit both ways, so that its answers do not count;
    # half a task is none.
    assert (found["answers"]["from"], found["answers"]["to"]) == (0.51, 0.8)
    assert (found["layer"]["from"], found["layer"]["to"]) == (0.11, 0.8)
    assert found["layer"]["limit"] == pytest.approx(0.455)


def test_shares_of_layers_are_moved_to_the_limit_of_answers():
    found = shares(pair("same_task", (0.3, 0.8), (0.7, 0.9)).evidence)
    assert smallest(found, {"layer": 0.2, "answers": 0.5}) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("truth", "forth", "back", "text"),
    [
        ("same_task", (0.9, 0.35), (0.9, 0.9), "answers a to b: share 0.35 only"),
        ("same_task", (0.9, None), (0.9, 0.9), "answers a to b: no scale"),
        ("other_task", (0.9, 0.6), (0.1, 0.9), "a to b: share 0.60"),
        ("b_contains_a", (0.1, 0.1), (0.4, 0.9), "layer b to a: share 0.40 only"),
    ],
)
def test_a_wrong_decision_is_explained(truth, forth, back, text):
    assert reason(pair(truth, forth, back).row, LIMITS) == text


@pytest.fixture(scope="module")
def figures():
    settings = TaskZoo(data_sets=["wine", "diabetes"])
    zoo = [(load(name, 0), []) for name in settings.data_sets]
    return report(zoo, [*planted("calibration"), *planted("held_out")], settings)


def test_each_data_set_is_decided_by_what_was_calibrated_on_the_others(figures):
    assert set(figures["left_out"]) == {"wine", "diabetes"}
    wine, diabetes = figures["left_out"]["wine"], figures["left_out"]["diabetes"]
    # Both halves of wine, without graded pairs; diabetes has no wrong pair.
    assert (wine["right"]["count"], wine["right"]["of"]) == (16, 20)
    assert (diabetes["right"]["count"], diabetes["right"]["of"]) == (16, 16)
    assert wine["undecided"] == 2 and wine["area"][SCORE][1] < 1 == diabetes["area"][SCORE][1]
    pairs = [*planted("calibration"), *planted("held_out")]
    others = [pair for pair in pairs if pair.row["data"] == "diabetes"]
    assert wine["calibration"] == calibrate(others, TaskVerdict().limits)
    assert [row["reason"] for row in figures["wrong"]] == [
        "answers a to b: share 0.35 only", "answers a to b: no scale",
    ]  # fmt: skip


def test_the_page_begins_with_the_answer_and_names_what_is_wrong(figures, tmp_path):
    with small_pictures():
        write_task_zoo(figures, tmp_path / "benchmark.html", tmp_path / "figures")
    text = (tmp_path / "benchmark.html").read_text()
    assert text.index("16 of 18 held-out pairs are decided rightly") < text.index("<h2>")
    assert "answers a to b: share 0.35 only" in text
    assert "Besides, 4 pairs with a graded network" in text
    shown = [given for tag, given in Page(text).tags if tag == "img"]
    assert len(shown) == 3 and all(one["alt"] for one in shown)
    assert "http" not in text.replace("http://www.w3.org", "")


def test_a_small_zoo_from_end_to_end(monkeypatch):
    """Networks of a curved target, and untrained ones: told apart at both kinds of layer."""
    data, like = load("diabetes", seed=0), Recipe("diabetes", "curve 1", "tanh")
    # Two of each, so that each half has a pair of the same task and one of another.
    chosen = [replace(like, seed=seed) for seed in range(4)]
    chosen += [replace(like, seed=seed, effort=0.0) for seed in range(2)]
    monkeypatch.setattr("sametask.benchmark.task_zoo.zoo.recipes", lambda _: chosen)
    settings = TaskZoo(data_sets=["diabetes"], steps=300, same=1, other=1, calibrating=1)
    stacks = [(group, train_group(group, data, settings)) for group in groups(chosen, data)]
    zoo = [(data, networks_of(data, stacks))]
    pairs = [one for met in meetings(zoo, settings) for one in judge_pair(met, settings)]
    assert [one.row["kind"] for one in pairs] == ["hidden", "outputs"] * 4
    found = json.loads(json.dumps(report(zoo, pairs, settings)))
    right = found["halves"]["held_out"]["all"]["right"]
    assert (right["count"], right["of"]) == (4, 4)
    assert found["left_out"] == {} and found["wrong"] == []
    assert found["halves"]["held_out"]["hidden"]["area"][SCORE][1] == 1.0
