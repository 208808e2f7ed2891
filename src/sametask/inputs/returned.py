"""Check what functions of the user return: one finite real entry for each sample."""

from __future__ import annotations

import numpy as np

from sametask.base.errors import DataError


def require_each(must: str, returned: np.ndarray, samples: np.ndarray) -> None:
    """Raise ``DataError`` unless ``returned`` has one finite real entry (…) for each of n samples.

    The message begins with what the function ``must`` return.
    """
    if returned.dtype.kind not in "biuf" or returned.shape[:1] != (len(samples),):
        raise DataError(
            f"{must}, and returned {returned.dtype} of shape {returned.shape} for {len(samples)}"
        )
    if not np.isfinite(returned).all():
        raise DataError(f"{must}, and returned NaN or infinite ones")
