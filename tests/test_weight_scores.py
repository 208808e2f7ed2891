"""Scores of what is told from weights: by network, pooled, within checkpoints."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, r2_score

from sametask.weights import scores

RANDOM = np.random.default_rng(0)


def example(networks=60, checkpoints=5):
    """True values that rise from checkpoint to checkpoint, and answers that are somewhat wrong."""
    rise = np.arange(checkpoints)
    wanted = rise + RANDOM.standard_normal((networks, checkpoints))
    predicted = wanted + 0.5 * RANDOM.standard_normal(wanted.shape)
    counted = RANDOM.random(wanted.shape) < 0.8
    return np.where(counted, predicted, np.nan), np.where(counted, wanted, np.nan), counted


def test_pooled_r2_is_that_of_scikit_learn_whatever_is_not_counted():
    predicted, wanted, counted = example()
    found = scores.explained(predicted, wanted, counted, seed=0)
    assert found.estimate == pytest.approx(r2_score(wanted[counted], predicted[counted]))
    assert found.low < found.estimate < found.high
    assert scores.explained(predicted, wanted, counted, seed=0) == found


def test_each_checkpoint_has_its_own_r2():
    predicted, wanted, counted = example()
    found = scores.explained_by_checkpoint(predicted, wanted, counted)
    for place, value in enumerate(found):
        rows = counted[:, place]
        assert value == pytest.approx(r2_score(wanted[rows, place], predicted[rows, place]))


def test_a_rise_that_all_share_counts_for_nothing_within_checkpoints():
    _, wanted, _ = example(400)
    counted = np.ones(wanted.shape, bool)
    wanted = np.arange(5) + RANDOM.standard_normal(wanted.shape)
    predicted = np.broadcast_to(np.arange(5.0), wanted.shape)
    pooled = scores.explained(predicted, wanted, counted, seed=0)
    within = scores.explained_within(predicted, wanted, counted, seed=0)
    assert pooled.estimate > 0.6
    assert within.estimate == pytest.approx(0, abs=0.01)
    assert within.low < within.estimate < within.high


def test_the_interval_is_that_of_networks_not_of_checkpoints():
    # Checkpoints of a network that are all alike are one observation.
    wanted, missed = RANDOM.standard_normal((2, 50, 1))
    counted = np.ones((50, 1), bool)
    alone = scores.explained(wanted + missed, wanted, counted, seed=0)
    many = scores.explained(*(np.repeat(part, 40, axis=1)
                              for part in (wanted + missed, wanted, counted)), seed=0)  # fmt: skip
    assert many.estimate == pytest.approx(alone.estimate)
    assert (many.low, many.high) == pytest.approx((alone.low, alone.high))


def test_intervals_cover_what_more_networks_show():
    inside = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        wanted = random.standard_normal((40, 1)) + 0.3 * random.standard_normal((40, 6))
        predicted = wanted + random.standard_normal((40, 1)) * 0.7
        found = scores.explained(predicted, wanted, np.ones(wanted.shape, bool), seed)
        inside += found.low <= 1 - 0.49 / 1.09 <= found.high
    assert 85 <= inside <= 99


def test_f1_is_that_of_scikit_learn():
    wanted = RANDOM.integers(4, size=(80, 6))
    predicted = np.where(
        RANDOM.random(wanted.shape) < 0.6, wanted, RANDOM.integers(4, size=(80, 6))
    )
    counted = RANDOM.random(wanted.shape) < 0.9
    counts = scores.confusion(predicted, wanted, counted, 4)
    assert counts.sum() == counted.sum()
    found = scores.macro_f1(counts, seed=0)
    right = f1_score(wanted[counted], predicted[counted], average="macro")
    assert found.estimate == pytest.approx(right)
    assert found.low < found.estimate < found.high


def test_a_class_that_never_occurs_is_not_an_error():
    counts = scores.confusion(*(np.zeros((12, 2), int),) * 2, np.ones((12, 2), bool), 3)
    assert scores.macro_f1(counts, seed=0).estimate == pytest.approx(1 / 3)


def test_where_all_true_values_are_equal_nothing_is_explained():
    wanted, counted = np.full((20, 3), 0.1), np.ones((20, 3), bool)
    told = wanted + RANDOM.standard_normal(wanted.shape)
    for predicted in (wanted, told):
        given = predicted, wanted, counted
        assert scores.explained(*given, seed=0).plain() == {"low": 0, "estimate": 0, "high": 0}
        assert scores.explained_within(*given, seed=0).estimate == 0
        assert scores.explained_by_checkpoint(*given).tolist() == [0, 0, 0]


def test_vectors_have_r2_of_all_entries_of_each_dimension_and_of_each_checkpoint():
    wanted = RANDOM.standard_normal((40, 5, 3)) * [1.0, 2.0, 3.0]
    predicted = wanted + RANDOM.standard_normal(wanted.shape)
    counted = RANDOM.random((40, 5)) < 0.8
    found, true = predicted[counted], wanted[counted]
    whole = scores.explained(*scores.as_entries(predicted, wanted, counted), seed=0)
    assert whole.estimate == pytest.approx(r2_score(true.ravel(), found.ravel()))
    average = scores.explained_on_average(predicted, wanted, counted, seed=0)
    assert average.estimate == pytest.approx(r2_score(true, found))
    assert average.low < average.estimate < average.high
    by_checkpoint = scores.explained_by_checkpoint(predicted, wanted, counted)
    last = counted[:, 4]
    wanted_last = r2_score(wanted[last, 4].ravel(), predicted[last, 4].ravel())
    assert by_checkpoint[4] == pytest.approx(wanted_last)


def test_one_prediction_is_compared_with_another_on_the_same_resamples():
    predicted, wanted, counted = example()
    worse = predicted + 0.3
    more = scores.explained_more(predicted, worse, wanted, counted, seed=0)
    each = [scores.explained(some, wanted, counted, seed=0).estimate for some in (predicted, worse)]
    assert more.estimate == pytest.approx(each[0] - each[1])
    assert more.low < more.estimate < more.high
    same = scores.explained_more(predicted, predicted, wanted, counted, seed=0)
    assert (same.low, same.estimate, same.high) == (0, 0, 0)
