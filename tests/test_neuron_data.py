"""What the networks of an ensemble learn: series cut into windows, tables, splits."""

import numpy as np
import pytest

from sametask.base.errors import DataError
from sametask.config.sections.ensemble_section import Ensemble, Windows
from sametask.neurons.data.draw import draw
from sametask.neurons.data.rows import KIND, Rows
from sametask.neurons.data.series import Series
from sametask.neurons.data.windows import cut
from sametask.storage import store

WINDOWS = {"kind": "autoencoder", "inputs": 10, "outputs": 20}


def drawn(data, network=None, seed=0):
    network = network or {"kind": "perceptron"}
    return draw(Ensemble(seed=seed, data=data, network=network).drawn())


def test_no_number_is_both_learned_from_and_held_out():
    rows = drawn({"of": "noisy_sine", "held_out": 0.25}, WINDOWS)
    held = rows.held_out[0]
    learned, kept = rows.wanted[~held], rows.wanted[held]
    np.testing.assert_array_equal(learned[-1], rows.series[355:375].astype("f4"))
    np.testing.assert_array_equal(kept[0], rows.series[375:395].astype("f4"))
    np.testing.assert_array_equal(rows.inputs, rows.wanted[:, :10])
    assert rows.held_out.shape == (1, 356 + 106)


def test_a_series_shorter_than_a_window_is_refused():
    with pytest.raises(DataError, match="hold no window of 20 on both sides"):
        cut(Series(np.arange(40.0)), Windows(inputs=10, outputs=20), 0.3)


@pytest.mark.parametrize("frequency", [2.0, 2.5, 3.125, 4.0])
def test_the_strongest_frequency_of_a_gait_is_that_of_its_third_harmonic(frequency):
    data = {"of": "gait", "stride": frequency / 3, "points": 5000}
    rows = drawn(data, WINDOWS)
    power = np.abs(np.fft.rfft(rows.series)) ** 2
    found = np.fft.rfftfreq(5000, 1 / 50)[power.argmax()]
    assert found == pytest.approx(frequency, abs=0.05)
    assert rows.facts["period"] == pytest.approx(50 / frequency)
    assert np.var(rows.series - rows.clean) == pytest.approx(0.04, rel=0.1)


def test_splits_are_stratified_and_inputs_standardised_by_rows_to_learn_from():
    rows = drawn({"of": "iris", "splits": 3})
    assert rows.held_out.sum(axis=1).tolist() == [45, 45, 45]
    assert not np.array_equal(rows.held_out[0], rows.held_out[1])
    for split, held in enumerate(rows.held_out):
        assert np.bincount(rows.wanted[held]).tolist() == [15, 15, 15]
        learned = rows.seen(split)[~held]
        np.testing.assert_allclose(learned.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(learned.std(axis=0), 1, atol=1e-5)


def test_a_class_that_is_too_rare_is_refused():
    with pytest.raises(DataError, match=r"class 'setosa' has 50 rows, too few to hold out 0\.01"):
        drawn({"of": "iris", "held_out": 0.01})


@pytest.mark.parametrize("data", [{"of": "iris", "splits": 2}, {"of": "digits"}, {"of": "gait"}])
def test_rows_are_the_same_again_and_come_back_from_their_store(tmp_path, data):
    network = WINDOWS if data["of"] == "gait" else None
    rows, again, other = (drawn(data, network, seed) for seed in (0, 0, 1))
    with store.create(tmp_path / "data.zarr", KIND) as writer:
        rows.write(writer)
    read = Rows.read(tmp_path / "data.zarr")
    np.testing.assert_array_equal(read.seen(0), again.seen(0))
    np.testing.assert_array_equal(read.wanted, again.wanted)
    assert read.facts == rows.facts
    assert not np.array_equal(
        read.seen(0)[~read.held_out[0]][:9], other.seen(0)[~other.held_out[0]][:9]
    )
