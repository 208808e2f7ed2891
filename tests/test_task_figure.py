"""The figure of the evidence on a task, and its table, on planted curves."""

import numpy as np
import pytest
from report_pages import image_experiment
from task_stores import NUMBERS, place

from sametask.report.data.reading import read_report
from sametask.report.figures.task import spread, written
from sametask.report.pictures.task import result, task_picture
from sametask.report.tables.task import task_table
from sametask.verdict.task.ways import IMAGES, ways_of


@pytest.fixture
def pair(tmp_path):
    return read_report(*image_experiment(tmp_path, task="a_contains_b")).pairs[0]


def lines(axes):
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def test_both_directions_show_their_curves_and_what_suffices(pair):
    picture = task_picture(pair)
    forth, back = picture.figure.axes
    assert set(lines(forth)) == {
        "the source's layer", "another network of the target's recipe", "the pixels",
        "an untrained copy",
    }  # fmt: skip
    np.testing.assert_allclose(
        lines(forth)["the source's layer"].get_ydata(), place(True)["fidelity"]["source"]
    )
    np.testing.assert_allclose(
        lines(back)["the pixels"].get_ydata(), place(False)["fidelity"]["inputs"]
    )
    assert [text.get_text() for text in forth.texts] == ["30"] and not back.texts
    assert "30 shared images suffice; from the pixels all 1,000 do not" in forth.get_title("left")
    assert "not even all 1,000 shared images suffice" in back.get_title("left")
    assert forth.get_xscale() == "log" and "rotation with one scale" in forth.get_xlabel()
    assert "30 shared images suffice" in picture.caption and "Cohen" in forth.get_ylabel()


def test_floors_that_get_there_say_with_how_many(pair):
    task = pair.verdict["task"]
    task["a_to_b"]["layer"]["inputs_needed"] = {"source": 30, "inputs": 1000, "untrained": 300}
    way = ways_of(task, pair.verdict["networks"])["a_to_b"]
    assert result(way, "layer", IMAGES) == (
        "30 shared images suffice; from the pixels 1,000 do, from an untrained copy 300 do"
    )


def test_answers_have_a_figure_of_their_own(pair):
    picture = task_picture(pair, "answers")
    assert picture.name == "one-two-task-answers"
    assert "the source's answers" in lines(picture.figure.axes[0])


def test_the_spread_ignores_choices_that_there_are_not():
    fidelity = np.array([[0.1, 0.2, 0.3], [0.9, np.nan, np.nan]])
    np.testing.assert_allclose(spread(fidelity)[1], [0.2, 0.9])
    np.testing.assert_allclose(spread(fidelity)[:, 1], 0.9)


def test_ticks_keep_apart_and_keep_what_is_needed():
    numbers = [10, 20, 30, 50, 100, 300, 1000, 1437]
    kept = written(numbers, 30)
    assert {10, 20, 30, 100, 300, 1437} <= set(kept) and 1000 not in kept
    assert 1000 in written(numbers, 1000) and 1437 not in written(numbers, 1000)
    assert written(NUMBERS, None)[-1] == 1000


def test_evidence_stands_beside_its_threshold(pair):
    items = {item.name: item for item in task_table(pair)}
    met, missed = (
        items["Task share one → two, layer tanh<1>"],
        items["Task share two → one, answers"],
    )
    assert (met.value, met.threshold, met.met) == ("0.90 (0.80\u00a0to\u00a01.00)", "≥ 0.15", True)
    assert (missed.met, missed.value[:5]) == (False, "−0.10")
    needed = items["Shared images needed two → one, layer tanh2"]
    assert needed.value == "more than 1,000" and "the pixels more than 1,000" in needed.meaning
    assert items["R² of outputs one → two"].value.startswith("0.980")


def test_nothing_to_place_a_source_on_is_said(tmp_path):
    pair = read_report(*image_experiment(tmp_path, task="undecided")).pairs[0]
    shares = [item for item in task_table(pair) if item.name.startswith("Task share")]
    assert len(shares) == 4 and {item.value for item in shares} == {"cannot be told"}
    assert {item.met for item in shares} == {None}
