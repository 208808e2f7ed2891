"""What scikit-learn learns from a table of weights, or of statistics of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed, generator
from sametask.populations.layout import LayerWeights
from sametask.weights.learning import Learned
from sametask.weights.rows import Lesson, Rows

# Checkpoints of a network are alike: trees learn little from more rows than these.
MOST_ROWS = 24_000
# Trees of up to so many leaves are added at this rate, until the loss on the networks to choose by
# has not become smaller for so long.
TREES: dict[str, Any] = {
    "max_iter": 500,
    "learning_rate": 0.1,
    "max_leaf_nodes": 15,
    "early_stopping": True,
    "n_iter_no_change": 20,
}


@dataclass(frozen=True)
class Table:
    """Rows (r, q), and what is wanted of each (r,): a number, or the place of a class."""

    rows: np.ndarray
    wanted: np.ndarray


# Takes rows (r, q) to answers (r, o): a number, or the probability of every class.
Predict = Callable[[np.ndarray], np.ndarray]
# Learns from a table to learn from and one to choose by, the number of classes (0: a number is
# wanted), and a seed.
Fit = Callable[[Table, Table, int, int], Predict]


def least_squares(learn: Table) -> Predict:
    """Fit a linear regression with an intercept."""
    model = LinearRegression().fit(learn.rows, learn.wanted)
    return lambda rows: model.predict(rows)[:, None]


def _probabilities(model: Any, classes: int) -> Predict:
    """Return how a model tells the probabilities of all ``classes``: 0 if it learned of none."""

    def predict(rows: np.ndarray) -> np.ndarray:
        found = np.zeros((len(rows), classes))
        found[:, model.classes_] = model.predict_proba(rows)
        return found

    return predict


def linear(learn: Table, choose: Table, classes: int, seed: int) -> Predict:
    """Fit least squares to numbers, or a logistic regression of standardised columns to classes."""
    if not classes:
        return least_squares(learn)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return _probabilities(model.fit(learn.rows, learn.wanted), classes)


def _thinned(table: Table, seed: int) -> Table:
    """Return ``MOST_ROWS`` rows at most."""
    kept = generator(seed, "rows of a table").permutation(len(table.rows))[:MOST_ROWS]
    return Table(table.rows[kept], table.wanted[kept])


def trees(learn: Table, choose: Table, classes: int, seed: int) -> Predict:
    """Fit boosted trees on histograms (Ke et al. 2017), while more help on other networks.

    Rows to choose by of a class that is not learned are left out; ``DataError`` if none remains.
    """
    learn, random = _thinned(learn, seed), derived_seed(seed, "boosted trees") % 2**32
    if not classes:
        number = HistGradientBoostingRegressor(**TREES, random_state=random)
        number.fit(learn.rows, learn.wanted, X_val=choose.rows, y_val=choose.wanted)
        return lambda rows: number.predict(rows)[:, None]
    known = np.isin(choose.wanted, learn.wanted)
    if not known.any():
        raise DataError("the networks to choose by are of no class that is learned from others")
    model = HistGradientBoostingClassifier(**TREES, random_state=random)
    model.fit(learn.rows, learn.wanted, X_val=choose.rows[known], y_val=choose.wanted[known])
    return _probabilities(model, classes)


# What a table is made of inputs (r, q).
Columns = Callable[[Tensor, Sequence[LayerWeights]], Tensor]


def as_seen(inputs: Tensor, layers: Sequence[LayerWeights]) -> Tensor:
    """Return the inputs as they are."""
    return inputs


def tabular(fit: Fit, columns: Columns, lesson: Lesson, seed: int) -> Learned:
    """Learn a property from a table."""

    def rows(inputs: Tensor) -> np.ndarray:
        return columns(inputs.double(), lesson.layers).numpy()

    def table(some: Rows) -> Table:
        return Table(rows(some.inputs), some.wanted.numpy())

    predict = fit(table(lesson.learn), table(lesson.choose), lesson.classes, seed)
    return Learned(lambda inputs: torch.from_numpy(predict(rows(inputs))), {})


TABULAR: dict[str, Fit] = {"linear": linear, "trees": trees}
