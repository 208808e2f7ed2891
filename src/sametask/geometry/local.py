"""The local geometry of a network, from what was recorded around its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.activations.slices import sample_numbers
from sametask.activations.stored import read_perturbed
from sametask.base.progress import progress
from sametask.geometry.covariance import (
    covariance_spectrum,
    jacobian_spectrum,
    linear_response,
    response_slopes,
)
from sametask.geometry.metric import whitening
from sametask.geometry.rank import choose_rank
from sametask.inputs import perturb
from sametask.storage.chunks import rows_per_shard
from sametask.storage.store import Store

# Eigenvalues (n, q), eigenvectors (n, m, q), eigenvalues of the linear response and their errors.
Spectrum = tuple[Tensor, Tensor, Tensor, Tensor]
# What was added to the inputs of some samples (n, M, d), drawn again when it is asked for.
Causes = Callable[[], Tensor]


@dataclass(frozen=True)
class Perturbations:
    """How the inputs around every sample were drawn: M of them, of the standard deviation δ/4."""

    count: int
    delta: float
    seed: int

    @property
    def sigma(self) -> float:
        """The standard deviation σ = δ/4, in input units."""
        return self.delta / 4

    def added(self, inputs: np.ndarray, numbers: np.ndarray, part: str) -> Tensor:
        """Return what was added (n, M, d) to the samples of these numbers."""
        chosen = inputs[numbers]
        drawn = perturb(chosen, numbers.tolist(), self.count, self.delta, self.seed, part)
        return torch.from_numpy(drawn - chosen[:, None]).double().flatten(2)


def _exact(values: Tensor) -> Tensor:
    """Return the errors (n,) of eigenvalues that have none."""
    return torch.zeros(len(values), dtype=values.dtype)


def _from_jacobians(recorded: Store, part: str, sigma: float) -> Spectrum:
    """Return the spectrum of exact derivatives, which is also that of the linear response."""
    jacobians = torch.from_numpy(recorded[f"{part}/jacobians"]).double()
    values, vectors = jacobian_spectrum(jacobians, sigma)
    return values, vectors, values, _exact(values)


def _of_covariance(activations: Tensor, _: Causes) -> Spectrum:
    """Return the spectrum of sampled covariances, in place of that of the linear response too."""
    values, vectors = covariance_spectrum(activations)
    return values, vectors, values, _exact(values)


def _of_covariance_and_response(activations: Tensor, causes: Causes) -> Spectrum:
    """Return the spectra of both: the response tells curvature from a direction."""
    return *covariance_spectrum(activations), *linear_response(activations, causes())


def _of_response(activations: Tensor, causes: Causes, sigma: float) -> Spectrum:
    """Return the spectrum of the response, without what a covariance has from sampling."""
    slopes, error = response_slopes(activations, causes())
    values, vectors = jacobian_spectrum(slopes, sigma)
    return values, vectors, values, error


def _blocks(
    recorded: Store, part: str, inputs: np.ndarray, perturbations: Perturbations
) -> Iterator[tuple[Tensor, Causes]]:
    """Yield activations (n, M, m) of some neighbourhoods, and a way to what caused them."""
    array, numbers = read_perturbed(recorded, part), sample_numbers(recorded, part)
    # A block's activations are in memory, and the inputs of its perturbations.
    drawn_shape = (*array.shape[:2], inputs[0].size)
    rows = min(rows_per_shard(shape, float) for shape in (array.shape, drawn_shape))
    for start in progress(range(0, len(numbers), rows), "blocks of samples"):
        block = slice(start, start + rows)
        causes = partial(perturbations.added, inputs, numbers[block], part)
        yield torch.from_numpy(array[block]), causes


def _kept(spectrum: Spectrum, rank: int | str) -> Spectrum:
    """Keep no more eigenvectors than are asked for: all of many neurons fill memory."""
    values, vectors, response, error = spectrum
    if isinstance(rank, int):
        vectors = vectors[:, :, :rank].contiguous()
    return values, vectors, response, error


def _spectrum(
    recorded: Store,
    drawn: Store,
    part: str,
    source: str,
    perturbations: Perturbations,
    rank: int | str,
) -> list[Tensor]:
    """Return the ``Spectrum`` around every sample of a part.

    The response is only needed to find a rank, and only a regression on more perturbations than
    input axes can find it.
    """
    inputs = drawn[f"{part}/inputs"]
    if source == "jacobian":
        return list(_from_jacobians(recorded, part, perturbations.sigma))
    estimate: Callable[[Tensor, Causes], Spectrum]
    if source == "response":
        estimate = partial(_of_response, sigma=perturbations.sigma)
    elif rank == "auto" and perturbations.count > inputs[0].size + 1:
        estimate = _of_covariance_and_response
    else:
        estimate = _of_covariance
    blocks = _blocks(recorded, part, inputs, perturbations)
    spectra = [_kept(estimate(*block), rank) for block in blocks]
    return [torch.cat(parts) for parts in zip(*spectra, strict=True)]


def local_geometry(
    recorded: Store,
    drawn: Store,
    perturbations: Perturbations,
    rank: int | str,
    source: str,
    ridge: float,
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the arrays of ``geometry.zarr``, and as a fact the ``rank`` r of all samples.

    ``recorded`` are the activations on the samples ``drawn``; ``rank`` may be ``auto``, ``source``
    is ``covariance``, ``response`` or ``jacobian``, ``ridge`` as in ``whitening``. The arrays are
    ``spectrum`` (N, q), ``whitening`` (N, m, r), and ``pool/whitening`` where there is a pool.
    Raises ``DataError`` as ``covariance_spectrum``, ``choose_rank`` and ``whitening`` do.
    """
    values, vectors, response, error = _spectrum(
        recorded, drawn, "fit", source, perturbations, rank
    )
    chosen = min(rank, values.shape[1]) if isinstance(rank, int) else choose_rank(response, error)
    arrays = {"spectrum": values, "whitening": whitening(values, vectors, chosen, ridge)}
    if "pool/inputs" in drawn:
        around = _spectrum(recorded, drawn, "pool", source, perturbations, chosen)
        arrays["pool/whitening"] = whitening(around[0], around[1], chosen, ridge, typical=values)
    return arrays, {"rank": chosen}
