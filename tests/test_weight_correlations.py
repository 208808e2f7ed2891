"""Correlations of statistics with accuracy, and regressions on them, with their intervals."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error

from sametask.weights import scores
from sametask.weights.correlations import Ranks, correlations, statistics_judged
from sametask.weights.questions import Networks, Question

NETWORKS, CHECKPOINTS = 90, 5


@pytest.fixture(scope="module", autouse=True)
def few_resamples():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores, "RESAMPLES", 200)
        yield


def example(seed=0):
    """A statistic with ties that rises with an accuracy from checkpoint to checkpoint."""
    random = np.random.default_rng(seed)
    rise = np.arange(CHECKPOINTS)
    wanted = rise + random.standard_normal((NETWORKS, CHECKPOINTS))
    statistic = (wanted + random.standard_normal(wanted.shape)).round(1)
    counted = random.random(wanted.shape) < 0.8
    return statistic, wanted, counted


def test_correlations_of_all_checkpoints_are_those_of_scipy():
    statistic, wanted, counted = example()
    hidden = np.where(counted, statistic, np.nan)
    [(together, _)] = correlations(hidden[..., None], wanted, counted, seed=0)
    pair = statistic[counted], wanted[counted]
    assert together.pearson.estimate == pytest.approx(pearsonr(*pair).statistic)
    assert together.spearman.estimate == pytest.approx(spearmanr(*pair).statistic)
    for one in (together.pearson, together.spearman):
        assert one.low < one.estimate < one.high


def test_correlations_within_checkpoints_are_of_what_is_centred_or_ranked_there():
    statistic, wanted, _ = example()
    counted = np.ones(wanted.shape, bool)
    [(_, within)] = correlations(statistic[..., None], wanted, counted, seed=0)
    centred = [(one - one.mean(axis=0)).ravel() for one in (statistic, wanted)]
    assert within.pearson.estimate == pytest.approx(pearsonr(*centred).statistic)
    each = [spearmanr(statistic[:, place], wanted[:, place]).statistic for place in range(5)]
    assert within.spearman.estimate == pytest.approx(np.mean(each), abs=1e-3)


def test_a_rise_that_all_networks_share_is_no_correlation_within_checkpoints():
    random = np.random.default_rng(0)
    rise = 10 * np.arange(CHECKPOINTS)
    statistic, wanted = rise + random.standard_normal((2, 400, CHECKPOINTS))
    counted = np.ones(wanted.shape, bool)
    [(together, within)] = correlations(statistic[..., None], wanted, counted, seed=0)
    assert together.pearson.estimate > 0.95
    assert abs(within.pearson.estimate) < 0.06
    assert abs(within.spearman.estimate) < 0.06


def test_ranks_of_a_resample_are_those_of_the_rows_it_has():
    random = np.random.default_rng(0)
    values = random.integers(6, size=(20, 2)).astype(float)
    weight = random.multinomial(20, np.full(20, 0.05), size=2).T
    found = Ranks(values).of(weight)
    for column in range(2):
        rows = np.repeat(np.arange(20), weight[:, column])
        drawn = values[rows, column]
        wanted = [(drawn < one).sum() + ((drawn == one).sum() + 1) / 2 for one in drawn]
        np.testing.assert_allclose(found[rows, column], wanted)


def test_what_does_not_vary_has_no_correlation():
    _, wanted, counted = example()
    for one in correlations(np.ones((*wanted.shape, 1)), wanted, counted, seed=0)[0]:
        assert one.pearson.plain() == one.spearman.plain() == {"low": 0, "estimate": 0, "high": 0}


def test_a_regression_is_judged_on_other_networks_than_it_is_fitted_to():
    statistic, wanted, counted = example()
    both = np.stack([statistic, np.random.default_rng(5).standard_normal(wanted.shape)], axis=-1)
    networks = Networks(np.arange(40), np.arange(40, 45), np.arange(45, 90))
    question = Question("accuracy", wanted, counted)
    found = statistics_judged(both, ["rises", "noise"], question, networks, seed=0)
    assert list(found) == ["rises", "noise", "all"]
    learn, test = (counted & np.isin(np.arange(90), some)[:, None]
                   for some in (networks.learn, networks.test))  # fmt: skip
    model = LinearRegression().fit(both[learn], wanted[learn])
    told = model.predict(both[test])
    assert found["all"]["regression"]["mse"]["estimate"] == pytest.approx(
        mean_squared_error(wanted[test], told)
    )
    assert found["all"]["regression"]["r2"]["estimate"] == pytest.approx(
        model.score(both[test], wanted[test])
    )
    assert found["noise"]["regression"]["r2"]["estimate"] < 0.05
    assert found["rises"]["within"]["pearson"]["estimate"] > 0.5
