"""The figures of what networks learn: terms of a noisy sine."""

import numpy as np

from figures import RESULTS, Figure, read
from sametask.storage.store import open_store

# Windows of these lengths, and two terms, are those of the target.
WINDOWS, TERMS = (100, 250), 2


def ssa(ensemble="sine-ssa"):
    """Check the errors of reconstructions beside the noise of the series."""
    path = RESULTS / "ensembles" / ensemble / "ssa.zarr"
    if not path.exists():
        # Says which file is missing.
        read("ensembles", ensemble, "ssa.zarr")
    found = open_store(path, "ssa")
    noise, windows, mse = found.attributes["noise_mse"], found["windows"], found["mse"]
    long = (windows >= WINDOWS[0]) & (windows <= WINDOWS[1])
    share = mse[long][:, found["ranks"] == TERMS] / noise
    yield Figure(f"{ensemble}: error of {TERMS} terms, share of the noise's", share.max(), 0.05)
    off = np.abs(found["mse_of_all"] - noise).max()
    yield Figure(f"{ensemble}: error of all terms, off that of the noise", off, 1e-9)
    window, rank = np.unravel_index(np.nanargmin(mse), mse.shape)
    best = f"window {windows[window]}, {found['ranks'][rank]} terms"
    yield f"{ensemble}: the least error is {mse[window, rank] / noise:.4f} of the noise's, {best}"
