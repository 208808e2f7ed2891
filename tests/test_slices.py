"""Slices: how sequences are cut, put back, numbered, and read from what was recorded."""

import numpy as np
import pytest
import torch
from workflow_helpers import script

from sametask.activations.layout import Layout
from sametask.activations.slices import Slices, draw_slices, sample_numbers
from sametask.activations.stored import read_perturbed
from sametask.base.errors import ConfigError, StoreError
from sametask.storage import store
from sametask.verdict.layers.stored_layers import read_layer

# Six steps of two channels: channel c of step t is 10 t + c.
STEPS = 10 * np.arange(6)[:, None] + np.arange(2)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_a_slice_holds_every_nth_step(kind):
    slices = Slices(6, 3)
    found = slices.cut(kind(STEPS[None]))
    assert slices.count == 2
    assert found.tolist() == [[0, 1, 20, 21, 40, 41], [10, 11, 30, 31, 50, 51]]
    assert type(found) is type(kind(STEPS))


@pytest.mark.parametrize("per_sample", [1, 2, 3, 6])
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_putting_back_undoes_cutting(kind, per_sample):
    sequences = np.random.default_rng(0).normal(size=(4, 6, 2))
    slices = Slices(6, per_sample)
    cut = slices.cut(kind(sequences))
    assert cut.shape == (4 * 6 // per_sample, 2 * per_sample)
    np.testing.assert_array_equal(np.asarray(slices.put_back(cut)), sequences)


def test_sequences_follow_one_another():
    cut = Slices(6, 3).cut(np.stack([STEPS, 100 + STEPS]))
    assert cut[:, 0].tolist() == [0, 10, 100, 110]


@pytest.mark.parametrize("per_sample", [3, 40])
def test_a_p_that_does_not_divide_names_the_divisors(per_sample):
    words = rf"per_sample: {per_sample} does not divide the 20 steps .*valid: 1, 2, 4, 5, 10, 20"
    with pytest.raises(ConfigError, match=words):
        Slices(20, per_sample)
    with pytest.raises(ConfigError, match=words):
        Layout(("a",), ((2,),), (0,), ("batch", "time", "neuron"), 20).sliced(per_sample)


def test_slices_are_drawn_once_ascending_and_by_the_seed():
    found = draw_slices(np.arange(100), 30, seed=1)
    assert len(np.unique(found)) == 30 and (np.diff(found) > 0).all()
    assert found.min() >= 0 and found.max() < 100
    np.testing.assert_array_equal(found, draw_slices(np.arange(100), 30, seed=1))
    assert not np.array_equal(found, draw_slices(np.arange(100), 30, seed=2))
    np.testing.assert_array_equal(draw_slices(np.arange(12), 30, seed=1), np.arange(12))


LAYOUT = Layout(("lstm",), ((3,),), (0, 2), ("batch", "time", "neuron"), 6)


def recorded_sequences(path, seed=0):
    """A store as ``extract_sequences`` makes it, of 4 fit and 3 test samples of 6 steps."""
    drawn = np.random.default_rng(seed)
    with store.create(path, "activations") as writer:
        for part, count in (("fit", 4), ("test", 3)):
            whole = drawn.normal(size=(count, 6, 3))
            writer.array(f"{part}/layers", whole, ["sample", "step", "layer_neuron"])
            writer.array(f"{part}/samples", whole[..., [0, 2]], ["sample", "step", "neuron"])
            writer.array(f"{part}/seen", drawn.normal(size=(count, 6, 1)), ["sample"])
            writer.array(f"{part}/outputs", drawn.normal(size=(count, 1)), ["sample"])
        around = drawn.normal(size=(4, 5, 6, 2))
        writer.array("fit/perturbed", around, ["sample", "perturbation", "step", "neuron"])
        writer.attributes |= {"layout": LAYOUT.plain(), "input_shape": [6, 1]}
    return store.open_store(path, "activations")


@pytest.fixture
def sequences(tmp_path):
    return recorded_sequences(tmp_path / "first" / "sequences.zarr")


def cut(sequences, output, samples=2600, per_sample=2):
    positions = {"per_sample": per_sample, "samples": samples, "context": 0}
    script("slice_sequences")(sequences.path, [], output, "lstm", positions, 0, {})
    return store.open_store(output, "activations")


def by_hand(sequence, per_sample=2):
    """The slices of one sequence (…, 6, m), as lists of steps."""
    count = 6 // per_sample
    steps = [[start + count * one for one in range(per_sample)] for start in range(count)]
    return np.stack([np.concatenate([sequence[..., t, :] for t in one], -1) for one in steps])


@pytest.mark.parametrize("samples", [2600, 7])
@pytest.mark.parametrize("per_sample", [1, 2, 6])
def test_what_is_read_are_the_slices_of_the_whole(sequences, tmp_path, samples, per_sample):
    found = cut(sequences, tmp_path / "second" / "activations.zarr", samples, per_sample)
    chosen = found["fit/slices"]
    assert len(chosen) == min(samples, 4 * 6 // per_sample)
    for name in ("layers", "samples"):
        whole = np.concatenate([by_hand(one, per_sample) for one in sequences[f"fit/{name}"]])
        np.testing.assert_array_equal(found[f"fit/{name}"], whole[chosen])
        whole = np.concatenate([by_hand(one, per_sample) for one in sequences[f"test/{name}"]])
        np.testing.assert_array_equal(found[f"test/{name}"], whole)
    around = [by_hand(one, per_sample) for one in sequences["fit/perturbed"]]
    expected = np.concatenate(around)[chosen]
    lazy = read_perturbed(found)
    assert lazy.shape == expected.shape and lazy.dtype == expected.dtype
    for part in (slice(0, 3), slice(2, 5), slice(0, None), slice(3, 3)):
        np.testing.assert_array_equal(lazy[part], expected[part])
    order = np.random.default_rng(0).permutation(len(expected))
    np.testing.assert_array_equal(lazy[order], expected[order])
    layer = read_layer(found)
    blocks = layer.around(slice(None)).numpy()
    np.testing.assert_array_equal(blocks, expected)


def test_rows_know_their_sample(sequences, tmp_path):
    found = cut(sequences, tmp_path / "activations.zarr", samples=7)
    assert found.attributes["rows_per_sample"] == 3
    np.testing.assert_array_equal(sample_numbers(found, "fit"), found["fit/slices"] // 3)
    assert sample_numbers(found, "test").tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert sample_numbers(sequences, "test").tolist() == [0, 1, 2]


def test_sequences_that_were_recorded_anew_are_refused(sequences, tmp_path):
    found = cut(sequences, tmp_path / "second" / "activations.zarr")
    other = recorded_sequences(tmp_path / "other.zarr", seed=1)
    sequences.path.rename(tmp_path / "gone")
    other.path.rename(sequences.path)
    with pytest.raises(StoreError, match="made from another sequences"):
        read_perturbed(found)


def test_a_p_that_does_not_divide_names_network_and_divisors(sequences, tmp_path):
    with pytest.raises(ConfigError, match=r"'lstm': .*4 does not divide the 6 .*1, 2, 3, 6"):
        cut(sequences, tmp_path / "activations.zarr", per_sample=4)
    assert not (tmp_path / "activations.zarr").exists()
