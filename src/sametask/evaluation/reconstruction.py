"""How many neurons it takes to tell what a network was given, and what it will answer.

A smooth d-dimensional set of inputs is embedded by almost every choice of 2d + 1 smooth functions
of it (Whitney 1936; Takens 1981; Sauer, Yorke & Casdagli, J. Stat. Phys. 65 (1991) 579): so many
neurons of a layer that keeps its input, taken at random, should be enough to give it back.
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
from sametask.verdict.comparison import predict

# Principal components of wide targets that together hold less of the variance than this.
NEGLIGIBLE = 1e-12
# What is reconstructed, by the name of its arrays.
SOURCES = {"input": "seen", "output": "outputs"}


def required_neurons(dimension: int) -> int:
    """Return 2d + 1, which almost every choice of so many neurons makes an embedding."""
    return 2 * dimension + 1


def most_neurons(dimension: int, measured: int, asked: int | None) -> int:
    """Return the largest k: as ``asked``, or 4d + 3, and never more than are ``measured``."""
    return min(measured, 4 * dimension + 3 if asked is None else asked)


def choose_neurons(measured: int, most: int, choices: int, seed: int) -> Tensor:
    """Return random choices of neurons (choices, most), none twice in a row of them.

    The first k of a row are its choice of k neurons, so that a row grows by one neuron at a time.
    """
    draw = generator(seed, "choices of neurons")
    return torch.stack(
        [torch.from_numpy(draw.permutation(measured)[:most]) for _ in range(choices)]
    )


def _told(fit: Tensor, targets: Tensor, test: Tensor) -> Tensor:
    """Predict targets from a few neurons; their mean where these take hardly any values."""
    try:
        return predict(fit, targets, test)
    except DataError:
        return targets.mean(dim=0).expand(len(test), -1)


def _narrowed(targets: Tensor, actual: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return wide targets (N, p) and what they stand for by the targets' principal components.

    What is told is a combination of targets, so that the rotation changes no error; the squares of
    what the components do not reach are returned beside. Those that together hold less than
    1e-12 of the variance are left out.
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
    """Return the held-out errors (choices, most) of targets that are told from few neurons.

    ``fit`` (N, m) and ``test`` (n, m) are activations, ``targets`` (N, p) and ``actual`` (n, p)
    what is to be told from them, ``neurons`` (choices, most) those of ``choose_neurons``. An error
    is Σ‖predicted − actual‖² / Σ‖actual − mean‖², by smoothing splines; ``None`` where what is to
    be told is constant.
    """
    if is_constant(actual):
        return None
    energy = spread(actual)
    targets, actual, beyond = _narrowed(targets, actual)
    errors = torch.empty(neurons.shape, dtype=fit.dtype)
    for k in progress(range(1, neurons.shape[1] + 1), "numbers of neurons"):
        chosen, row = torch.unique(neurons[:, :k].sort(dim=1).values, dim=0, return_inverse=True)
        missed = [
            (_told(fit[:, few], targets, test[:, few]) - actual).square().sum() for few in chosen
        ]
        errors[:, k - 1] = ((torch.stack(missed) + beyond) / energy)[row]
    return errors


def _rows(recorded: Store, name: str, places: np.ndarray | slice = slice(None)) -> Tensor:
    return torch.from_numpy(recorded[name][places]).double().flatten(1)


def reconstruct_recorded(
    recorded: Store, what: Sequence[str], samples: int, neurons: Tensor
) -> dict[str, Tensor]:
    """Return what ``reconstruct`` does of each of ``what``: ``{"input/errors": …}``.

    From the activations ``recorded`` of a network, on at most so many fit ``samples``, evenly
    spread. What is constant has no errors.
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
