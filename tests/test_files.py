"""Files of the user's own that are read right or refused in one line: types, labels, damage."""

import pickle
import zipfile

import numpy as np
import pytest
from refusals import cut, refusal
from workflow_helpers import TINY, network

from sametask.base.errors import SametaskError
from sametask.check import check_experiment
from sametask.config import Experiment
from sametask.config.sections.input_sections import Array
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import draw_samples, examine

CLASSES = Task(kind="classification")
REGRESSION = Task(kind="regression")
SAMPLES = Samples(fit=30, test=20)
ROWS = np.random.default_rng(0).normal(size=(60, 3))
LABELS = np.arange(60) % 3


def section(path, labels=None):
    return Array(domain="array", source=str(path), labels=labels)


def refused(inputs, *words, task=CLASSES):
    """Read a file through, which must be refused in one short line with these words."""
    assert len(refusal(lambda: examine(inputs, task), words=words)) < 300


# What inputs may be.


@pytest.mark.parametrize("kind", [".npy", ".npz"])
@pytest.mark.parametrize(
    ("stored", "read"),
    [(">f8", "f8"), (">f4", "f4"), ("f2", "f4"), (">f2", "f4"), (">i4", "i4"), ("u1", "u1")],
)
def test_numbers_are_read_in_the_order_and_precision_of_this_machine(tmp_path, kind, stored, read):
    values = (100 * ROWS).astype(stored)
    path = tmp_path / f"data{kind}"
    np.save(path, values) if kind == ".npy" else np.savez(path, inputs=values)
    drawn = draw_samples(section(path), SAMPLES, None, 0)["fit"]
    assert drawn.inputs.dtype == np.dtype(read) and drawn.inputs.dtype.isnative
    np.testing.assert_array_equal(drawn.inputs, values[drawn.rows])


@pytest.mark.parametrize("kind", [".npy", ".npz"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ROWS.astype("g"), "inputs are float128"),
        (ROWS + 1j, "inputs are complex128"),
        (np.zeros(60, [("a", "f8"), ("b", "i4")]), "inputs are a compound type"),
        (np.zeros((60, 2), "V4"), "inputs are a compound type"),
        (np.full((60, 2), "word"), "inputs are <U4"),
        (np.zeros((60, 2), "M8[s]"), "inputs are datetime64[s]"),
        (np.array([{"a": 1}] * 60), "Python objects, which are never unpickled"),
        (np.array(3.0), "rows"),
        (ROWS[:0], "inputs of shape (0, 3) have no rows"),
        (ROWS[:, :0], "inputs of shape (60, 0) have no rows"),
        (ROWS[:, 0], "as in (60, 1)"),
    ],
)
def test_what_is_no_array_of_rows_of_numbers_is_refused(tmp_path, kind, values, words):
    path = tmp_path / f"data{kind}"
    np.save(path, values) if kind == ".npy" else np.savez(path, inputs=values)
    refused(section(path), f"data{kind}", words)


@pytest.mark.parametrize("kind", [".npy", ".npz", ".h5"])
@pytest.mark.parametrize("content", [b"", b"1, 2, 3\n", pickle.dumps({"a": 1}), bytes(4000)])
def test_files_of_another_kind_are_refused(tmp_path, kind, content):
    path = tmp_path / f"data{kind}"
    path.write_bytes(content)
    refused(section(path), f"data{kind}: damaged or not numeric")


def test_files_under_a_wrong_name_are_refused(tmp_path):
    np.save(tmp_path / "data.npy", ROWS)
    (tmp_path / "data.npy").rename(tmp_path / "data.npz")
    refused(section(tmp_path / "data.npz"), "a single array; name it .npy")
    np.savez(tmp_path / "other.npz", inputs=ROWS)
    for name in ("data.npy", "data.h5"):
        (tmp_path / name).write_bytes((tmp_path / "other.npz").read_bytes())
        refused(section(tmp_path / name), f"{name}: damaged or not numeric")
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as file:
        file.writestr("inputs", "words")
    refused(section(tmp_path / "text.npz"), "'inputs' is no array of rows")
    (tmp_path / "data.npy").unlink()
    (tmp_path / "data.npy").mkdir()
    refused(section(tmp_path / "data.npy"), "data.npy: no such file")


@pytest.mark.parametrize("kind", [".npy", ".npz"])
def test_damage_of_any_place_ends_in_one_line_or_in_nothing(tmp_path, kind):
    path, drawn = tmp_path / f"data{kind}", np.random.default_rng(1)
    np.save(path, ROWS) if kind == ".npy" else np.savez_compressed(path, inputs=ROWS)
    whole, told = path.read_bytes(), 0
    for number in range(60):
        damaged = bytearray(whole)
        for place in drawn.integers(0, len(whole) if number % 2 else 130, size=2):
            damaged[place] = drawn.integers(256)
        path.write_bytes(damaged)
        try:
            examine(section(path), None)
        except SametaskError as error:
            told += 1
            assert "\n" not in str(error) and len(str(error)) < 300
    assert told > 20
    path.write_bytes(whole)
    cut(path, 100)
    refused(section(path), "damaged")


# What labels may be.


def labelled(folder, labels):
    np.savez(folder / "data.npz", inputs=ROWS, y=labels)
    return section(folder / "data.npz", "y")


@pytest.mark.parametrize(
    "labels",
    [
        *(LABELS.astype(kind) for kind in ("i1", "u8", ">i4", "f8", ">f4", "f2")),
        LABELS[:, None],
        LABELS[:, None] * 1.0,
    ],
)
def test_whole_numbers_of_any_type_are_classes(tmp_path, labels):
    inputs = labelled(tmp_path, labels)
    _, targets = examine(inputs, CLASSES)
    assert targets.dtype == np.int64
    np.testing.assert_array_equal(targets, LABELS)
    drawn = draw_samples(inputs, SAMPLES, CLASSES, 0)["fit"]
    np.testing.assert_array_equal(drawn.targets, LABELS[drawn.rows])


def test_truth_values_of_any_type_are_whether_any_holds(tmp_path):
    truths = np.random.default_rng(0).random((60, 4)) < 0.2
    for kind in (bool, "u1", ">i8", "f4"):
        _, targets = examine(labelled(tmp_path, truths.astype(kind)), CLASSES)
        np.testing.assert_array_equal(targets, truths.any(axis=1))


ONE_HOT = np.eye(3)[LABELS]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.where(LABELS == 1, np.nan, LABELS), "row 1 has a label that is not finite"),
        (np.where(LABELS == 2, np.inf, LABELS), "row 2 has a label that is not finite"),
        (ONE_HOT, "one-hot: a single 1 in every row; give the number of the class"),
        (ONE_HOT.astype(bool), "labels.argmax(axis=1)"),
        (ONE_HOT.astype("u1"), "labels.argmax(axis=1)"),
        (np.stack([LABELS] * 3, 1), "labels are int64 of shape ('n', 3)"),
        (np.zeros((60, 4, 4), int), "labels are int64 of shape ('n', 4, 4)"),
        (LABELS + 0.5, "labels are float64, 0.5 among them; valid: one whole number"),
        (LABELS * 1e300, "labels are float64, 1e+300 among them"),
        (LABELS.astype("u8") + 2**63, "9223372036854775808 among them"),
        (np.array(["a", "b", "c"])[LABELS], "labels are <U1, not numeric"),
        (np.array([b"a", b"b", b"c"])[LABELS], "np.unique(labels, return_inverse=True)[1]"),
        (LABELS + 0j, "labels are complex128"),
        (LABELS.astype("g"), "labels are float128"),
        (np.array(1), "'y' is no array of rows"),
        (LABELS[:-1], "60 inputs but 59 labels"),
    ],
)
def test_labels_that_are_no_classes_are_refused(tmp_path, labels, words):
    refused(labelled(tmp_path, labels), "data.npz", words)


def test_an_npy_file_has_no_labels(tmp_path):
    np.save(tmp_path / "data.npy", ROWS)
    refused(section(tmp_path / "data.npy", "y"), "inputs.labels", "no 'y'", ".npz")


def experiment(folder, labels, outputs=3, **task):
    np.savez(folder / "data.npz", inputs=ROWS, y=labels)
    given = {"domain": "array", "source": str(folder / "data.npz"), "labels": "y"}
    training = {"validation": 10, "epochs": 1}
    nets = {name: network([3, 4, outputs], "tanh1", train=training) for name in ("one", "two")}
    changes = {"inputs": given, "samples": {"fit": 30, "test": 20}, "task": task, "networks": nets}
    return Experiment.model_validate(TINY | changes)


def test_a_class_that_only_training_rows_have_is_found(tmp_path):
    labels = LABELS.copy()
    check_experiment("tiny", experiment(tmp_path, labels, kind="classification"))
    drawn = draw_samples(section(tmp_path / "data.npz"), SAMPLES, None, 0)
    labels[np.setdiff1d(np.arange(60), [*drawn["fit"].rows, *drawn["test"].rows])[0]] = 7
    asked = experiment(tmp_path, labels, kind="classification")
    refusal(lambda: check_experiment("tiny", asked), words=["classes 0 to 2", "labels 0, 1, 2, 7"])


@pytest.mark.parametrize("labels", [LABELS, LABELS > 1, LABELS[:, None] * 0.5])
def test_a_regression_may_have_labels_of_any_type_and_of_the_width_of_answers(tmp_path, labels):
    check_experiment("tiny", experiment(tmp_path, labels, outputs=1, kind="regression"))
    _, targets = examine(labelled(tmp_path, labels), REGRESSION)
    assert targets.dtype == np.float64
    asked = experiment(tmp_path, labels, outputs=2, kind="regression")
    words = ["networks.one", "task.kind: regression, but it puts out (2,)", "targets are of shape"]
    refusal(lambda: check_experiment("tiny", asked), words=words)
