"""The local geometry of a network, from activations recorded at perturbed samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from sametask.geometry.around import Surroundings
from sametask.geometry.automatic import choose_ridge, most_directions
from sametask.geometry.metric import whitening
from sametask.geometry.rank import choose_rank, reacting_samples
from sametask.inputs.fields import values_of_input
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.storage.chunks import Streamed
from sametask.storage.store import Store


@dataclass(frozen=True)
class _Whitenings:
    """The whitenings around the samples of a part, block by block, each time they are asked for.

    ``typical`` are the eigenvalues (N, q) of the fit samples, as in ``whitening``.
    """

    around: Surroundings
    rank: int
    ridge: float
    typical: Tensor

    def __iter__(self) -> Iterator[np.ndarray]:
        for values, vectors in self.around.eigenpairs(self.rank):
            yield whitening(values, vectors, self.rank, self.ridge, self.typical).numpy()

    def streamed(self) -> Streamed:
        return Streamed((*self.around.shape, self.rank), np.float64, self)


def local_geometry(
    recorded: Store,
    drawn: Store,
    perturbations: DrawnPerturbations,
    rank: int | str,
    source: str,
    ridge: float | str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays of ``geometry.zarr``, and as attributes ``rank`` r and ``ridge`` τ.

    ``recorded`` are the activations on the samples ``drawn``. ``rank`` may be ``auto``; ``source``
    is ``covariance``, ``response`` or ``jacobian``; ``ridge`` is as in ``whitening``, or ``auto``
    (``automatic``). Both are the same for all samples. The arrays are ``spectrum`` (N, q), and,
    ``Streamed``, ``whitening`` (N, m, r), and ``pool/whitening`` if there is a pool. Only the r
    directions that are used are computed, when they are written. Raises ``DataError`` as
    ``covariance_spectrum``, ``choose_rank`` and ``whitening`` do.
    """
    axes = values_of_input(drawn, "fit/inputs")
    ridge = choose_ridge(ridge, axes, matched="shared" in drawn.parents)
    rank = most_directions(rank, ridge)
    parts = {"fit": "whitening"} | ({"pool": "pool/whitening"} if "pool/inputs" in drawn else {})
    around = {part: Surroundings(recorded, drawn, part, source, perturbations) for part in parts}
    values, response, error = around["fit"].sizes(responding=rank == "auto")
    reacting_samples(values)
    chosen = min(rank, values.shape[1]) if isinstance(rank, int) else choose_rank(response, error)
    arrays: dict[str, Any] = {"spectrum": values}
    for part, name in parts.items():
        arrays[name] = _Whitenings(around[part], chosen, ridge, values).streamed()
    return arrays, {"rank": chosen, "ridge": ridge}
