"""What functions of the user's return: one entry for each sample, of finite real numbers."""

from __future__ import annotations

import numpy as np

from sametask.base.errors import DataError


def require_each(must: str, returned: np.ndarray, samples: np.ndarray) -> None:
    """Refuse what is not one finite real entry (…) for each of n samples, by ``DataError``.

    Its message begins with what the function ``must`` return.
    """
    if returned.dtype.kind not in "biuf" or returned.shape[:1] != (len(samples),):
        raise DataError(
            f"{must}, and returned {returned.dtype} of shape {returned.shape} for {len(samples)}"
        )
    if not np.isfinite(returned).all():
        raise DataError(f"{must}, and returned NaN or infinite ones")
