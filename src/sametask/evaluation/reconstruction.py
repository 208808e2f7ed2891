"""Reconstruct inputs and outputs of a network from a subset of neurons.

A smooth d-dimensional set of inputs is embedded by almost every choice of 2d + 1 smooth functions
of it (Whitney 1936; Takens 1981; Sauer, Yorke & Casdagli, J. Stat. Phys. 65 (1991) 579). If a layer
keeps its input, 2d + 1 random neurons should therefore be enough to reconstruct it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.progress import progress
from sametask.base.randomness import generator
from sametask.splines.smoothing import evenly_spread
from sametask.statistics.variance import is_constant, spread
from sametask.storage.store import Store
from sametask.verdict.layers.comparison import predict

# Principal components of wide targets that together have less of the variance are dropped.
NEGLIGIBLE = 1e-12
# The array that holds what is reconstructed.
SOURCES = {"input": "seen", "output": "outputs"}


def required_neurons(dimension: int) -> int:
    """Return 2d + 1: almost every choice of so many neurons is an embedding."""
    return 2 * dimension + 1


def most_neurons(dimension: int, measured: int, asked: int | None) -> int:
    """Return the largest k: as ``asked``, or 4d + 3, but at most the number ``measured``."""
    return min(measured, 4 * dimension + 3 if asked is None else asked)


def choose_neurons(measured: int, most: int, choices: int, seed: int) -> Tensor:
    """Return random choices of neurons (choices, most); no neuron occurs twice in a row.

    The first k entries of a row are a choice of k neurons: each choice extends the previous one.
    """
    draw = generator(seed, "choices of neurons")
    return torch.stack(
        [torch.from_numpy(draw.permutation(measured)[:most]) for _ in range(choices)]
    )


def _predicted(fit: Tensor, targets: Tensor, test: Tensor) -> Tensor:
    """Predict targets from a few neurons; by their mean if neurons have too few distinct values."""
    try:
        return predict(fit, targets, test)
    except DataError:
        return targets.mean(dim=0).expand(len(test), -1)


def _narrowed(targets: Tensor, actual: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return targets (N, p) and actual values (n, p) in principal components, if p > N.

    Predictions are linear combinations of targets, so that a rotation does not change their errors.
    The third value is the sum of squares of the actual values outside the components. Components
    that together have less than 1e-12 of the variance are dropped.
    """
    if targets.shape[1] <= len(targets):
        return targets, actual, actual.new_zeros(())
    centre = targets.mean(dim=0)
    _, singular, components = torch.linalg.svd(targets - centre, full_matrices=False)
    energy = singular.square()
    left = energy.flip(0).cumsum(0).flip(0) / energy.sum()
    turn = components[left > NEGLIGIBLE].mT
    within = (actual - centre) @ turn
    missed = (actual - centre - within @ turn.mT).square().sum()
    return (targets - centre) @ turn, within, missed


def reconstruct(
    fit: Tensor, test: Tensor, targets: Tensor, actual: Tensor, neurons: Tensor
) -> Tensor | None:
    """Return the held-out errors (choices, most) of targets reconstructed from few neurons.

    ``fit`` (N, m) and ``test`` (n, m) are activations. ``targets`` (N, p) and ``actual`` (n, p) are
    to be reconstructed from them by smoothing splines. ``neurons`` (choices, most) are those of
    ``choose_neurons``. The error is Σ‖predicted − actual‖² / Σ‖actual − mean‖². Returns ``None`` if
    the actual values are constant.
    """
    if is_constant(actual):
        return None
    energy = spread(actual)
    targets, actual, beyond = _narrowed(targets, actual)
    errors = torch.empty(neurons.shape, dtype=fit.dtype)
    for k in progress(range(1, neurons.shape[1] + 1), "numbers of neurons"):
        chosen, row = torch.unique(neurons[:, :k].sort(dim=1).values, dim=0, return_inverse=True)
        missed = [
            (_predicted(fit[:, few], targets, test[:, few]) - actual).square().sum()
            for few in chosen
        ]
        errors[:, k - 1] = ((torch.stack(missed) + beyond) / energy)[row]
    return errors


def _rows(recorded: Store, name: str, places: np.ndarray | slice = slice(None)) -> Tensor:
    return torch.from_numpy(recorded[name][places]).double().flatten(1)


def reconstruct_recorded(
    recorded: Store, what: Sequence[str], samples: int, neurons: Tensor
) -> dict[str, Tensor]:
    """Return the errors of ``reconstruct`` for each of ``what``: ``{"input/errors": …}``.

    ``recorded`` are the activations of a network. At most so many fit ``samples`` are used, evenly
    spread. Constant inputs or outputs are left out.
    """
    places = evenly_spread(recorded.lazy("fit/samples").shape[0], samples).numpy()
    fit, test = _rows(recorded, "fit/samples", places), _rows(recorded, "test/samples")
    arrays = {}
    for name in what:
        targets = _rows(recorded, f"fit/{SOURCES[name]}", places)
        errors = reconstruct(fit, test, targets, _rows(recorded, f"test/{SOURCES[name]}"), neurons)
        if errors is not None:
            arrays[f"{name}/errors"] = errors
    return arrays
