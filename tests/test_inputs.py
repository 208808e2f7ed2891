"""Samples and neighbourhoods: placement, division, and independence of order and shards."""

import h5py
import numpy as np
import pytest

from sametask.base.errors import ConfigError, DataError
from sametask.config.sections.input_sections import Array, Interval
from sametask.config.sections.network_sections import Training
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import draw_samples, perturb, training_data
from sametask.inputs.data_sets.arrays import open_table
from sametask.inputs.domains import place

INTERVAL = Interval(domain="interval", low=-1.0, high=1.0)
TASK = Task(kind="regression", target="sametask.examples.targets:negative_square")
CLASSES = Task(kind="classification")
DIGITS = Array(domain="array", source="digits")


def samples(fit, test, placement="equidistant", shift=0.0):
    return Samples(fit=fit, test=test, placement=placement, test_shift=shift)


def test_equidistant_samples_are_the_thesis_grid():
    draws = draw_samples(INTERVAL, samples(512, 1024, shift=5e-5), TASK, seed=0)
    np.testing.assert_allclose(draws["fit"].inputs[:, 0], -1 + np.arange(512) * 2 / 512)
    np.testing.assert_allclose(draws["test"].inputs[:, 0], -1 + np.arange(1024) * 2 / 1024 + 5e-5)
    np.testing.assert_allclose(draws["fit"].targets, -(draws["fit"].inputs ** 2))


@pytest.mark.parametrize("placement", ["random", "sobol"])
def test_placed_samples_fill_the_box_and_differ_between_sets(placement):
    low, high = np.array([0.0, -2.0]), np.array([1.0, 5.0])
    fit = place(400, low, high, placement, "fit", seed=3)
    assert fit.shape == (400, 2)
    assert (fit >= low).all() and (fit < high).all()
    np.testing.assert_allclose(fit.mean(0), (low + high) / 2, atol=0.5)
    again = place(400, low, high, placement, "fit", seed=3)
    other = place(400, low, high, placement, "test", seed=3)
    np.testing.assert_array_equal(fit, again)
    assert not np.isclose(fit[:, 0], other[:, 0]).any()


def test_a_grid_that_does_not_fit_names_the_nearest():
    with pytest.raises(ConfigError, match="nearest that do: 100"):
        place(99, np.zeros(2), np.ones(2), "equidistant", "fit", 0)


def test_neighbours_do_not_depend_on_order_or_shard():
    inputs = np.linspace(0, 1, 12)[:, None]
    whole = perturb(inputs, range(12), 5, 0.4, seed=9)
    backwards = perturb(inputs[::-1], range(11, -1, -1), 5, 0.4, seed=9)
    np.testing.assert_array_equal(whole, backwards[::-1])
    for shard in (slice(0, 3), slice(3, 12), slice(7, 8)):
        part = perturb(inputs[shard], range(12)[shard], 5, 0.4, seed=9)
        np.testing.assert_array_equal(whole[shard], part)
    more = perturb(inputs, range(12), 8, 0.4, seed=9)
    np.testing.assert_array_equal(whole, more[:, :5])
    assert not np.allclose(whole, perturb(inputs, range(12), 5, 0.4, seed=10))


def test_neighbours_have_a_quarter_of_delta_as_standard_deviation():
    drawn = perturb(np.full((4, 3, 2), 7.0), range(4), 5000, 0.4, seed=1)
    assert drawn.shape == (4, 5000, 3, 2)
    np.testing.assert_allclose(drawn.std(axis=1), 0.1, rtol=0.06)
    np.testing.assert_allclose(drawn.mean(axis=1), 7.0, atol=0.01)


def test_no_row_is_both_fitted_and_tested_or_trained_and_tested():
    draws = draw_samples(DIGITS, samples(1000, 300), CLASSES, seed=4)
    assert len(np.intersect1d(draws["fit"].rows, draws["test"].rows)) == 0
    settings = Training(validation=97)
    training, validation = training_data(
        DIGITS, CLASSES, settings, None, draws["test"].rows, seed=4
    )
    assert (training.sizes, validation.sizes) == ((1400,), (97,))
    tested = {image.tobytes() for image in draws["test"].inputs}
    assert not tested & {image.tobytes() for image in training.read(0).inputs}


def test_more_rows_than_there_are_name_the_most_possible():
    with pytest.raises(ConfigError, match="fit: 1497 is the most beside test: 300"):
        draw_samples(DIGITS, samples(1500, 300), None, seed=0)


def read_all(path, inputs="inputs", labels=None):
    """Every row of a file, and its labels."""
    with open_table(Array(domain="array", source=str(path), inputs=inputs, labels=labels)) as table:
        return table.read(np.arange(len(table)))


@pytest.mark.parametrize("kind", [".npy", ".npz", ".h5"])
def test_arrays_are_read_from_files(tmp_path, kind):
    values, labels = np.arange(12.0).reshape(6, 2), np.arange(6)
    path = tmp_path / f"data{kind}"
    if kind == ".npy":
        np.save(path, values)
    elif kind == ".npz":
        np.savez(path, inputs=values, classes=labels)
    else:
        with h5py.File(path, "w") as file:
            file["inputs"], file["classes"] = values, labels
    named = None if kind == ".npy" else "classes"
    found, found_labels = read_all(path, "inputs", named)
    np.testing.assert_array_equal(found, values)
    assert (found_labels is None) == (named is None)


def test_a_misspelt_array_names_the_nearest(tmp_path):
    np.savez(tmp_path / "data.npz", inputs=np.ones((3, 1)))
    with pytest.raises(ConfigError, match="'inptus'; did you mean 'inputs'"):
        read_all(tmp_path / "data.npz", "inptus")


@pytest.mark.parametrize("kind", [".npy", ".npz", ".h5"])
def test_a_file_cut_in_the_middle_is_named(tmp_path, kind):
    path = tmp_path / f"data{kind}"
    if kind == ".npy":
        np.save(path, np.ones((1000, 4)))
    elif kind == ".npz":
        np.savez(path, inputs=np.ones((1000, 4)))
    else:
        with h5py.File(path, "w") as file:
            file["inputs"] = np.ones((1000, 4))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ConfigError, match=f"data{kind}.*damaged"):
        read_all(path)


def test_pickled_objects_are_not_read(tmp_path):
    np.save(tmp_path / "data.npy", np.array([{"a": 1}], dtype=object))
    with pytest.raises(ConfigError, match="damaged or not numeric"):
        read_all(tmp_path / "data.npy")


def test_an_input_that_is_not_finite_is_named(tmp_path):
    values = np.ones((20, 2))
    values[:, 1] = np.nan
    np.save(tmp_path / "data.npy", values)
    section = Array(domain="array", source=str(tmp_path / "data.npy"))
    with pytest.raises(
        DataError, match=r"sample 0 \(row \d+ of the data set\) has an input that is not finite"
    ):
        draw_samples(section, samples(10, 5), None, seed=0)


def test_a_classification_of_one_class_is_refused(tmp_path):
    labels = np.zeros(60, dtype=int)
    labels[:30] = 7
    np.savez(tmp_path / "data.npz", inputs=np.random.default_rng(0).random((60, 2)), labels=labels)
    inputs = Array(domain="array", source=str(tmp_path / "data.npz"), labels="labels")
    draw_samples(inputs, samples(40, 20), CLASSES, seed=0)
    rows = np.arange(120.0).reshape(60, 2)
    np.savez(tmp_path / "data.npz", inputs=rows, labels=np.full(60, 7))
    with pytest.raises(
        DataError, match="all 40 samples are of class 7; a classification needs two"
    ):
        draw_samples(inputs, samples(40, 20), CLASSES, seed=0)


def test_targets_of_a_networks_own_task_train_it_on_the_same_inputs():
    settings = Training(samples=50, validation=0)
    other = Training(samples=50, validation=0, target="numpy:sin")
    training, _ = training_data(INTERVAL, TASK, settings, None, None, seed=0)
    own, _ = training_data(INTERVAL, TASK, other, None, None, seed=0)
    own, training = own.read(0), training.read(0)
    np.testing.assert_array_equal(own.inputs, training.inputs)
    np.testing.assert_allclose(own.targets, np.sin(training.inputs))
