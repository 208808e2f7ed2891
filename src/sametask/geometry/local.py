"""The local geometry of a network, from activations recorded at perturbed samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.activations.slices import sample_numbers
from sametask.activations.stored import read_array, read_perturbed
from sametask.base.progress import progress
from sametask.geometry.automatic import choose_ridge, most_directions
from sametask.geometry.covariance import (
    covariance_spectrum,
    jacobian_spectrum,
    linear_response,
    response_slopes,
)
from sametask.geometry.metric import whitening
from sametask.geometry.rank import choose_rank
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.storage.chunks import rows_per_shard
from sametask.storage.store import Store

# Eigenvalues (n, q), eigenvectors (n, m, q), eigenvalues of the linear response and their errors.
Spectrum = tuple[Tensor, Tensor, Tensor, Tensor]
# Returns the numbers (n, M, q) that perturbed some samples, drawn again at each call.
Causes = Callable[[], Tensor]


def _exact(values: Tensor) -> Tensor:
    """Return errors (n,) of zero, for eigenvalues without a sampling error."""
    return torch.zeros(len(values), dtype=values.dtype)


def _from_jacobians(recorded: Store, part: str, sigma: float) -> Spectrum:
    """Return the spectrum of exact derivatives; the linear response has the same eigenvalues."""
    jacobians = read_array(recorded, f"{part}/jacobians")
    values, vectors = jacobian_spectrum(jacobians, sigma)
    return values, vectors, values, _exact(values)


def _of_covariance(activations: Tensor, _: Causes) -> Spectrum:
    """Return the spectrum of sampled covariances, also in place of the linear response."""
    values, vectors = covariance_spectrum(activations)
    return values, vectors, values, _exact(values)


def _of_covariance_and_response(activations: Tensor, causes: Causes) -> Spectrum:
    """Return the spectra of both: only the response distinguishes curvature from a direction."""
    return *covariance_spectrum(activations), *linear_response(activations, causes())


def _of_response(activations: Tensor, causes: Causes, sigma: float) -> Spectrum:
    """Return the spectrum of the linear response, without the sampling error of a covariance."""
    slopes, error = response_slopes(activations, causes())
    values, vectors = jacobian_spectrum(slopes, sigma)
    return values, vectors, values, error


def _blocks(
    recorded: Store, part: str, inputs: np.ndarray, perturbations: DrawnPerturbations
) -> Iterator[tuple[Tensor, Causes]]:
    """Yield activations (n, M, m) at perturbations of some samples, and their ``Causes``."""
    array, numbers = read_perturbed(recorded, part), sample_numbers(recorded, part)
    # The activations of a block are in memory, together with its perturbed inputs.
    drawn_shape = (*array.shape[:2], inputs[0].size)
    rows = min(rows_per_shard(shape, float) for shape in (array.shape, drawn_shape))
    for start in progress(range(0, len(numbers), rows), "blocks of samples"):
        block = slice(start, start + rows)
        causes = partial(_causes, perturbations, inputs, numbers[block], part)
        yield torch.from_numpy(array[block]), causes


def _causes(
    perturbations: DrawnPerturbations, inputs: np.ndarray, numbers: np.ndarray, part: str
) -> Tensor:
    drawn = perturbations.causes(inputs[numbers], numbers.tolist(), part)
    return torch.from_numpy(drawn).double()


def _kept(spectrum: Spectrum, rank: int | str) -> Spectrum:
    """Keep the leading ``rank`` eigenvectors only: all of them may not fit into memory."""
    values, vectors, response, error = spectrum
    if isinstance(rank, int):
        vectors = vectors[:, :, :rank].contiguous()
    return values, vectors, response, error


def _spectrum(
    recorded: Store,
    drawn: Store,
    part: str,
    source: str,
    perturbations: DrawnPerturbations,
    rank: int | str,
) -> list[Tensor]:
    """Return the ``Spectrum`` around every sample of a part.

    The response is needed only for ``rank`` ``auto``. It needs more perturbations than
    their causes + 1, which are not known of a function of the user; otherwise the eigenvalues of
    the covariance are used.
    """
    inputs, asked = drawn[f"{part}/inputs"], perturbations.settings
    causes = asked.causes(inputs[0].size)
    if source == "jacobian":
        return list(_from_jacobians(recorded, part, perturbations.sigma))
    estimate: Callable[[Tensor, Causes], Spectrum]
    if source == "response":
        estimate = partial(_of_response, sigma=perturbations.sigma)
    elif rank == "auto" and causes is not None and asked.count > causes + 1:
        estimate = _of_covariance_and_response
    else:
        estimate = _of_covariance
    blocks = _blocks(recorded, part, inputs, perturbations)
    spectra = [_kept(estimate(*block), rank) for block in blocks]
    return [torch.cat(parts) for parts in zip(*spectra, strict=True)]


def local_geometry(
    recorded: Store,
    drawn: Store,
    perturbations: DrawnPerturbations,
    rank: int | str,
    source: str,
    ridge: float | str,
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the arrays of ``geometry.zarr``, and as attributes ``rank`` r and ``ridge`` τ.

    ``recorded`` are the activations on the samples ``drawn``. ``rank`` may be ``auto``; ``source``
    is ``covariance``, ``response`` or ``jacobian``; ``ridge`` is as in ``whitening``, or ``auto``
    (``automatic``). Both are the same for all samples. The arrays
    are ``spectrum`` (N, q), ``whitening`` (N, m, r), and ``pool/whitening`` if there is a pool.
    Raises ``DataError`` as ``covariance_spectrum``, ``choose_rank`` and ``whitening`` do.
    """
    axes = math.prod(drawn.lazy("fit/inputs").shape[1:])
    ridge = choose_ridge(ridge, axes, matched="shared" in drawn.parents)
    rank = most_directions(rank, ridge)
    values, vectors, response, error = _spectrum(
        recorded, drawn, "fit", source, perturbations, rank
    )
    chosen = min(rank, values.shape[1]) if isinstance(rank, int) else choose_rank(response, error)
    arrays = {"spectrum": values, "whitening": whitening(values, vectors, chosen, ridge)}
    if "pool/inputs" in drawn:
        around = _spectrum(recorded, drawn, "pool", source, perturbations, chosen)
        arrays["pool/whitening"] = whitening(around[0], around[1], chosen, ridge, typical=values)
    return arrays, {"rank": chosen, "ridge": ridge}
