"""The networks of an ensemble: their weights, on disk and in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sametask.networks.nonlinearities import nonlinearity
from sametask.populations.layout import LayerWeights
from sametask.storage.store import Writer, open_store
from sametask.weights.models import forward_dense

# The kind of the stores ensemble.zarr and gauges/{gauge}.zarr.
KIND = "ensemble"
MEMBER = ["split", "member"]


@dataclass(frozen=True)
class Members:
    """N networks of one shape for each of S splits of the rows.

    ``weights`` (S, N, P); ``present`` (S, N) is false of networks that diverged, whose weights have
    no meaning; ``layers`` say where the weights of each layer stand (for networks that are more
    than a chain of layers, of each matrix); ``activation`` is that of the hidden units. The sample
    covariance of weights has to be multiplied by ``factor``: networks of a jackknife are too much
    alike.
    """

    weights: np.ndarray
    present: np.ndarray
    layers: Sequence[LayerWeights]
    activation: str
    factor: float = 1.0

    def with_weights(self, weights: np.ndarray) -> Members:
        """Return the same networks with other weights (S, N, P)."""
        return replace(self, weights=weights)

    def neurons(self, layer: int) -> np.ndarray:
        """Return the rows (S, N, K, d) of a layer, counted from 1; the bias comes last."""
        return self.weights[..., self.layers[layer - 1].of_units]

    def as_of_other_samples(self, layer: int) -> np.ndarray:
        """Return the rows (n, K, d) of a layer in the first split, of networks that are present.

        They are moved away from their mean, as far as those of other samples would be.
        """
        rows = self.neurons(layer)[0][self.present[0]].astype(float)
        mean = rows.mean(axis=0)
        return mean + self.factor**0.5 * (rows - mean)

    def weights_only(self, rows: np.ndarray, layer: int) -> np.ndarray:
        """Return rows (…, d) of a layer, counted from 1, without their bias if they have one."""
        return rows if self.layers[layer - 1].bias is None else rows[..., :-1]

    def write(self, writer: Writer) -> None:
        """Write them to a store."""
        writer.array("weights", self.weights, [*MEMBER, "weight"])
        writer.array("present", self.present, MEMBER)
        writer.attributes |= {
            "layers": [layer.plain() for layer in self.layers],
            "activation": self.activation,
            "factor": self.factor,
        }

    @classmethod
    def read(cls, path: str | Path) -> Members:
        """Read ``ensemble.zarr``, or what a gauge made of it."""
        store = open_store(path, KIND)
        layers = [LayerWeights.of(one) for one in store.attributes["layers"]]
        known = store.attributes
        return cls(store["weights"], store["present"], layers, known["activation"], known["factor"])


def answers(
    weights: np.ndarray, layers: Sequence[LayerWeights], activation: str, inputs: np.ndarray
) -> Tensor:
    """Return the outputs (n, s, k) of chains of layers with weights (n, P) for inputs (s, d)."""
    rows = torch.from_numpy(np.ascontiguousarray(weights)).double()
    seen = torch.from_numpy(inputs).double()
    return forward_dense(rows, layers, seen, nonlinearity(activation))
