"""Similarity scores in common use, for comparison with the verdict.

Each takes paired activations (n, m_a) and (n, m_b) and returns a number that grows with
similarity. None depends on a rotation, an offset, or the scale of a layer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.stats import spearmanr
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

NEIGHBOURS = 10


def _centred(layer: Tensor) -> Tensor:
    return layer - layer.mean(dim=0)


def linear_cka(a: Tensor, b: Tensor) -> float:
    """Return ‖A_cᵀ B_c‖² / (‖A_cᵀ A_c‖ ‖B_cᵀ B_c‖), in [0, 1], with Frobenius norms.

    Kornblith, Norouzi, Lee & Hinton, "Similarity of neural network representations revisited",
    ICML 2019.
    """
    a, b = _centred(a), _centred(b)
    norms = torch.linalg.matrix_norm(a.mT @ a) * torch.linalg.matrix_norm(b.mT @ b)
    return (torch.linalg.matrix_norm(a.mT @ b).square() / norms).item()


def procrustes_similarity(a: Tensor, b: Tensor) -> float:
    """Return ‖A_cᵀ B_c‖_* / (‖A_c‖ ‖B_c‖), in [0, 1]: the cosine of the Procrustes angle.

    One minus half the squared Procrustes distance of layers scaled to unit norm. Williams, Kunz,
    Kornblith & Linderman, "Generalized shape metrics on neural representations", NeurIPS 2021.
    """
    a, b = _centred(a), _centred(b)
    norms = torch.linalg.matrix_norm(a) * torch.linalg.matrix_norm(b)
    return (torch.linalg.matrix_norm(a.mT @ b, ord="nuc") / norms).item()


def mutual_neighbours(a: Tensor, b: Tensor) -> float:
    """Return the mean fraction of a sample's ten nearest neighbours that both layers share.

    Huh, Cheung, Wang & Isola, "The Platonic representation hypothesis", ICML 2024.
    """
    near = [
        NearestNeighbors(n_neighbors=NEIGHBOURS)
        .fit(layer.numpy())
        .kneighbors(return_distance=False)
        for layer in (a, b)
    ]
    shared = [len(np.intersect1d(*rows)) for rows in zip(*near, strict=True)]
    return float(np.mean(shared)) / NEIGHBOURS


def representational_similarity(a: Tensor, b: Tensor) -> float:
    """Return Spearman's correlation between the two layers' distances of all pairs of samples.

    Kriegeskorte, Mur & Bandettini, "Representational similarity analysis", Front. Syst.
    Neurosci. 2 (2008) 4.
    """
    distances = [torch.pdist(layer).numpy() for layer in (a, b)]
    return float(spearmanr(*distances).statistic)


SIMILARITIES: dict[str, Callable[[Tensor, Tensor], float]] = {
    "linear CKA": linear_cka,
    "Procrustes": procrustes_similarity,
    "mutual neighbours": mutual_neighbours,
    "RSA": representational_similarity,
}
