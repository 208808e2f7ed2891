"""What is asked of weights, of which networks it is learned, and statistics of weights."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from refusals import refusal

from sametask.config.sections import study_section
from sametask.populations.layout import dense_layers
from sametask.populations.stored import CHECKPOINT, FIGURES, Facts, StoredPopulation
from sametask.storage import store
from sametask.weights.predictors import PREDICTORS, predictor_named
from sametask.weights.questions import ask, divided, judged
from sametask.weights.rows import lesson
from sametask.weights.statistics import STATISTICS, VARIANTS, all_statistics, chosen
from sametask.weights.symmetries import shuffled
from sametask.weights.told import tell

LAYERS = dense_layers([3, 4, 2])
NETWORKS, EPOCHS = 120, [0, 1, 5]


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    """Networks whose accuracy is the mean of their weights; one checkpoint is absent."""
    path = tmp_path_factory.mktemp("population") / "population.zarr"
    random = np.random.default_rng(0)
    weights = random.standard_normal((NETWORKS, len(EPOCHS), 20)).astype(np.float32)
    weights[:, :, 0] += 4 * (np.arange(NETWORKS) % 2)[:, None]
    present = np.ones(weights.shape[:2], bool)
    present[7, 2] = False
    weights[7, 2] = np.nan
    split = (np.arange(NETWORKS) // 2 % 2).astype(np.int8)
    kinds = {"activation": (["tanh", "relu"], np.arange(NETWORKS) % 2)}
    with store.create(path, "population") as writer:
        writer.array("weights", weights, [*CHECKPOINT, "weight"])
        writer.array("present", present, CHECKPOINT)
        for name in FIGURES:
            writer.array(name, weights[:, :, 5:].mean(axis=2), CHECKPOINT)
        Facts(np.array(EPOCHS), LAYERS, split, kinds, {}).write(writer)
    return StoredPopulation.read(path)


def test_no_network_is_in_two_parts(population):
    parts = divided(population.split, seed=3)
    together = np.concatenate([parts.learn, parts.choose, parts.test])
    assert len(np.unique(together)) == len(together) == NETWORKS
    assert (population.split[parts.test] == 1).all()
    assert len(parts.choose) == 6
    few = divided(population.split, seed=3, count=20)
    assert len(few.learn) + len(few.choose) == 20
    assert np.array_equal(few.test, parts.test)
    assert set(few.learn) | set(few.choose) <= set(parts.learn) | set(parts.choose)
    refusal(divided, population.split, 3, 61, words=["61 networks to learn from", "there are 60"])
    refusal(divided, population.split[:8], 3, words=["4 networks", "at least 10"])


def test_absent_and_untrained_checkpoints_are_not_judged(population):
    question = ask(population, "accuracy", 0)
    assert not question.counted[:, 0].any()
    assert not question.counted[7, 2]
    assert question.counted.sum() == 2 * NETWORKS - 1
    assert ask(population, "checkpoint", 0).classes == ("0", "1", "5")
    assert ask(population, "epoch", 0).values[3].tolist() == EPOCHS
    refusal(ask, population, "optimiser", 0, words=["nothing says the optimiser"])


def test_without_trained_checkpoints_nothing_is_asked(population):
    networks, asked = divided(population.split, 0), ask(population, "accuracy", 0)
    none = replace(
        asked, counted=asked.counted & ~np.isin(np.arange(NETWORKS), networks.choose)[:, None]
    )
    given = population.weights, none, population, networks, None
    refusal(lesson, *given, words=["to learn from and 0 to choose by"])
    diverged = copy(population)
    diverged.present = population.present & (
        (population.split == 0)[:, None] | (population.epochs == 0)
    )
    for asks in (lambda: ask(diverged, "epoch", 0), lambda: judged(diverged)):
        refusal(asks, words=["no checkpoint after the start", "60 networks of the half test"])


def test_one_class_alone_is_not_learned(population):
    networks, asked = divided(population.split, 0), ask(population, "activation", 0)
    alike = replace(asked, values=np.zeros_like(asked.values))
    given = population.weights, alike, population, networks, None
    refusal(lesson, *given, words=["all networks to learn from are of one class"])


def test_shuffled_answers_are_the_same_ones_in_other_places(population):
    plain, mixed = ask(population, "accuracy", 0), ask(population, "shuffled-accuracy", 0)
    for half in (0, 1):
        rows = plain.counted & (population.split == half)[:, None]
        assert sorted(plain.values[rows]) == sorted(mixed.values[rows])
        assert np.corrcoef(plain.values[rows], mixed.values[rows])[0, 1] < 0.3


@pytest.mark.parametrize("name", ["linear-weights", "perceptron", "sets"])
def test_what_weights_say_is_told_and_what_is_shuffled_is_not(population, name, monkeypatch):
    networks = divided(population.split, 0)
    given = population, networks, predictor_named(name).within(150), None, 0
    told = tell(population.weights, ask(population, "accuracy", 0), *given)
    assert told.scores["r2"]["estimate"] > 0.7
    assert told.predicted.shape == (60, 3)
    assert told.by_checkpoint.shape == (3,)
    assert 0.5 < told.scores["chosen_by"] <= 1
    mixed = tell(population.weights, ask(population, "shuffled-accuracy", 0), *given)
    assert mixed.scores["r2"]["estimate"] < 0.2
    kinds = tell(population.weights, ask(population, "activation", 0), *given)
    assert kinds.scores["f1"]["estimate"] > 0.9
    assert np.sum(kinds.scores["confusion"]) == 2 * 60 - (7 in networks.test)


def test_a_misspelt_predictor_is_named_with_its_neighbours():
    refusal(predictor_named, "probes-image", words=["no predictor 'probes-image'", "probes-images"])
    assert set(PREDICTORS) == set(study_section.PREDICTORS)


def test_statistics_are_of_all_weights_of_each_layer_and_of_each_unit():
    weights = np.random.default_rng(0).standard_normal((5, 2, 20))
    found = all_statistics(weights, LAYERS)
    assert {name: values.shape for name, values in found.items()} == {
        "whole": (5, 2, 1, 9), "layers": (5, 2, 2, 9), "units": (5, 2, 6, 9)}  # fmt: skip
    last = weights[3, 1, 16:20]
    wanted = [last.mean(), last.var(), *np.percentile(last, [0, 1, 25, 50, 75, 99, 100])]
    np.testing.assert_allclose(found["units"][3, 1, 5], wanted, rtol=1e-5)
    np.testing.assert_allclose(found["whole"][..., 0, 0], weights.mean(axis=2), atol=1e-6)
    for variant, names in VARIANTS.items():
        seven = chosen(found["layers"], variant)
        assert seven.shape == (5, 2, 14)
        columns = [STATISTICS.index(name) for name in names]
        np.testing.assert_array_equal(seven[..., 7:], found["layers"][..., 1, columns])


@pytest.mark.parametrize("name, flips", [("sets", False), ("probes", False), ("probes", True)])
def test_invariant_predictors_do_not_see_the_order_of_units(population, name, flips):
    some = ask(population, "accuracy", 0)
    tanh = replace(some, counted=some.counted & (population.places("activation") == 0)[:, None])
    known = lesson(population.weights, tanh, population, divided(population.split, 0), None)
    known = replace(known, activations=["tanh"])
    rows = known.learn.inputs
    learned = predictor_named(name).within(20).learn(known, 0)
    signs = torch.full((len(rows),), flips)
    moved = shuffled(rows, LAYERS, signs, torch.Generator().manual_seed(0))
    assert not torch.equal(moved, rows)
    assert (learned.answers(moved) - learned.answers(rows)).abs().max() < 1e-5
