"""How much to smooth thin-plate splines: leave-one-out cross-validation in closed form.

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
from sametask.statistics.folds import places, shared

# Smoothings to choose from beside 0, relative to the largest eigenvalue of the kernel: from noise
# that is hardly there to a spline that is all but affine.
GRID = torch.logspace(-14, 3, 26, dtype=torch.float64)
# The choice is made on as many samples at most: one eigendecomposition of the kernel among them.
CHOICE_SAMPLES = 750
# Interpolation stands unless smoothing takes this share off the error.
WORTHWHILE = 0.01


def evenly_spread(total: int, count: int) -> Tensor:
    """Return the places (count,) of evenly spread rows among ``total``, all of them at most."""
    return torch.linspace(0, total - 1, min(count, total), dtype=torch.float64).round().long()


def spline_spectrum(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return S (N − q), ascending, and V (N, N − q) of the splines over distinct inputs (N, d).

    Let Q₂ span the null space of Pᵀ, the complement of the q polynomial terms at the inputs.
    Φ is positive definite there: Q₂ᵀ Φ Q₂ = U S Uᵀ, in squared input units; V = Q₂ U. What
    round-off left negative of S is 0. Raises ``DataError`` if there are too few inputs for the
    polynomial terms.
    """
    basis = radial_basis(inputs)
    tail = torch.linalg.qr(basis.polynomial).Q
    # With Q₁ Q₁ᵀ projected out of both sides, Φ keeps these eigenpairs and gets q zeros beside.
    kernel = basis.kernel - tail @ (tail.mT @ basis.kernel)
    kernel = kernel - (kernel @ tail) @ tail.mT
    # Shifted below zero, those of the polynomial come first, however small S may be.
    shifted = kernel - kernel.diagonal().sum() * (tail @ tail.mT)
    values, vectors = torch.linalg.eigh((shifted + shifted.mT) / 2)
    terms = tail.shape[1]
    return values[terms:].clamp_min(0), vectors[:, terms:]


def left_out_residuals(
    values: Tensor,
    vectors: Tensor,
    targets: Tensor,
    smoothing: float,
    together: Sequence[Tensor] = (),
) -> Tensor:
    """Return the residuals (N, p) at samples that were left out of the fit, one at a time.

    ``values`` S and ``vectors`` V from ``spline_spectrum``, targets y (N, p), ``smoothing`` λ.
    With w = V (S + λ)⁻¹ Vᵀ y, the spline's weights, and G = V (S + λ)⁻¹ Vᵀ, the residual at
    sample i of the fit to all others is w_i / G_ii; undefined, 0 / 0, where polynomials alone
    pass through sample i. Rows g that are left out ``together`` have the residuals G_gg⁻¹ w_g.
    """
    inverse = 1 / (values + smoothing)
    weights = vectors @ (inverse[:, None] * (vectors.mT @ targets))
    residuals = weights / (vectors.square() @ inverse)[:, None]
    for rows in together:
        own = vectors[rows]
        residuals[rows] = torch.linalg.solve_ex((own * inverse) @ own.mT, weights[rows])[0]
    return residuals


def _foreseen(vectors: Tensor, together: Sequence[Tensor]) -> Tensor:
    """Return of which samples (N,) anything can be said without them, by any λ.

    Not of a sample that alone varies in some direction, as where one neuron fires once: it has
    leverage 1. Nor of rows that are left out together, if all of them alone do.
    """
    foreseen = vectors.square().sum(dim=1) > FLAT
    for rows in together:
        own = vectors[rows]
        foreseen[rows] = torch.linalg.eigvalsh(own @ own.mT)[0] > FLAT
    return foreseen


def _distinct(
    inputs: Tensor, targets: Tensor, groups: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return distinct inputs, mean targets and the sample of each row: of duplicates, the first."""
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

    For inputs (N, d) and targets (N, p); the error of sample i is ‖e_i‖², all targets together.
    λ is in squared input units, as Φ. It is 0, which interpolates, unless another value takes
    more than 1 % off the mean error or inputs differ by no more than round-off. Rows whose
    ``groups`` (N,) are equal are of one sample, and left out together. Without ``interpolating``,
    λ > 0, and it is chosen on all samples.

    λ is the ratio of the variances of noise and of the spline's prior, which does not depend on
    N: the choice on ``CHOICE_SAMPLES`` evenly spread samples is that for all. In other units,
    c x for x, Q₂ᵀ Φ Q₂ and λ are multiplied by c²: what log c adds to Φ is affine in each of its
    arguments or a function of one, and Q₂ takes it away. Raises ``DataError`` as
    ``fit_radial_basis`` does.
    """
    inputs, targets, place = _distinct(inputs, targets, groups)
    # Fewer than twice the polynomial's terms would leave hardly a residual to choose by.
    count = min(len(inputs), max(CHOICE_SAMPLES, 2 * inputs.shape[1]))
    if interpolating:
        chosen = evenly_spread(len(inputs), count)
        inputs, targets, place = inputs[chosen], targets[chosen], place[chosen]
    if targets.shape[1] > len(inputs):
        # A rotation of the targets changes no length, and leaves as many columns as samples.
        targets = torch.linalg.qr(targets.mT, mode="r").R.mT
    values, vectors = spline_spectrum(inputs)
    together = shared(place)
    foreseen = _foreseen(vectors, together)
    # Inputs that differ by round-off alone have no interpolant to speak of.
    singular = values[0] <= torch.finfo(values.dtype).eps * values[-1]
    grid = [0.0] * (interpolating and not singular) + (values[-1] * GRID.to(values)).tolist()
    errors = [
        left_out_residuals(values, vectors, targets, one, together)[foreseen].square().sum().item()
        for one in grid
    ]
    best = min(errors)
    return grid[0 if best >= (1 - WORTHWHILE) * errors[0] else errors.index(best)]


def smoothing_of(
    inputs: Tensor, targets: Tensor, asked: float | str, groups: Tensor | None = None
) -> float:
    """Return the smoothing that was asked for; ``auto`` is that of ``choose_smoothing``."""
    return choose_smoothing(inputs, targets, groups) if isinstance(asked, str) else asked


def fit_smoothed(
    inputs: Tensor, targets: Tensor, asked: float | str, groups: Tensor | None = None
) -> RadialBasis:
    """Fit thin-plate splines through inputs (N, d) and targets (N, p), smoothed as asked for.

    ``auto`` leaves out rows of equal ``groups`` (N,) together. Where it would interpolate, but
    samples that it did not look at coincide, it chooses again among all. Raises as
    ``fit_radial_basis`` does.
    """
    chosen = smoothing_of(inputs, targets, asked, groups)
    try:
        return fit_radial_basis(inputs, targets, chosen)
    except DataError:
        if asked != "auto":
            raise
    again = choose_smoothing(inputs, targets, groups, interpolating=False)
    return fit_radial_basis(inputs, targets, again)
