"""The smoothing of thin-plate splines, chosen by leave-one-out cross-validation in closed form.

G. Wahba, "Spline models for observational data", SIAM 1990, chapter 4; S. Rippa, "An algorithm
for selecting a good value for the parameter c in radial basis function interpolation", Adv.
Comput. Math. 11 (1999) 193.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.splines.thin_plates import (
    FLAT,
    RadialBasis,
    fit_radial_basis,
    merge_duplicates,
    radial_basis,
)
from sametask.statistics.eigen import eigenpairs
from sametask.statistics.folds import places, rows_together

# Smoothings to choose from, in addition to 0, relative to the largest eigenvalue of the kernel. The
# smallest is for hardly any noise; the largest makes the spline nearly affine.
GRID = torch.logspace(-14, 3, 26, dtype=torch.float64)
# The choice uses at most so many samples; it needs an eigendecomposition of their kernel.
CHOICE_SAMPLES = 750
# Interpolation is kept unless smoothing reduces the error by more than this fraction.
WORTHWHILE = 0.01


def evenly_spread(total: int, count: int) -> Tensor:
    """Return the numbers (count,) of evenly spread rows out of ``total``, at most all of them."""
    return torch.linspace(0, total - 1, min(count, total), dtype=torch.float64).round().long()


def projected_spectrum(kernel: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues S (N − t), ascending, and eigenvectors V of Φ in the complement of T.

    The ``kernel`` Φ (N, N) is positive definite there, Vᵀ Φ V = diag(S) and Tᵀ V = 0. The ``tail``
    T (N, t) has orthonormal columns. Eigenvalues that round-off made negative are set to 0.
    """
    count, terms = tail.shape
    if count == terms:
        return kernel.new_zeros(0), kernel.new_zeros(count, 0)
    # Projecting T Tᵀ out of both sides keeps these eigenpairs of Φ and adds t zeros.
    kernel = kernel - tail @ (tail.mT @ kernel)
    kernel = kernel - (kernel @ tail) @ tail.mT
    # The shift makes these t eigenvalues negative: they come first, however small S may be.
    shifted = kernel - kernel.diagonal().sum() * (tail @ tail.mT)
    values, vectors = eigenpairs((shifted + shifted.mT) / 2)
    return values[terms:].clamp_min(0), vectors[:, terms:]


def spline_spectrum(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues S (N − q), ascending, and V (N, N − q) of splines on inputs (N, d).

    The inputs are distinct. Let Q₂ span the null space of Pᵀ, the complement of the q polynomial
    terms at the inputs. Φ is positive definite there: Q₂ᵀ Φ Q₂ = U S Uᵀ, in squared input units;
    V = Q₂ U. Raises ``DataError`` if there are too few inputs for the polynomial terms.
    """
    basis = radial_basis(inputs)
    return projected_spectrum(basis.kernel, torch.linalg.qr(basis.polynomial).Q)


def left_out_residuals(
    values: Tensor,
    vectors: Tensor,
    targets: Tensor,
    smoothing: float,
    together: Sequence[Tensor] = (),
) -> Tensor:
    """Return the residual (N, p) of every sample when it is left out of the fit.

    ``values`` S and ``vectors`` V from ``spline_spectrum``, targets y (N, p), ``smoothing`` λ.
    With w = V (S + λ)⁻¹ Vᵀ y, the spline's weights, and G = V (S + λ)⁻¹ Vᵀ, the residual at
    sample i of the fit to all others is w_i / G_ii. It is undefined, 0 / 0, if the polynomial
    terms alone pass through sample i. Rows g that are left out ``together`` have the residuals
    G_gg⁻¹ w_g.
    """
    inverse = 1 / (values + smoothing)
    weights = vectors @ (inverse[:, None] * (vectors.mT @ targets))
    residuals = weights / (vectors.square() @ inverse)[:, None]
    for rows in together:
        block = vectors[rows]
        residuals[rows] = torch.linalg.solve_ex((block * inverse) @ block.mT, weights[rows])[0]
    return residuals


def _predictable(vectors: Tensor, together: Sequence[Tensor]) -> Tensor:
    """Return which samples (N,) can be predicted from the others, whatever λ is.

    A sample with leverage 1 cannot: no other sample varies in its direction, for instance if a
    neuron fires for this sample only. The same holds for rows that are left out together.
    """
    predictable = vectors.square().sum(dim=1) > FLAT
    for rows in together:
        block = vectors[rows]
        predictable[rows] = torch.linalg.eigvalsh(block @ block.mT)[0] > FLAT
    return predictable


def distinct_inputs(
    inputs: Tensor, targets: Tensor, groups: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return distinct inputs, their mean targets, and the sample of the first of each input."""
    place = places(len(inputs), groups)
    merged, means = merge_duplicates(inputs, targets)
    if len(merged) == len(inputs):
        return inputs, targets, place
    _, to = torch.unique(inputs, dim=0, return_inverse=True)
    first = place[np.unique(to.numpy(), return_index=True)[1]]
    return merged, means, first


def choose_smoothing(
    inputs: Tensor, targets: Tensor, groups: Tensor | None = None, interpolating: bool = True
) -> float:
    """Return the smoothing λ ≥ 0 of ``fit_radial_basis`` that predicts left-out samples best.

    Inputs are (N, d), targets (N, p). The error of sample i is ‖e_i‖², summed over all targets.
    λ is in squared input units, as Φ. It is 0, which interpolates, unless another value reduces
    the mean error by more than 1 %, or inputs differ by no more than round-off. Rows whose
    ``groups`` (N,) are equal are of one sample, and left out together. If ``interpolating`` is
    false, λ > 0, and it is chosen on all samples.

    λ is the ratio of the variances of the noise and of the spline's prior. It does not depend on
    N, so that it is chosen on ``CHOICE_SAMPLES`` evenly spread samples. If inputs x are replaced
    by c x, then Q₂ᵀ Φ Q₂ and λ are multiplied by c²: the terms with log c in Φ are affine in each
    of its arguments or depend on one argument only, and Q₂ removes them. Raises ``DataError`` as
    ``fit_radial_basis`` does.
    """
    inputs, targets, place = distinct_inputs(inputs, targets, groups)
    # Fewer samples than twice the polynomial's terms leave too few residuals for a choice.
    count = min(len(inputs), max(CHOICE_SAMPLES, 2 * inputs.shape[1]))
    if interpolating:
        chosen = evenly_spread(len(inputs), count)
        inputs, targets, place = inputs[chosen], targets[chosen], place[chosen]
    if targets.shape[1] > len(inputs):
        # A rotation of the targets keeps all lengths and leaves no more columns than samples.
        targets = torch.linalg.qr(targets.mT, mode="r").R.mT
    values, vectors = spline_spectrum(inputs)
    together = rows_together(place)
    predictable = _predictable(vectors, together)
    # Inputs that differ by round-off alone cannot be interpolated.
    singular = values[0] <= torch.finfo(values.dtype).eps * values[-1]
    grid = [0.0] * (interpolating and not singular) + (values[-1] * GRID.to(values)).tolist()
    errors = []
    for smoothing in grid:
        residuals = left_out_residuals(values, vectors, targets, smoothing, together)
        errors.append(residuals[predictable].square().sum().item())
    best = min(errors)
    return grid[0 if best >= (1 - WORTHWHILE) * errors[0] else errors.index(best)]


def smoothing_of(
    inputs: Tensor, targets: Tensor, asked: float | str, groups: Tensor | None = None
) -> float:
    """Return the smoothing ``asked`` for; ``auto`` stands for that of ``choose_smoothing``."""
    return choose_smoothing(inputs, targets, groups) if isinstance(asked, str) else asked


def fit_smoothed(
    inputs: Tensor, targets: Tensor, asked: float | str, groups: Tensor | None = None
) -> RadialBasis:
    """Fit thin-plate splines through inputs (N, d) and targets (N, p), smoothed as ``asked`` for.

    ``auto`` leaves out rows of equal ``groups`` (N,) together. If it chooses to interpolate, but
    samples that were not used for the choice coincide, it chooses again on all samples, with
    λ > 0. Raises as ``fit_radial_basis`` does.
    """
    chosen = smoothing_of(inputs, targets, asked, groups)
    try:
        return fit_radial_basis(inputs, targets, chosen)
    except DataError:
        if asked != "auto":
            raise
    again = choose_smoothing(inputs, targets, groups, interpolating=False)
    return fit_radial_basis(inputs, targets, again)
