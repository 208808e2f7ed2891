"""Noise on codes and weights, and what attention looks at: planted cases."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from population_stores import DENSE, write_population
from refusals import refusal

from sametask.populations.stored import StoredPopulation
from sametask.weights import attention_study, noise_study, scores
from sametask.weights.attention import Size
from sametask.weights.attention_study import attend, encoder_of, likeness, of_the_end
from sametask.weights.autoencoders import autoencoder_named
from sametask.weights.noise_study import RATIOS, Held, Swept, sweep
from sametask.weights.questions import ask, divided

SMALL = Size(width=8, blocks=2, heads=2, inner=16)


def held(networks=30, checkpoints=21):
    """Weights of five dimensions, some of which are absent."""
    random = np.random.default_rng(0)
    places = random.standard_normal((networks, checkpoints, 5))
    weights = (places @ random.standard_normal((5, 100))).astype(np.float32)
    counted = random.random((networks, checkpoints)) < 0.9
    return Held(np.where(counted[..., None], weights, np.nan), counted)


def principal(numbers, data):
    """PCA, which gives five dimensions back exactly with five numbers."""
    model = autoencoder_named("pca-aligned").built(DENSE, numbers, SMALL)
    model.begin(torch.from_numpy(data.weights[data.counted]))
    return model.eval()


@pytest.fixture(scope="module")
def swept():
    """Two autoencoders that are the same, and one with a smaller code."""
    data = held()
    return sweep([principal(5, data), principal(5, data), principal(2, data)], data, seed=0)


def test_less_noise_loses_less_and_little_noise_nothing(swept):
    assert swept.r2.shape == (3, 2, len(RATIOS), 3)
    assert len(RATIOS) == 13
    estimates = swept.r2[0, :, :, 1]
    assert (np.diff(estimates, axis=1) > 0).all()
    assert (estimates[:, -1] > 0.999).all() and (estimates[:, 0] < 0).all()
    assert (swept.r2[..., 0] <= swept.r2[..., 1]).all()
    assert (swept.r2[..., 1] <= swept.r2[..., 2]).all()


def test_noise_on_the_weights_is_seen_only_along_the_directions_that_are_kept(swept):
    # Of noise at 0 dB on 100 weights, 5 directions come back: 5 % of the variance.
    assert swept.r2[0, 0, RATIOS.index(0), 1] == pytest.approx(0.95, abs=0.01)


def test_the_same_autoencoder_is_no_better_and_a_smaller_one_is_worse(swept):
    assert (swept.more[0] == 0).all()
    assert (swept.more[1, :, -1, 2] < 0).all()
    assert (swept.by_checkpoint[0] == swept.by_checkpoint[1]).all()


def test_the_sweep_takes_a_few_checkpoints_and_the_last_one():
    data = held()
    few = data.thinned()
    np.testing.assert_array_equal(few.weights, data.weights[:, [0, 10, 20]])
    assert few.counted.shape == (30, 3)


def test_findings_say_where_noise_in_the_training_helps():
    more = np.zeros((2, 2, len(RATIOS), 3))
    more[0, 0] = np.linspace(1, -0.5, len(RATIOS))[:, None] + [-0.1, 0, 0.1]
    more[1, 1] = -1
    by_checkpoint = np.zeros((3, 2, 8))
    by_checkpoint[:, 0, -2:] = np.array([0.2, 0.9, 0.5])[:, None]
    found = noise_study.findings(Swept(more, more, by_checkpoint))
    assert found["input"]["helps_until"] == RATIOS[7]
    assert found["input"]["lowest"]["estimate"] == 1
    assert found["input"]["highest"]["estimate"] == -0.5
    assert found["input"]["late"] == [1, 2, 0]
    assert found["code"]["helps_until"] is None


@pytest.fixture(scope="module")
def attended(tmp_path_factory):
    population = StoredPopulation.read(
        write_population(tmp_path_factory.mktemp("population"), lost=[(3, 2)])
    )
    torch.manual_seed(0)
    model = autoencoder_named("attention-2-raw").built(DENSE, 5, SMALL).eval()
    model.begin(torch.from_numpy(population.weights[population.present]))
    accuracy, networks = ask(population, "accuracy", 0), divided(population.split, 0)
    found = attend(model, population.weights, accuracy, networks.test, seed=0)
    return found, model, population, accuracy, networks


def test_maps_are_of_held_out_networks_the_least_accurate_first(attended):
    found, model, population, accuracy, networks = attended
    assert sorted(found.network) == sorted(networks.test)
    assert accuracy.counted[found.network, found.checkpoint].all()
    assert (np.diff(found.accuracy) >= 0).all()
    weights = torch.from_numpy(population.weights[found.network[4], found.checkpoint[4]])
    with torch.no_grad():
        maps = encoder_of(model).attention(((weights - model.centre) / model.scale)[None])[0]
    for block, place in (("first", 0), ("last", -1)):
        assert found.maps[block].shape == (12, 2, 10, 10)
        np.testing.assert_allclose(found.maps[block][4], maps[place], rtol=1e-4, atol=1e-6)
        wanted = np.corrcoef(found.maps[block][2].ravel(), found.maps[block][7].ravel())[0, 1]
        assert found.correlations[block][2, 7] == pytest.approx(wanted, abs=1e-5)


def test_at_the_end_only_the_last_checkpoint_counts(attended):
    _, model, population, accuracy, networks = attended
    found = attend(model, population.weights, of_the_end(accuracy), networks.test, seed=0)
    assert (found.checkpoint == 3).all() and len(found.network) == 12


def test_the_share_is_what_goes_to_the_output_units(attended):
    found = attended[0]
    even = {block: np.full_like(maps, 0.1) for block, maps in found.maps.items()}
    said = attention_study.findings(replace(found, maps=even), 4, seed=0)
    assert said["first"]["share"]["estimate"] == pytest.approx(said["first"]["even"]) == 0.4
    even["last"][..., -4:] = 0.2
    said = attention_study.findings(replace(found, maps=even), 4, seed=0)
    assert said["last"]["share"]["low"] == pytest.approx(0.8)
    assert said["first"]["share"]["high"] == pytest.approx(0.4)


def test_the_weak_half_is_compared_with_the_strong_half_without_networks_and_themselves():
    planted = np.full((40, 40), 0.1)
    planted[:20, :20], planted[20:, 20:] = 0.8, 0.3
    np.fill_diagonal(planted, 1)
    found = likeness(planted, seed=0)
    assert {name: score.estimate for name, score in found.items()} == {
        "weak": pytest.approx(0.8), "strong": pytest.approx(0.3), "excess": pytest.approx(0.5)
    }  # fmt: skip
    assert isinstance(found["excess"], scores.Score)
    assert found["excess"].low == pytest.approx(0.5) == found["excess"].high


def test_an_autoencoder_without_attention_is_refused():
    model = autoencoder_named("perceptron-raw").built(DENSE, 5, SMALL)
    refusal(encoder_of, model, words=["attention-1", "attention-2"])
