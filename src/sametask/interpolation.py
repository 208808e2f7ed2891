"""The two building blocks of every map: radial basis functions and affine maps, as modules.

Both hold nothing but arrays in buffers, so that a map is saved without a pickle and loaded
without refitting.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sametask.errors import DataError

# Directions in which the centres vary less than this, relative to the widest, carry no input.
FLAT = 1e-9
# Entries of a block of the kernel matrix in one evaluation: 8 MB of float64, which stay in cache.
BLOCK = 2**20
# Distances in more directions than this are found by a matrix product.
WIDE = 24


def _wide_squares(centres: Tensor, points: Tensor) -> Tensor:
    """Return ‖x − c‖² as ‖x‖² + ‖c‖² − 2 x·c: one matrix product in place of N n q differences.

    Inputs are centred, so that what cancels is no larger than the distances themselves are: the
    error is that of rounding φ at far centres.
    """
    sizes = points.square().sum(dim=1, keepdim=True) + centres.square().sum(dim=1)
    return torch.addmm(sizes, points, centres.mT, alpha=-2).clamp_min(0)


def thin_plate(centres: Tensor, points: Tensor) -> Tensor:
    """Return φ(‖x − c‖) with φ(r) = r² log r for points (n, q) and centres (N, q): (n, N)."""
    if centres.shape[1] > WIDE:
        squares = _wide_squares(centres, points)
        return squares * squares.clamp_min(1e-300).log() / 2
    distances = torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist")
    # The clamp leaves φ(0) = 0 and makes its derivative 0 there as well, where log is infinite.
    return distances.square() * distances.clamp_min(1e-150).log()


class RadialBasis(nn.Module):
    """f(x) = Σ_j w_j φ(‖y − c_j‖) + t_0 + t · (y / s), with y = (x − x̄) V.

    Thin-plate splines with their linear polynomial tail. V (d, q) are the directions in which
    the centres vary at all (constant and dependent neurons drop out), s their standard
    deviations.
    """

    def __init__(self, **arrays: Tensor) -> None:
        super().__init__()
        for name in ("mean", "directions", "scale", "centres", "weights", "tail"):
            self.register_buffer(name, arrays[name])

    def forward(self, inputs: Tensor) -> Tensor:
        """Interpolate at inputs (n, d); returns (n, p)."""
        points = (inputs - self.mean) @ self.directions
        size = max(1, BLOCK // max(1, len(self.centres)))
        return torch.cat([self._evaluate(part) for part in points.split(size)])

    def _evaluate(self, points: Tensor) -> Tensor:
        radial = thin_plate(self.centres, points) @ self.weights
        return radial + self.tail[0] + (points / self.scale) @ self.tail[1:]


def merge_duplicates(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return distinct inputs (n, d) and the mean target (n, p) of each."""
    distinct, place = torch.unique(inputs, dim=0, return_inverse=True)
    if len(distinct) == len(inputs):
        return inputs, targets
    sums = targets.new_zeros(len(distinct), targets.shape[1]).index_add_(0, place, targets)
    counts = torch.bincount(place, minlength=len(distinct))
    return distinct, sums / counts[:, None]


@dataclass(frozen=True)
class Basis:
    """What splines through N centres in q directions are made of, whatever their targets.

    ``mean`` (d), ``directions`` (d, q), ``scale`` (q) and ``centres`` (N, q) as in
    ``RadialBasis``; the ``polynomial`` terms P (N, q + 1), and the ``kernel`` Φ (N, N) in
    squared input units (times their logarithm).
    """

    mean: Tensor
    directions: Tensor
    scale: Tensor
    centres: Tensor
    polynomial: Tensor
    kernel: Tensor


def radial_basis(inputs: Tensor) -> Basis:
    """Return the basis over distinct inputs (N, d), without the directions in which they are flat.

    Raises ``DataError`` if there are too few inputs for the terms of the polynomial tail.
    """
    mean = inputs.mean(dim=0)
    _, singular, directions = torch.linalg.svd(inputs - mean, full_matrices=False)
    kept = singular > FLAT * singular[0]
    directions = directions[kept].mT.contiguous()
    scale = singular[kept] / len(inputs) ** 0.5
    count, terms = len(inputs), int(kept.sum()) + 1
    if singular[0] == 0 or count <= terms:
        raise DataError(
            f"thin-plate splines in {terms - 1} directions need at least {terms + 1} distinct "
            f"samples, there are {count}"
        )
    centres = (inputs - mean) @ directions
    polynomial = torch.cat([centres.new_ones(count, 1), centres / scale], dim=1)
    return Basis(mean, directions, scale, centres, polynomial, thin_plate(centres, centres))


def fit_radial_basis(inputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> RadialBasis:
    """Fit thin-plate splines through inputs (N, d) and targets (N, p).

    Solves (Φ + smoothing · I) w + P t = y, Pᵀ w = 0 as SciPy's ``RBFInterpolator`` does, after
    dropping the directions in which the inputs are flat; duplicates are merged. Raises
    ``DataError`` if fewer distinct inputs remain than the polynomial tail has terms, and, without
    smoothing, if inputs differ by no more than round-off.
    """
    inputs, targets = merge_duplicates(inputs, targets)
    basis = radial_basis(inputs)
    count, terms = basis.polynomial.shape
    kernel = basis.kernel
    kernel.diagonal().add_(smoothing)
    system = torch.cat(
        [
            torch.cat([kernel, basis.polynomial], dim=1),
            torch.cat([basis.polynomial.mT, kernel.new_zeros(terms, terms)], dim=1),
        ]
    )
    right = torch.cat([targets, targets.new_zeros(terms, targets.shape[1])])
    try:
        solution = torch.linalg.solve(system, right)
    except torch.linalg.LinAlgError as error:
        raise DataError(
            "thin-plate splines: samples coincide up to round-off; give maps.smoothing a value"
        ) from error
    return RadialBasis(
        mean=basis.mean,
        directions=basis.directions,
        scale=basis.scale,
        centres=basis.centres,
        weights=solution[:count].contiguous(),
        tail=solution[count:].contiguous(),
    )


class Affine(nn.Module):
    """f(x) = x M + b."""

    def __init__(self, **arrays: Tensor) -> None:
        super().__init__()
        for name in ("matrix", "offset"):
            self.register_buffer(name, arrays[name])

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs (n, d) to (n, p)."""
        return inputs @ self.matrix + self.offset
