"""Means and covariances of neurons, on disk and in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sametask.storage.store import Writer, open_store

# The kind of the stores covariances/{estimator}.zarr.
KIND = "covariances"


@dataclass(frozen=True)
class Moments:
    """The mean (K, d) and the covariance (K, d, d) of each of K neurons.

    ``facts`` are JSON values about the estimate, such as the effective number of ``runs``, the
    ``damping``, or the smallest ``eigenvalue`` of a Hessian.
    """

    mean: np.ndarray
    covariance: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)

    def write(self, writer: Writer) -> None:
        """Write them to a store."""
        writer.array("mean", self.mean, ["neuron", "weight"])
        writer.array("covariance", self.covariance, ["neuron", "weight", "other"])
        writer.attributes |= {"facts": self.facts}

    @classmethod
    def read(cls, path: str | Path) -> Moments:
        """Read ``covariances/{estimator}.zarr``."""
        store = open_store(path, KIND)
        return cls(store["mean"], store["covariance"], store.attributes["facts"])
