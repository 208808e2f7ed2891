"""Files of the user's own, larger than memory or wrong, and files that a function simulates."""

import h5py
import numpy as np
import pytest
import torch
from torch import nn
from workflow_helpers import script

from sametask.base.errors import ConfigError, DataError, NetworkError
from sametask.config.sections.input_sections import Array, Simulation
from sametask.config.sections.network_sections import Training
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import Blocks, draw_samples, simulation, training, training_data
from sametask.inputs.data_sets import arrays
from sametask.inputs.data_sets.arrays import open_table
from sametask.inputs.simulation import simulated_blocks
from sametask.networks.train import train

ROWS = 90
ROW_BYTES = 20 * 3 * 4
CLASSES = Task(kind="classification")
TRAINING = Training(validation=0)


@pytest.fixture
def data():
    """Windows (90, 20, 3) whose first number is that of their row, and blades (90, 14)."""
    drawn = np.random.default_rng(0)
    windows = drawn.normal(size=(ROWS, 20, 3)).astype(np.float32)
    windows[:, 0, 0] = np.arange(ROWS)
    blades = drawn.random((ROWS, 14)) < 0.05
    return {"windows": windows, "blades": blades}


def section(path):
    return Array(domain="array", source=str(path), inputs="windows", labels="blades")


def write(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values
    return section(path)


@pytest.fixture
def written(tmp_path, data):
    return write(tmp_path / "data.h5", **data)


@pytest.mark.parametrize("dtype", [bool, np.uint8])
def test_labels_of_several_truth_values_are_whether_any_holds(tmp_path, data, dtype):
    inputs = write(
        tmp_path / "data.h5", windows=data["windows"], blades=data["blades"].astype(dtype)
    )
    with open_table(inputs) as table:
        windows, labels = table.read(np.arange(ROWS))
    np.testing.assert_array_equal(windows, data["windows"])
    np.testing.assert_array_equal(labels, data["blades"].any(axis=1))
    assert (windows.dtype, labels.dtype) == (np.float32, np.int64)
    assert 0 < labels.sum() < ROWS


@pytest.mark.parametrize("rows", [[], [7], [3, 80, 0, 41], [88, 89, 87], range(ROWS)[::-1]])
@pytest.mark.parametrize("block", [1, 10, 1000])
def test_rows_come_in_the_order_asked_for(written, data, monkeypatch, rows, block):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", block * ROW_BYTES)
    rows = np.array(rows, dtype=int)
    with open_table(written) as table:
        windows, labels = table.read(rows)
    np.testing.assert_array_equal(windows, data["windows"][rows])
    np.testing.assert_array_equal(labels, data["blades"][rows].any(axis=1))


@pytest.fixture
def counted(monkeypatch):
    """How many rows were read at once, each time that rows of an HDF5 file were."""
    asked, plain = [], h5py.Dataset.__getitem__

    def read(dataset, chosen, **keys):
        found = plain(dataset, chosen, **keys)
        if dataset.name == "/windows":
            asked.append(len(found))
        return found

    monkeypatch.setattr(h5py.Dataset, "__getitem__", read)
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 8 * ROW_BYTES)
    monkeypatch.setattr(training, "MEMORY_BYTES", 16 * ROW_BYTES)
    return asked


def test_a_file_larger_than_memory_is_never_read_whole(written, counted):
    with open_table(written) as table:
        table.require_finite()
        assert len(table.blocks()) == 12
    draw_samples(written, Samples(fit=30, test=20), CLASSES, seed=0)
    blocks, _ = training_data(written, CLASSES, TRAINING, None, None, seed=0)
    for number in range(len(blocks.sizes)):
        blocks.read(number)
    assert 0 < max(counted) <= 8


class Heard(nn.Module):
    """One logit, and the numbers of all rows that came in."""

    def __init__(self):
        super().__init__()
        self.linear, self.rows = nn.Linear(60, 1), []

    def forward(self, x):
        if torch.is_grad_enabled():
            self.rows += x[:, 0, 0].int().tolist()
        return self.linear(x.flatten(1) / ROWS)


def test_training_sees_every_row_once_an_epoch_but_those_held_out(written, data, counted):
    held_out = np.arange(0, ROWS, 9)
    settings = Training(validation=7, schedule="one_cycle", batch=4, epochs=3, patience=3)
    blocks, validation = training_data(written, CLASSES, settings, None, held_out, seed=0)
    assert (len(blocks.sizes), sum(blocks.sizes), max(blocks.sizes)) == (5, 73, 15)
    assert validation.sizes == (7,)
    kept = validation.read(0).inputs[:, 0, 0].astype(int)
    network = Heard()
    parts = [
        one.each(lambda draw: tuple(map(torch.from_numpy, (draw.inputs, draw.targets))))
        for one in (blocks, validation)
    ]
    train(network, *parts, settings, seed=0)
    epochs = np.reshape(network.rows, (3, 73))
    expected = np.setdiff1d(np.arange(ROWS), np.concatenate([held_out, kept]))
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), expected)
    assert not np.array_equal(epochs[0], epochs[1])
    assert max(counted) <= 8


def test_blocks_have_the_labels_of_their_rows(written, data, counted):
    blocks, _ = training_data(written, CLASSES, TRAINING, None, None, seed=0)
    assert isinstance(blocks, Blocks)
    for number in range(len(blocks.sizes)):
        drawn = blocks.read(number)
        rows = drawn.inputs[:, 0, 0].astype(int)
        np.testing.assert_array_equal(drawn.inputs, data["windows"][rows])
        np.testing.assert_array_equal(drawn.targets, data["blades"][rows].any(axis=1))


# Files that are wrong.


@pytest.mark.parametrize("key", ["inputs", "labels"])
def test_a_missing_data_set_names_the_nearest(written, key):
    right = getattr(written, key)
    with (
        pytest.raises(ConfigError, match=rf"no array '{right}z'; did you mean '{right}'\?"),
        open_table(written.model_copy(update={key: f"{right}z"})),
    ):
        pass


def test_labels_of_another_length_are_refused(tmp_path, data):
    inputs = write(tmp_path / "data.h5", windows=data["windows"], blades=data["blades"][1:])
    with pytest.raises(ConfigError, match="90 inputs but 89 labels"), open_table(inputs):
        pass


def test_a_file_cut_in_the_middle_is_named(written, tmp_path):
    path = tmp_path / "data.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ConfigError, match=r"data\.h5: damaged"), open_table(written):
        pass


def test_a_damaged_chunk_is_named(tmp_path, data):
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        file["blades"] = data["blades"]
        made = file.create_dataset(
            "windows", data=data["windows"], chunks=(10, 20, 3), compression="gzip"
        )
        place = made.id.get_chunk_info(4)
    whole = bytearray(path.read_bytes())
    whole[place.byte_offset : place.byte_offset + place.size] = bytes(place.size)
    path.write_bytes(whole)
    with open_table(section(path)) as table:
        with pytest.raises(ConfigError, match=r"data\.h5: damaged"):
            table.read(np.array([45]))
        with pytest.raises(ConfigError, match=r"data\.h5: damaged"):
            table.require_finite()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_input_that_is_not_finite_names_its_row(tmp_path, data, monkeypatch, value):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 8 * ROW_BYTES)
    monkeypatch.setattr(training, "MEMORY_BYTES", 16 * ROW_BYTES)
    data["windows"][61, 7, 2] = value
    inputs = write(tmp_path / "data.h5", **data)
    with open_table(inputs) as table, pytest.raises(DataError, match=r"data\.h5: row 61 "):
        table.require_finite()
    blocks, _ = training_data(inputs, CLASSES, TRAINING, None, None, seed=0)
    with pytest.raises(DataError, match="row 61 of the data set"):
        for number in range(len(blocks.sizes)):
            blocks.read(number)
    samples = Samples(fit=48, test=24)
    with pytest.raises(DataError, match="row 61 "):
        script("draw_samples")(tmp_path / "samples.zarr", inputs, samples, CLASSES, 0, 0, {})
    assert not (tmp_path / "samples.zarr").exists()


# Files that are simulated.

OWN = """
import numpy as np


def numbers(count, seed, shift=0.0):
    drawn = np.random.default_rng(seed).normal(size=(count, 4)) + shift
    return {"windows": drawn.astype(np.float32), "blades": drawn > 1}


def fewer(count, seed):
    return numbers(count - 1, seed)


def uneven(count, seed):
    return numbers(count, seed) | {"blades": np.zeros(count + 1)}


def alone(count, seed):
    return np.zeros((count, 4))


def failing(count, seed):
    raise ValueError("no bearing\\nfits")
"""


@pytest.fixture
def simulated(tmp_path, monkeypatch):
    (tmp_path / "own_simulation.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(simulation, "BLOCK", 40)

    def settings(name, **arguments):
        return Simulation(function=f"own_simulation:{name}", count=100, arguments=arguments)

    return settings


def test_simulated_blocks_are_of_the_count_and_differ(simulated):
    starts, blocks = simulated_blocks(simulated("numbers", shift=3.0), seed=0)
    found = [one["windows"] for one in blocks]
    assert list(starts) == [0, 40, 80]
    assert [len(one) for one in found] == [40, 40, 20]
    assert abs(np.concatenate(found).mean() - 3) < 0.3
    assert len(np.unique(np.concatenate(found)[:, 0])) == 100
    again = [one["windows"] for one in simulated_blocks(simulated("numbers", shift=3.0), 0)[1]]
    other = [one["windows"] for one in simulated_blocks(simulated("numbers", shift=3.0), 1)[1]]
    np.testing.assert_array_equal(np.concatenate(found), np.concatenate(again))
    assert not np.isclose(np.concatenate(found), np.concatenate(other)).any()


def test_the_simulated_file_holds_all_blocks(simulated, tmp_path):
    script("simulate_data")(tmp_path / "simulated.h5", simulated("numbers"), 0, {"rule": "one"})
    expected = np.concatenate(
        [one["windows"] for one in simulated_blocks(simulated("numbers"), 0)[1]]
    )
    with open_table(section(tmp_path / "simulated.h5")) as table:
        windows, labels = table.read(np.arange(100))
    np.testing.assert_array_equal(windows, expected)
    np.testing.assert_array_equal(labels, (expected > 1).any(axis=1))


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("fewer", DataError, r"must return named arrays of 40 rows, not .*'windows': 39"),
        ("uneven", DataError, r"must return named arrays of 40 rows, not .*'blades': 41"),
        ("alone", DataError, "must return named arrays of 40 rows"),
        ("failing", NetworkError, "own_simulation:failing.*no bearing"),
        ("nubmers", NetworkError, "did you mean 'numbers'"),
    ],
)
def test_a_function_that_does_not_simulate_is_named(simulated, tmp_path, name, error, words):
    with pytest.raises(error, match=words) as caught:
        script("simulate_data")(tmp_path / "simulated.h5", simulated(name), 0, {})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "simulated.h5").exists()
