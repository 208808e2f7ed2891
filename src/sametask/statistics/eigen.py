"""Eigenpairs of symmetric matrices, also where the fast algorithm does not converge."""

from __future__ import annotations

import logging

import numpy as np
import scipy.linalg
import torch
from torch import Tensor


def eigenpairs(matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Return ascending eigenvalues (…, n) and eigenvectors (…, n, n) of symmetric matrices.

    Divide and conquer (LAPACK's ``syevd``) fails on some matrices with many eigenvalues that nearly
    coincide, such as those of repeated rows; they are then computed by QR iterations (``syev``),
    which take longer and converge. Raises ``LinAlgError`` for matrices that are not finite.
    """
    try:
        values, vectors = torch.linalg.eigh(matrices)
    except torch.linalg.LinAlgError:
        logging.getLogger(__name__).info("eigenvalues by QR iterations: the others do not converge")
        flat = matrices.reshape(-1, *matrices.shape[-2:]).cpu().numpy()
        try:
            pairs = [scipy.linalg.eigh(matrix, driver="ev") for matrix in flat]
        except (ValueError, np.linalg.LinAlgError) as error:
            raise torch.linalg.LinAlgError(str(error)) from error
        values, vectors = (
            torch.from_numpy(np.stack(part)).to(matrices) for part in zip(*pairs, strict=True)
        )
        return values.reshape(matrices.shape[:-1]), vectors.reshape(matrices.shape)
    return values, vectors
