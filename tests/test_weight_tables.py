"""What is learned from tables of weights: regressions, boosted trees, statistics without order."""

import numpy as np
import pytest
import torch
from refusals import refusal

from sametask.populations.layout import LayerWeights, dense_layers
from sametask.weights import tabular as tables
from sametask.weights.features import sorted_statistics
from sametask.weights.rows import Lesson, Rows
from sametask.weights.symmetries import shuffled
from sametask.weights.tabular import TABULAR, Table, as_seen, least_squares, tabular, trees

LAYERS = dense_layers([3, 4, 2])


def lesson(wanted, classes, count=600):
    """Weights whose first one says all that is ``wanted`` of them."""
    weights = torch.randn(count, 20, generator=torch.Generator().manual_seed(0))
    rows = Rows(weights, wanted(weights[:, 0]), torch.zeros(count, dtype=torch.bool))
    learn, choose = rows.some(torch.arange(0, count - 100)), rows.some(torch.arange(100) - 100)
    return Lesson(learn, choose, classes, LAYERS, ["tanh"], None)


def number(first):
    return 3 * first + 1


def kind(first):
    """Class 2 of four never occurs."""
    return torch.where(first > 0.5, 3, (first > -0.5).long())


@pytest.mark.parametrize("name", TABULAR)
def test_numbers_and_classes_are_told(name):
    known = lesson(number, 0)
    learned = tabular(TABULAR[name], as_seen, known, seed=0)
    missed = learned.answers(known.choose.inputs)[:, 0] - known.choose.wanted
    assert missed.square().mean() < (1e-8 if name == "linear" else 0.5)
    known = lesson(kind, 4)
    answers = tabular(TABULAR[name], as_seen, known, seed=0).answers(known.choose.inputs)
    assert answers.shape == (100, 4)
    assert (answers[:, 2] == 0).all()
    torch.testing.assert_close(answers.sum(dim=1), torch.ones(100, dtype=torch.double))
    assert (answers.argmax(dim=1) == known.choose.wanted).float().mean() > 0.85


def test_least_squares_has_an_intercept():
    rows = np.random.default_rng(0).standard_normal((30, 2))
    predict = least_squares(Table(rows, 5 + rows @ [1.0, -2.0]))
    np.testing.assert_allclose(predict(rows[:4])[:, 0], 5 + rows[:4] @ [1.0, -2.0])


def test_trees_are_added_while_they_help_on_networks_to_choose_by(monkeypatch):
    monkeypatch.setitem(tables.TREES, "n_iter_no_change", 2)
    rows = np.random.default_rng(0).standard_normal((500, 3))
    learn, held = Table(rows[:400], rows[:400, 0]), rows[400:]
    missed = [
        np.square(
            trees(learn, Table(held, sign * held[:, 0]), 0, 0)(held)[:, 0] - held[:, 0]
        ).mean()
        for sign in (1, -1)
    ]
    assert missed[0] < 0.1
    assert missed[1] > 0.5


def test_the_same_seed_gives_the_same_trees():
    known = lesson(kind, 4)
    first, second = (tabular(trees, as_seen, known, seed=2) for _ in range(2))
    rows = known.choose.inputs
    assert torch.equal(first.answers(rows), second.answers(rows))


def test_no_class_that_is_learned_to_choose_by_is_refused():
    rows = np.random.default_rng(0).standard_normal((40, 2))
    learn = Table(rows, np.arange(40) % 2)
    refusal(trees, learn, Table(rows, np.full(40, 2)), 3, 0, words=["no class that is learned"])


def test_sorted_statistics_do_not_see_the_order_of_units():
    weights = torch.randn(9, 20, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    moved = shuffled(weights, LAYERS, torch.zeros(9, dtype=bool), torch.Generator())
    assert not torch.equal(moved, weights)
    found = sorted_statistics(weights, LAYERS)
    assert found.shape == (9, 2 * 14 + 18 * 4)
    torch.testing.assert_close(sorted_statistics(moved, LAYERS), found)
    flipped = sorted_statistics(-weights, LAYERS)
    assert (flipped - found).abs().max() > 0.1


def test_sorted_statistics_are_what_they_are_called():
    weights = torch.randn(9, 20, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    found = sorted_statistics(weights, LAYERS).numpy()
    first = weights[:, :12].numpy()
    centred = first - first.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found[:, 0], first.mean(axis=1))
    np.testing.assert_allclose(found[:, 1], first.std(axis=1))
    np.testing.assert_allclose(found[:, 2], (centred**4).mean(axis=1) / first.var(axis=1) ** 2)
    np.testing.assert_allclose(found[:, 9], np.median(first, axis=1))
    into = (first.reshape(9, 4, 3) ** 2).sum(axis=2)
    out = (weights[:, 12:].numpy().reshape(9, 2, 4) ** 2).sum(axis=1)
    np.testing.assert_allclose(found[:, -4:], np.sort(into - out, axis=1))
    np.testing.assert_allclose(found[:, -8:-4], np.sort(np.log(into / out) / 2, axis=1))


def test_sorted_statistics_of_dead_units_and_convolutions_are_finite():
    layers = [LayerWeights(0, (3, 1, 4), bias=12), LayerWeights(15, (2, 3, 1), bias=21)]
    weights = torch.zeros(2, 23, dtype=torch.double)
    weights[1] = torch.arange(23)
    assert sorted_statistics(weights, layers).isfinite().all()
