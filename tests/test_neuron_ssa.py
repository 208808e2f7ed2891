"""Singular spectrum analysis: exactness, and a sweep over windows and ranks."""

import numpy as np
import pytest
from pyts.decomposition import SingularSpectrumAnalysis

from sametask.base.errors import DataError
from sametask.config.sections.ensemble_section import Ensemble
from sametask.config.sections.ssa_section import Ssa
from sametask.neurons.data.draw import draw
from sametask.neurons.ssa import mean_percentage, noise_mse, reconstructions, sweep

NETWORK = {"kind": "autoencoder", "inputs": 20, "outputs": 20}
SINE = Ensemble(data={"of": "noisy_sine", "reach": 1}, network=NETWORK)


@pytest.mark.parametrize("window", [2, 7, 60, 140])
def test_reconstructions_are_those_of_pyts(window):
    series = np.random.default_rng(3).standard_normal(150).cumsum()
    _, found = reconstructions(series, window)
    terms = SingularSpectrumAnalysis(window).fit_transform(series[None])
    terms = terms.reshape(-1, len(series))
    np.testing.assert_allclose(found[: len(terms)], terms.cumsum(axis=0), atol=1e-8)


def test_two_terms_are_a_sine_and_all_terms_are_the_series():
    rows = draw(SINE.drawn())
    found = sweep(rows, [100, 175, 250], [2, 20, 120], terms=2)
    assert (found.mse[:, 0] <= 0.05 * noise_mse(rows)).all()
    np.testing.assert_allclose(found.mse_of_all, noise_mse(rows), atol=1e-12)
    assert np.isnan(found.mse).tolist() == [[False, False, True], [False] * 3, [False] * 3]
    assert np.mean((found.reconstruction - rows.clean) ** 2) == pytest.approx(found.mse[2, 0])


def test_percentages_leave_zeros_out_and_series_of_zeros_have_none():
    truth = np.array([0.0, 0.01, 1.0, -2.0])
    found = np.array([[5.0, 5.0, 1.1, -2.0]])
    assert mean_percentage(found, truth) == pytest.approx([5.0])
    assert np.isnan(mean_percentage(found, np.zeros(4))).all()


def test_what_cannot_be_taken_apart_is_refused():
    with pytest.raises(DataError, match="a window of 11 is longer than the series of 10"):
        reconstructions(np.ones(10), 11)
    with pytest.raises(DataError, match="these data are no series"):
        sweep(draw(Ensemble().drawn()), [5], [1], terms=1)


def test_numbers_and_steps_are_put_together():
    section = Ssa(windows=[100, {"first": 1, "last": 31, "step": 10}, 11])
    assert section.all_windows() == [1, 11, 21, 31, 100]
