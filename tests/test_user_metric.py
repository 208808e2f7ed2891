"""A metric of the user, and names of classes, axes and outputs: measured, shown, refused."""

import json
import math
import sys
import types

import numpy as np
import pytest
import torch
from refusals import refusal
from report_pages import binary_experiment
from workflow_helpers import (
    TINY,
    change,
    copy_of,
    edit,
    make_repository,
    network,
    planned,
    run,
)

from sametask.base.errors import DataError, NetworkError
from sametask.check import check_experiment
from sametask.config import Experiment
from sametask.config.sections.input_sections import inputs_section
from sametask.config.sections.sample_sections import Task
from sametask.evaluation.judged_maps import Held, describe_network
from sametask.evaluation.user_metric import figures_to_network, measure, own_figures
from sametask.report.data.names import Names, axis_labels
from sametask.report.data.reading import read_report
from sametask.report.figures.network import Colouring
from sametask.report.tables.pair import headed, heading, kind_rows

METRIC = "mynets:largest_error"


def largest_error(outputs, targets):
    """The largest absolute difference; a wrong shape of the targets would show."""
    assert outputs.shape == targets.shape
    return np.abs(outputs - targets).max()


def error_rate(outputs, classes):
    """The share of wrong classes."""
    assert classes.dtype == np.int64 and classes.shape == (len(outputs),)
    return float((outputs.argmax(axis=1) != classes).mean())


def spoiling(outputs, targets):
    outputs[:] = targets[:] = 0
    return 0


def by_spread(outputs, targets):
    """An error in units of the spread of the outputs: 0/0 where these are constant."""
    spread = np.ptp(outputs)
    return np.abs(outputs - targets).max() / spread if spread else math.nan


RETURNS = {
    "nothing": None,
    "an_array": np.ones(3),
    "not_a_number": math.nan,
    "text": "0.5",
    "a_tensor": torch.tensor(0.25),
    "a_whole_number": np.int64(2),
}


@pytest.fixture(autouse=True)
def mynets(monkeypatch):
    """The module of a user."""
    module = types.ModuleType("mynets")
    functions = (largest_error, error_rate, spoiling, by_spread)
    vars(module).update({function.__name__: function for function in functions})
    for name, value in RETURNS.items():
        setattr(module, name, lambda outputs, targets, value=value: value)
    monkeypatch.setitem(sys.modules, "mynets", module)
    return module


def experiment(**changed):
    return Experiment.model_validate(TINY | changed)


def with_task(**keys):
    return experiment(task=TINY["task"] | keys)


def classifying(classes, metric="mynets:error_rate"):
    """Digits by networks of ten outputs, whose classes have names."""
    networks = {name: network([64, 8, 10], "tanh1") for name in ("a", "b")}
    task = {"kind": "classification", "classes": classes, "metric": metric}
    return TINY | {"inputs": {"domain": "array", "source": "digits"}, "task": task} | {
        "networks": networks, "samples": {"fit": 48, "test": 24},
    }  # fmt: skip


def test_targets_of_a_regression_get_the_shape_of_the_outputs():
    outputs = np.array([[0.0], [1.0], [2.0]])
    assert own_figures(METRIC, outputs, np.array([0, 1, 5]), "regression") == {"metric": 3.0}
    two = np.arange(6.0).reshape(3, 2)
    figures = figures_to_network(METRIC, two, two + np.array([0.0, 4.0]), None)
    assert figures == {"metric_to_network": 4.0}


def test_a_classification_compares_with_classes_either_way():
    outputs, own = np.eye(4)[[0, 1, 2, 2]], 5 * np.eye(4)[[0, 1, 2, 3]]
    labels = np.array([[0], [1], [1], [1]])
    reference = "mynets:error_rate"
    assert own_figures(reference, outputs, labels, "classification") == {"metric": 0.5}
    assert figures_to_network(reference, outputs, own, "classification") == {
        "metric_to_network": 0.25
    }


def test_without_targets_only_the_network_is_compared_with():
    outputs = np.ones((3, 2))
    assert own_figures(METRIC, outputs, None, "regression") == {}
    assert figures_to_network(METRIC, outputs, outputs, "regression") == {"metric_to_network": 0}
    assert own_figures(None, outputs, outputs, None) == {}
    assert figures_to_network(None, outputs, outputs, None) == {}


def test_a_metric_gets_copies():
    outputs, targets = np.ones((3, 1)), np.ones((3, 1))
    measure("mynets:spoiling", outputs, targets)
    assert outputs.all() and targets.all()


def test_random_numbers_of_a_metric_repeat_themselves(mynets):
    mynets.drawn = lambda outputs, targets: np.random.normal()  # noqa: NPY002
    ones = np.ones((3, 1))
    assert measure("mynets:drawn", ones, ones) == measure("mynets:drawn", ones, ones)


def test_a_number_is_taken_and_anything_else_named():
    outputs = np.ones((3, 1))
    assert measure("mynets:a_tensor", outputs, outputs) == 0.25
    assert measure("mynets:a_whole_number", outputs, outputs) == 2
    for name, shown in {
        "nothing": "None", "an_array": "an array of shape (3,)", "not_a_number": "nan",
        "text": "'0.5'",
    }.items():  # fmt: skip
        with pytest.raises(DataError, match=r"task\.metric: mynets:") as told:
            measure(f"mynets:{name}", outputs, outputs)
        assert f"mynets:{name} must return one finite number, and returned {shown}" in str(
            told.value
        )


def test_failing_and_misspelt_functions_are_named():
    with pytest.raises(NetworkError, match=r"task\.metric: mynets:largest_error: AssertionError"):
        measure(METRIC, np.ones((3, 1)), np.ones((3, 2)))
    words = ["task.metric", "no function 'largest_eror'", "largest_error"]
    refusal(lambda: measure("mynets:largest_eror", np.ones(3), np.ones(3)), words=words)


def test_networks_themselves_have_the_metric():
    outputs = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    layout = types.SimpleNamespace(layers=["1"], width=1, read_only=True, pool="mean")
    measured = types.SimpleNamespace(name="a", layout=layout)
    held = Held(torch.nn.Identity(), outputs, outputs, outputs, np.array([2, 1]), metric=METRIC)
    assert describe_network(measured, held, "regression")["task"] == {"mse": 2.0, "metric": 2.0}


def test_check_tries_a_metric():
    check_experiment("tiny", with_task(metric=METRIC))
    words = ["tiny: task.metric: mynets:largest: no function 'largest'"]
    refusal(check_experiment, "tiny", with_task(metric="mynets:largest"), words=words)
    words = ["task.metric: mynets:an_array must return one finite number"]
    refusal(check_experiment, "tiny", with_task(metric="mynets:an_array"), words=words)


def test_check_tries_what_the_map_mean_puts_out():
    """It fails in the trial of constant outputs alone."""
    words = ["task.metric: mynets:by_spread must return one finite number, and returned nan"]
    refusal(check_experiment, "tiny", with_task(metric="mynets:by_spread"), words=words)


def test_check_counts_the_names_of_classes():
    names = [f"digit {number}" for number in range(10)]
    check_experiment("tiny", Experiment.model_validate(classifying(names)))
    words = ["networks.a: task.classes: 9 names, but it tells 10 classes apart"]
    refusal(
        check_experiment, "tiny", Experiment.model_validate(classifying(names[1:])), words=words
    )
    words = ["task.metric: mynets:largest_error: AssertionError"]
    wrong = Experiment.model_validate(classifying(names, METRIC))
    refusal(check_experiment, "tiny", wrong, words=words)


def test_check_counts_the_names_of_columns(tmp_path):
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(100, 3)))
    content = TINY | {"task": None, "samples": {"fit": 48, "test": 24}, "networks": {
        name: network([3, 4, 1], "tanh1", train=None) for name in ("a", "b")
    }}  # fmt: skip
    source = {"domain": "array", "source": str(tmp_path / "rows.npy")}

    def named(**names):
        return Experiment.model_validate(content | {"inputs": source | names})

    check_experiment("tiny", named(names=["x", "y", "z"], units=["m", "m", ""]))
    words = ["inputs.units: 2 given, but an input has 3 axes"]
    refusal(check_experiment, "tiny", named(units=["m", "s"]), words=words)
    pictures = Experiment.model_validate(classifying(None) | {
        "inputs": {"domain": "array", "source": "digits", "names": ["x"]}
    })  # fmt: skip
    words = ["inputs.names, inputs.units: an input has shape (1, 8, 8)"]
    refusal(check_experiment, "tiny", pictures, words=words)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"kind": "regression", "classes": ["a", "b"]}, "kind is regression"),
        ({"kind": "classification", "classes": ["a", "a"]}, "two classes of one name"),
        ({"kind": "classification", "classes": ["a"]}, "at least 2"),
        ({"kind": "classification", "classes": [False, True]}, "quote the word"),
        ({"kind": "regression", "metric_unit": "m"}, "the unit of `metric`"),
        ({"kind": "regression", "metric": "pitch_error"}, "match pattern"),
    ],
)
def test_names_that_fit_no_task_are_refused(keys, words):
    with pytest.raises(ValueError, match=words):
        Task(**keys)


def test_a_box_has_a_name_for_each_axis():
    box = {"domain": "box", "low": [0, 0], "high": [1, 1]}
    assert axis_labels(inputs_section(box)) == ["input 1", "input 2"]
    named = inputs_section(box | {"names": ["time", "place"], "units": ["s", ""]})
    assert axis_labels(named) == ["time (s)", "place"]
    with pytest.raises(ValueError, match="names: 4 given, but an input has 2 axes"):
        inputs_section(box | {"names": list("abcd")})


def test_axes_of_a_product_and_of_a_circle_have_units():
    circle = {"domain": "circle", "name": "phase"}
    assert axis_labels(inputs_section(circle)) == ["phase (rad)"]
    assert axis_labels(inputs_section(circle | {"unit": ""})) == ["phase"]
    line = {"domain": "interval", "low": 0, "high": 1, "unit": "m"}
    assert axis_labels(inputs_section(line)) == ["input x (m)"]
    both = inputs_section({"domain": "product", "axes": [circle, line]})
    assert axis_labels(both) == ["phase (rad)", "input 2 (m)"]
    assert axis_labels(inputs_section({"domain": "array", "source": "digits"})) is None


def test_names_decide_neither_samples_nor_networks():
    task = {"kind": "classification", "target": "mynets:f"}
    names = {"classes": ["no", "yes"], "metric": METRIC, "metric_unit": "s", "unit": "m"}
    assert Task(**task, **names, output="pitch").decisive() == task
    line = {"domain": "interval", "low": 0.0, "high": 1.0}
    product = {"domain": "product", "axes": [line | {"name": "x"}, line | {"unit": "m"}]}
    assert inputs_section(product).decisive() == {"domain": "product", "axes": [line, line]}


def test_headings_have_names_and_units():
    names = Names.of({"task": {"kind": "regression", "metric": "mynets:Tuner.pitch_error",
                               "output": "pitch", "unit": "cents"}})  # fmt: skip
    assert heading("output_mse", names) == "pitch error (mean square, cents²)"
    assert heading("metric", names) == "pitch error beside the targets of the task (cents)"
    assert heading("output_r2", names).startswith("share of pitch variance missed")
    assert Names(unit="m/s").squared == "(m/s)²"
    assert heading("output_mse", Names()) == "output error (mean square)"
    other = {"kind": "regression", "metric": METRIC, "unit": "m", "metric_unit": ""}
    assert heading("metric", Names.of({"task": other})).endswith("of the task")


def test_no_map_is_best_by_a_metric_of_the_user():
    rows = {"knn": {"metric": 1.0, "mse": 1.0}, "affine": {"metric": 2.0, "mse": 2.0}}
    cells = {
        row.name: [cell.best for cell in row.cells]
        for kind in kind_rows(rows, ["metric", "mse"])
        for row in kind["rows"]
    }
    assert cells == {"knn": [False, True], "affine": [False, False]}
    assert headed(["metric"], Names(metric="pitch error"))["users"] == "pitch error"
    assert headed(["mse"], Names())["users"] is None


def test_classes_have_names_in_figures_and_words():
    names = Names(classes=("negative", "positive"))
    assert names.class_words(1) == "class “positive”"
    assert Names().class_words(1) == "class 1"
    assert headed(["f1"], names)["classes"] == ["class “negative”", "class “positive”"]
    colouring = Colouring(np.array([0, 1, 2]), "class", True, names=names.classes)
    assert [colouring.text(value) for value in colouring.known] == ["negative", "positive", "2"]


def test_a_network_of_another_task_is_not_named_after_the_task(tmp_path):
    *stores, facts, folder = binary_experiment(tmp_path)
    task = {"kind": "classification", "classes": ["dark", "bright"], "unit": "m", "metric": METRIC}
    report = read_report(*stores, facts | {"task": task}, folder)
    assert report.pairs[0].names == report.names == Names.of({"task": task})
    report = read_report(*stores, facts | {"task": task, "own_targets": ["two"]}, folder)
    assert report.pairs[0].names == Names(metric="largest error", metric_unit="m")
    # The colours of samples are those of the task.
    assert report.names == Names(
        classes=["dark", "bright"], metric="largest error", metric_unit="m"
    )


PITCH = """
def largest_error(outputs, targets):
    return abs(outputs - targets).max()
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of ``tiny`` with a metric of the user and with names. Nobody writes into it."""
    task = TINY["task"] | {"metric": METRIC, "unit": "cents", "output": "pitch"}
    inputs = TINY["inputs"] | {"name": "string", "unit": "mm"}
    folder = tmp_path_factory.mktemp("metric") / "copy"
    make_repository(folder, TINY | {"task": task, "inputs": inputs})
    (folder / "mynets.py").write_text(PITCH)
    run(folder)
    return folder


def test_a_run_measures_shows_and_names(finished):
    facts = json.loads((finished / "results/tiny/shallow-deep/evaluation.json").read_text())
    assert facts["metric"] == METRIC
    for side in ("a", "b"):
        assert facts["networks"][side]["task"]["metric"] > 0
    for directions in facts["maps"].values():
        for figures in directions.values():
            assert figures["metric_to_network"] ** 2 >= figures["output_mse"]
            assert figures["metric"] ** 2 >= figures["mse"]
    page = (finished / "results/tiny/report.html").read_text()
    assert "largest error beside the target network (cents)" in page
    assert "own metric, largest error, is not known" in page
    assert "pitch error (mean square, cents²)" in page


def test_a_name_reruns_the_page_alone(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    assert planned(folder) == set()
    change(folder, "task", "unit", value="Hz")
    change(folder, "inputs", "name", value="length")
    assert planned(folder) == {"all", "render_report"}
    change(folder, "task", "metric", value="mynets:other_error")
    edit(folder / "mynets.py", "def", "def other_error(outputs, targets):\n    return 1\n\n\ndef")
    judged = {"evaluate_transformation shallow-deep", "reach_verdict shallow-deep"}
    pages = {"all", "render_report", "render_summary"}
    assert planned(folder) == judged | pages


def test_changed_code_of_a_metric_reruns_the_evaluation(finished, tmp_path):
    folder = copy_of(finished, tmp_path / "copy")
    edit(folder / "mynets.py", "max()", "mean()")
    judged = {"evaluate_transformation shallow-deep", "reach_verdict shallow-deep"}
    assert planned(folder) == judged | {"all", "render_report", "render_summary"}
