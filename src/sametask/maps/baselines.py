"""The maps that a user would pick instead of ours: fitted on the same pairs, same interface.

Each takes measured activations of the source (N, m), all neurons of the target (N, t), and
returns the stages of a map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsRegressor
from torch import Tensor, nn
from torch.nn.functional import normalize

from sametask.maps.affine import Affine
from sametask.maps.modules import Cosine, Nearest
from sametask.splines.smoothing import evenly_spread, fit_smoothed
from sametask.statistics.folds import places

RIDGE = np.logspace(-10, 4, 29)
NEIGHBOURS = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50)
FOLDS = 5
# Paired samples that relative representations refer to, at most.
ANCHORS = 300
# Directions of relative representations below this share of the widest are not inverted.
TRUNCATION = 0.1
# Directions that two layers share less than this of, relative to the most, are round-off.
UNSHARED = 1e-10


def mean_map(source: Tensor, target: Tensor) -> Mapping[str, nn.Module]:
    """Answer with the target's mean whatever the source is: the floor of every table."""
    matrix = source.new_zeros(source.shape[1], target.shape[1])
    return {"mean": Affine(matrix=matrix, offset=target.mean(dim=0))}


def sample_folds(rows: int, groups: Tensor | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows to fit and to judge on of five folds over shuffled samples.

    ``groups`` (N,) are equal for rows of one sample, which are in one fold; by default each row
    is one.
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
    """Ridge regression on standardised neurons, its penalty by leave-one-out cross-validation.

    Where samples have several rows, of equal ``groups`` (N,), by five folds of whole samples.
    """
    mean, spread = source.mean(dim=0), source.std(dim=0)
    spread = torch.where(spread > 0, spread, 1.0)
    apart: dict[str, Any] = {}
    if groups is not None:
        folds = sample_folds(len(source), groups)
        apart = {"cv": folds, "scoring": "neg_mean_squared_error"}
    ridge = RidgeCV(RIDGE, **apart)
    ridge.fit(((source - mean) / spread).cpu().numpy(), target.cpu().numpy())
    slope = torch.as_tensor(np.atleast_2d(ridge.coef_), dtype=source.dtype, device=source.device)
    intercept = torch.as_tensor(ridge.intercept_, dtype=source.dtype, device=source.device)
    matrix = slope.mT / spread[:, None]
    return {"affine": Affine(matrix=matrix, offset=intercept - mean @ matrix)}


def direct_rbf_map(
    source: Tensor, target: Tensor, groups: Tensor | None = None
) -> Mapping[str, nn.Module]:
    """Thin-plate splines from activations to activations, through no coordinates at all.

    Smoothed as predicts left-out samples best (``smoothing.choose_smoothing``). Raises
    ``DataError`` if there are hardly more distinct samples than source neurons.
    """
    return {"radial_basis": fit_smoothed(source, target, "auto", groups)}


def procrustes_map(source: Tensor, target: Tensor) -> Mapping[str, nn.Module]:
    """Rotate and scale the centred source: y = s (x − x̄) R + ȳ.

    With the singular values X_cᵀ Y_c = U S Vᵀ, R = U Vᵀ is the semi-orthogonal (m, t) matrix
    closest to it and s = tr S / ‖X_c R‖² the scale that fits best (Schönemann, Psychometrika 31
    (1966) 1; Gower, Psychometrika 40 (1975) 33). The wider layer's excess directions are lost, or
    stay at their mean; so do directions without covariance, where every rotation is as good.
    """
    mean, centre = source.mean(dim=0), target.mean(dim=0)
    left, shared, right = torch.linalg.svd(
        (source - mean).mT @ (target - centre), full_matrices=False
    )
    kept = shared > UNSHARED * shared[0]
    rotation = left[:, kept] @ right[kept]
    spread = ((source - mean) @ rotation).square().sum()
    matrix = rotation * (shared.sum() / spread if spread > 0 else 0.0)
    return {"procrustes": Affine(matrix=matrix, offset=centre - mean @ matrix)}


def knn_map(
    source: Tensor, target: Tensor, groups: Tensor | None = None
) -> Mapping[str, nn.Module]:
    """Answer with the mean of the nearest samples' targets.

    The number of neighbours is that of the least squared error in five-fold cross-validation
    over shuffled samples, all neurons together; rows of equal ``groups`` (N,) are of one sample.
    """
    folds = sample_folds(len(source), groups)
    fewest = min(len(kept) for kept, _ in folds)
    search = GridSearchCV(
        KNeighborsRegressor(),
        {"n_neighbors": [k for k in NEIGHBOURS if k <= fewest]},
        scoring="neg_mean_squared_error",
        cv=folds,
        refit=False,
    ).fit(source.cpu().numpy(), target.cpu().numpy())
    chosen = search.best_params_["n_neighbors"]
    weights = source.new_full((chosen,), 1 / chosen)
    return {"knn": Nearest(centres=source, values=target, weights=weights)}


def _cosine(samples: Tensor, places: Tensor) -> Cosine:
    mean = samples.mean(dim=0)
    return Cosine(mean=mean, anchors=normalize(samples[places] - mean, dim=1))


def relative_map(source: Tensor, target: Tensor, measured: Tensor) -> Mapping[str, nn.Module]:
    """Read the source's relative representation with a decoder fitted on the target's own.

    Both layers are described by their cosines to up to 300 paired samples, the anchors, evenly
    spread over the fit samples. The decoder is the least-squares affine map from those of the
    target, taken over its ``measured`` neurons (N, m'), to all its neurons, truncated at a
    tenth of the largest singular value: what is inverted below that is the difference between
    the two representations. Lengths are lost: of a single neuron, all but the sign. Moschella et
    al., "Relative representations enable zero-shot latent space communication", ICLR 2023.
    """
    count = len(source)
    places = evenly_spread(count, ANCHORS)
    own = _cosine(measured, places)(measured)
    mean, centre = own.mean(dim=0), target.mean(dim=0)
    # The driver by singular values is the CPU's alone.
    found = torch.linalg.lstsq(
        (own - mean).cpu(), (target - centre).cpu(), rcond=TRUNCATION, driver="gelsd"
    )
    matrix = found.solution.to(source.device).contiguous()
    decoder = Affine(matrix=matrix, offset=centre - mean @ matrix)
    return {"relative": _cosine(source, places), "decoder": decoder}
