"""Baselines: maps that others use, fitted to the same pairs, with the same interface as ours.

Each function takes measured activations of the source (N, m) and all neurons of the target (N, t),
and returns the stages of a map. ``fitting`` lists those that are fitted, ``report.wording.maps``
explains them to readers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn
from torch.nn.functional import normalize

from sametask.maps.affine import Affine
from sametask.maps.modules import Cosine, Nearest
from sametask.splines.regression import fit_regression
from sametask.splines.smoothing import evenly_spread
from sametask.statistics.eigen import eigenpairs
from sametask.statistics.folds import places
from sametask.statistics.procrustes import scaled_rotation

RIDGE = np.logspace(-10, 4, 29)
NEIGHBOURS = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50)
FOLDS = 5
# Largest number of anchors, paired samples, of relative representations.
ANCHORS = 300
# Directions of relative representations below this fraction of the widest are not inverted.
TRUNCATION = 0.1


def mean_map(source: Tensor, target: Tensor) -> Mapping[str, nn.Module]:
    """Return the constant map to the target's mean, the weakest baseline."""
    matrix = source.new_zeros(source.shape[1], target.shape[1])
    return {"mean": Affine(matrix=matrix, offset=target.mean(dim=0))}


def sample_folds(rows: int, groups: Tensor | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return five folds over shuffled samples: the rows to fit to, and the rows to judge on.

    ``groups`` (N,) are equal for rows of one sample, which are in the same fold. By default every
    row is a sample.
    """
    place = places(rows, groups).numpy()
    count = place.max() + 1
    folds = KFold(min(FOLDS, count), shuffle=True, random_state=0).split(np.arange(count))
    return [
        (np.flatnonzero(np.isin(place, kept)), np.flatnonzero(np.isin(place, left)))
        for kept, left in folds
    ]


def affine_map(
    source: Tensor, target: Tensor, groups: Tensor | None = None
) -> Mapping[str, nn.Module]:
    """Ridge regression on standardised neurons; the penalty is chosen by cross-validation.

    By leave-one-out, or with ``groups`` (N,), equal for rows of one sample, by five folds of whole
    samples.
    """
    mean, spread = source.mean(dim=0), source.std(dim=0)
    spread = torch.where(spread > 0, spread, 1.0)
    scaled = (source - mean) / spread
    penalties = RIDGE if groups is None else [_penalty(scaled, target, groups)]
    ridge = RidgeCV(penalties)
    ridge.fit(scaled.cpu().numpy(), target.cpu().numpy())
    slope = torch.as_tensor(np.atleast_2d(ridge.coef_), dtype=source.dtype, device=source.device)
    intercept = torch.as_tensor(ridge.intercept_, dtype=source.dtype, device=source.device)
    matrix = slope.mT / spread[:, None]
    return {"affine": Affine(matrix=matrix, offset=intercept - mean @ matrix)}


def _penalty(source: Tensor, target: Tensor, groups: Tensor) -> float:
    """Return the penalty of ``RIDGE`` with the least squared error on left-out samples.

    For each fold, all penalties share one eigendecomposition: scikit-learn would fit anew for each,
    29 times as long.
    """
    errors = torch.zeros(len(RIDGE), dtype=source.dtype, device=source.device)
    for kept, left in sample_folds(len(source), groups):
        mean, centre = source[kept].mean(dim=0), target[kept].mean(dim=0)
        rows = source[kept] - mean
        values, vectors = eigenpairs(rows.mT @ rows)
        along = vectors.mT @ (rows.mT @ (target[kept] - centre))
        scores, wanted = (source[left] - mean) @ vectors, target[left] - centre
        for number, penalty in enumerate(RIDGE):
            predicted = scores @ (along / (values.clamp_min(0) + penalty)[:, None])
            errors[number] += (predicted - wanted).square().mean()
    return float(RIDGE[int(errors.argmin())])


def direct_rbf_map(
    source: Tensor, target: Tensor, groups: Tensor | None = None
) -> Mapping[str, nn.Module]:
    """Thin-plate splines from activations to activations, through no coordinates at all.

    Their smoothing and the penalty of their affine part predict left-out samples best; the verdict
    uses the same regression. Raises ``DataError`` as ``fit_regression`` does.
    """
    return {"radial_basis": fit_regression(source, target, groups)}


def procrustes_map(source: Tensor, target: Tensor) -> Mapping[str, nn.Module]:
    """Rotate and scale the centred source, see ``statistics.procrustes.scaled_rotation``."""
    matrix, offset = scaled_rotation(source, target)
    return {"procrustes": Affine(matrix=matrix, offset=offset)}


def knn_map(
    source: Tensor, target: Tensor, groups: Tensor | None = None
) -> Mapping[str, nn.Module]:
    """Return the map to the mean of the nearest samples' targets.

    The number of neighbours minimises the squared error over all neurons in five-fold
    cross-validation over shuffled samples. Rows of equal ``groups`` (N,) are of one sample.
    """
    chosen = _neighbours(source, target, groups)
    weights = source.new_full((chosen,), 1 / chosen)
    return {"knn": Nearest(centres=source, values=target, weights=weights)}


def _neighbours(source: Tensor, target: Tensor, groups: Tensor | None) -> int:
    """Return the number of ``NEIGHBOURS`` with the least squared error on left-out samples.

    For each fold, all numbers share one search.
    """
    folds = sample_folds(len(source), groups)
    numbers = [k for k in NEIGHBOURS if k <= min(len(kept) for kept, _ in folds)]
    rows, wanted = source.cpu().numpy(), target.cpu().numpy()
    errors = np.zeros(len(numbers))
    for kept, left in folds:
        found = NearestNeighbors(n_neighbors=numbers[-1]).fit(rows[kept])
        nearest = wanted[kept][found.kneighbors(rows[left], return_distance=False)]
        for place, number in enumerate(numbers):
            errors[place] += np.square(nearest[:, :number].mean(axis=1) - wanted[left]).mean()
    return numbers[int(errors.argmin())]


def _cosine(samples: Tensor, places: Tensor) -> Cosine:
    mean = samples.mean(dim=0)
    return Cosine(mean=mean, anchors=normalize(samples[places] - mean, dim=1))


def relative_map(source: Tensor, target: Tensor, measured: Tensor) -> Mapping[str, nn.Module]:
    """Decode the source's relative representation by a decoder fitted to that of the target.

    The relative representation of a sample consists of its cosines to the anchors, at most 300
    paired samples that are evenly spread over the fit samples. The decoder is the affine
    least-squares map from the target's cosines, over its ``measured`` neurons (N, m'), to all its
    neurons. It is truncated at a tenth of the largest singular value; smaller ones would amplify
    the difference between the two representations. Cosines do not keep lengths: of a single neuron
    they keep the sign only. Moschella et al., "Relative representations enable zero-shot latent
    space communication", ICLR 2023.
    """
    count = len(source)
    places = evenly_spread(count, ANCHORS)
    cosines = _cosine(measured, places)(measured)
    mean, centre = cosines.mean(dim=0), target.mean(dim=0)
    # The driver "gelsd", by singular values, exists on the CPU only.
    fitted = torch.linalg.lstsq(
        (cosines - mean).cpu(), (target - centre).cpu(), rcond=TRUNCATION, driver="gelsd"
    )
    matrix = fitted.solution.to(source.device).contiguous()
    decoder = Affine(matrix=matrix, offset=centre - mean @ matrix)
    return {"relative": _cosine(source, places), "decoder": decoder}
