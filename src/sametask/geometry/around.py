"""Spectra of the local covariances of a network, from what was recorded around its samples.

Blocks of samples are read one after another, as often as they are needed: eigenvectors of all
samples may not fit into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

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
    response_spectrum,
)
from sametask.inputs.fields import read_inputs, values_of_input
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.storage.chunks import rows_per_shard
from sametask.storage.store import Store

# Returns the numbers (n, M, q) that perturbed some samples, drawn again at each call.
Causes = Callable[[], Tensor]
# Eigenvalues (n, q), eigenvectors (n, m, r), and sampling errors (n,) of some samples.
Spectrum = tuple[Tensor, Tensor, Tensor]


def _exact(values: Tensor) -> Tensor:
    """Return errors (n,) of zero, for eigenvalues without a sampling error."""
    return torch.zeros(len(values), dtype=values.dtype)


@dataclass(frozen=True)
class Surroundings:
    """What was recorded around the samples of a part, ``fit`` or ``pool``.

    ``recorded`` are the activations on the samples ``drawn``. ``source`` is ``covariance``,
    ``response`` or ``jacobian``.
    """

    recorded: Store
    drawn: Store
    part: str
    source: str
    perturbations: DrawnPerturbations

    def sizes(self, responding: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Return eigenvalues (N, q), those of the linear response (N, q'), and their errors (N,).

        Covariances have a response of their own only if it is asked for (``responding``), and if
        there are enough perturbations for it: more than their causes + 1, which are not known of a
        function of the user. Otherwise their eigenvalues are in its place.
        """
        separate = responding and self.source == "covariance" and self._enough
        sizes = []
        for block, causes in self._blocks():
            values, _, error = self._spectrum(block, causes, 0)
            response = linear_response(block, causes()) if separate else (values, error)
            sizes.append((values, *response))
        values, found, errors = (torch.cat(parts) for parts in zip(*sizes, strict=True))
        return values, found, errors

    def eigenpairs(self, kept: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield eigenvalues (n, q) and the first ``kept`` eigenvectors (n, m, r) of the samples."""
        for block, causes in self._blocks():
            yield self._spectrum(block, causes, kept)[:2]

    @property
    def shape(self) -> tuple[int, int]:
        """The number of samples, and of measured neurons or components."""
        shape = self.recorded.lazy(f"{self.part}/samples").shape
        return shape[0], shape[1]

    @property
    def _enough(self) -> bool:
        asked = self.perturbations.settings
        causes = asked.causes(values_of_input(self.drawn, f"{self.part}/inputs"))
        return causes is not None and asked.count > causes + 1

    def _spectrum(self, block: Tensor, causes: Causes, kept: int) -> Spectrum:
        sigma = self.perturbations.sigma
        if self.source == "response":
            return response_spectrum(block, causes(), sigma, kept)
        if self.source == "jacobian":
            values, vectors = jacobian_spectrum(block.double(), sigma, kept)
        else:
            values, vectors = covariance_spectrum(block, kept)
        return values, vectors, _exact(values)

    def _blocks(self) -> Iterator[tuple[Tensor, Causes]]:
        """Yield derivatives (n, m, d), or activations (n, M, m) at perturbations, of some samples.

        With them their ``Causes``. Perturbed activations are in memory together with their inputs.
        """
        inputs = read_inputs(self.drawn, f"{self.part}/inputs")
        numbers = sample_numbers(self.recorded, self.part)
        if self.source == "jacobian":
            array = self.recorded.lazy(f"{self.part}/jacobians")
            shapes = [array.shape]
        else:
            array = read_perturbed(self.recorded, self.part)
            shapes = [
                array.shape,
                (*array.shape[:2], values_of_input(self.drawn, f"{self.part}/inputs")),
            ]
        rows = min(rows_per_shard(shape, float) for shape in shapes)
        for start in progress(range(0, len(numbers), rows), "blocks of samples"):
            block = slice(start, start + rows)
            causes = partial(self._causes, inputs[numbers[block]], numbers[block])
            yield torch.from_numpy(array[block]), causes

    def _causes(self, inputs: np.ndarray, numbers: np.ndarray) -> Tensor:
        drawn = self.perturbations.causes(inputs, numbers.tolist(), self.part)
        return torch.from_numpy(drawn).double()
