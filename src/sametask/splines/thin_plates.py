"""Thin-plate splines, fitted to samples, as modules.

A module holds arrays in buffers only, so that it is saved without a pickle and loaded without
refitting.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.base.magnitude import require_moderate
from sametask.statistics.distances import exact_distances

# Directions in which the centres vary less than this, relative to the widest, are dropped.
FLAT = 1e-9
# A spline is undetermined if round-off moves its values between the samples by more than this
# fraction of the targets' spread. This is tested at so many midpoints of samples, for so many
# random mixtures of targets.
DETERMINED, MIDPOINTS, MIXTURES = 1e-3, 256, 8
# A spline is also undetermined if its values swing more than so many times as far as any target,
# and two samples are closer than this fraction of their extent: single precision cannot resolve it.
SWING, CLOSE = 2.0, 1e-6
# Entries of the kernel matrix that are evaluated at once: 8 MB of float64, which stay in cache.
BLOCK = 2**20
# In more directions than this, distances are computed by a matrix product.
WIDE = 24


def _wide_squares(centres: Tensor, points: Tensor) -> Tensor:
    """Return ‖x − c‖² as ‖x‖² + ‖c‖² − 2 x·c: one matrix product in place of N n q differences.

    Inputs are centred, so that the terms that cancel are no larger than the largest squared
    distances. The error is therefore no larger than that of rounding φ at far centres.
    """
    sizes = points.square().sum(dim=1, keepdim=True) + centres.square().sum(dim=1)
    return torch.addmm(sizes, points, centres.mT, alpha=-2).clamp_min(0)


def thin_plate(centres: Tensor, points: Tensor) -> Tensor:
    """Return φ(‖x − c‖) with φ(r) = r² log r for points (n, q) and centres (N, q): (n, N)."""
    if centres.shape[1] > WIDE:
        squares = _wide_squares(centres, points)
        return squares * squares.clamp_min(1e-300).log() / 2
    distances = exact_distances(points, centres)
    # The clamp keeps φ(0) = 0, and its derivative 0 as well, although log is infinite there.
    return distances.square() * distances.clamp_min(1e-150).log()


class RadialBasis(nn.Module):
    """f(x) = Σ_j w_j φ(‖y − c_j‖) + t_0 + t · (y / s), with y = (x − x̄) V.

    Thin-plate splines with a linear polynomial tail. V (d, q) are the directions in which the
    centres vary (constant and linearly dependent neurons are dropped), s the standard deviations
    in these directions.
    """

    mean: Tensor
    directions: Tensor
    scale: Tensor
    centres: Tensor
    weights: Tensor
    tail: Tensor

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
    """The parts of splines through N centres in q directions that do not depend on the targets.

    ``mean`` (d), ``directions`` (d, q), ``scale`` (q) and ``centres`` (N, q) as in
    ``RadialBasis``; the ``polynomial`` terms P (N, q + 1), and the ``kernel`` Φ (N, N) in
    squared input units, times their logarithm.
    """

    mean: Tensor
    directions: Tensor
    scale: Tensor
    centres: Tensor
    polynomial: Tensor
    kernel: Tensor


def radial_basis(inputs: Tensor) -> Basis:
    """Return the basis for distinct inputs (N, d), without directions in which they do not vary.

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


def _system(basis: Basis, smoothing: float) -> Tensor:
    """Return the matrix (N + q + 1, N + q + 1) for the weights and the polynomial terms."""
    kernel, terms = basis.kernel, basis.polynomial.shape[1]
    kernel.diagonal().add_(smoothing)
    corner = kernel.new_zeros(terms, terms)
    return torch.cat(
        [
            torch.cat([kernel, basis.polynomial], dim=1),
            torch.cat([basis.polynomial.mT, corner], dim=1),
        ]
    )


def _spline(basis: Basis, solution: Tensor) -> RadialBasis:
    count = len(basis.centres)
    return RadialBasis(
        mean=basis.mean,
        directions=basis.directions,
        scale=basis.scale,
        centres=basis.centres,
        weights=solution[:count].contiguous(),
        tail=solution[count:].contiguous(),
    )


def _close(centres: Tensor) -> bool:
    """Return whether two centres (N, q) are closer than ``CLOSE`` times the largest distance."""
    distances = exact_distances(centres, centres)
    extent = distances.max()
    return bool(distances.fill_diagonal_(torch.inf).min() < CLOSE * extent)


def _undetermined(
    basis: Basis, system: Tensor, factors: tuple[Tensor, Tensor], right: Tensor, solution: Tensor
) -> bool:
    """Return whether round-off, of inputs or of the solution, changes values between the samples.

    One step of iterative refinement estimates the error of the solution (Higham, "Accuracy and
    stability of numerical algorithms", SIAM 2002, chapter 12). The condition number is no
    criterion: systems of thin-plate splines are ill-conditioned in directions in which targets do
    not vary.
    """
    count, draw = len(basis.centres), torch.Generator().manual_seed(0)
    if right.shape[1] > MIXTURES:
        mixture = torch.randn(right.shape[1], MIXTURES, generator=draw, dtype=torch.float64)
        mixture = mixture.to(right) / MIXTURES**0.5
        right, solution = right @ mixture, solution @ mixture
    step = torch.linalg.lu_solve(*factors, right - system @ solution)
    pairs = torch.randint(count, (2, MIDPOINTS), generator=draw).to(right.device)
    points = basis.centres[pairs].mean(dim=0)
    polynomial = torch.cat([points.new_ones(len(points), 1), points / basis.scale], dim=1)
    terms = torch.cat([thin_plate(basis.centres, points), polynomial], dim=1)
    mean = right[:count].mean(dim=0)
    spread = torch.linalg.vector_norm(right[:count] - mean, dim=1)
    size = 1e-9 * right.abs().max()
    moved, swing = (
        torch.linalg.vector_norm(change, dim=1).max()
        for change in (terms @ step, terms @ solution - mean)
    )
    # Written with `not` because every comparison with NaN is false.
    if not moved <= DETERMINED * spread.square().mean().sqrt() + size:
        return True
    return bool(swing > SWING * spread.max() + size) and _close(basis.centres)


def fit_radial_basis(inputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> RadialBasis:
    """Fit thin-plate splines through inputs (N, d) and targets (N, p).

    Solves (Φ + smoothing · I) w + P t = y, Pᵀ w = 0 as SciPy's ``RBFInterpolator`` does.
    Directions in which the inputs do not vary are dropped, and duplicates are merged. Raises
    ``DataError`` if there are too few distinct inputs for the terms of the polynomial tail, if
    inputs that nearly coincide have targets so different that the spline is undetermined, and if
    squares overflow.
    """
    require_moderate(inputs, "inputs of splines")
    require_moderate(targets, "targets of splines")
    inputs, targets = merge_duplicates(inputs, targets)
    basis = radial_basis(inputs)
    system = _system(basis, smoothing)
    right = torch.cat([targets, targets.new_zeros(basis.polynomial.shape[1], targets.shape[1])])
    *factors, failed = torch.linalg.lu_factor_ex(system)
    solution = torch.linalg.lu_solve(*factors, right)
    if failed or _undetermined(basis, system, factors, right, solution):
        raise DataError(
            "thin-plate splines: samples that coincide up to round-off have different targets; "
            "give maps.smoothing a larger value, or auto"
        )
    return _spline(basis, solution)
