"""Regression of layers: smoothing splines whose affine part is penalised, as in ridge regression.

The prior of the function is a constant, plus an affine function with independent slopes, plus a
Gaussian process with the kernel of thin-plate splines. Ridge regression and splines with a free
affine part are its limits. G. Wahba, "Spline models for observational data", SIAM 1990, chapters
1 and 4. What is chosen is chosen by leave-one-out: the view of the inputs and both penalties.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isnan

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.magnitude import require_moderate
from sametask.splines.smoothing import (
    CHOICE_SAMPLES,
    GRID,
    WORTHWHILE,
    distinct_inputs,
    evenly_spread,
    projected_spectrum,
)
from sametask.splines.thin_plates import FLAT, RadialBasis, fit_radial_basis, thin_plate
from sametask.statistics.folds import places, rows_together

# A penalty cannot be chosen on fewer samples.
FEWEST = 3
# Principal components with less than this fraction of the variance may be dropped.
NEGLIGIBLE = 1e-5
# Ridge penalties to choose from, relative to the largest squared singular value. The smallest
# hardly shrinks any component above round-off.
RIDGES = torch.logspace(-12, 2, 15, dtype=torch.float64)
# The view is chosen on at most so many samples, or one and a half for a neuron.
VIEW_SAMPLES, A_NEURON = 300, 1.5
# Factors of the smoothing where samples coincide; the largest leaves no spline.
FACTORS = tuple(10.0**power for power in range(0, 21, 3))
# Inputs of which fewer than this share are distinct are repeated ones.
REPEATED = 0.5
# For the choice of a view, every so many of the smoothings are tried.
COARSE = 3


@dataclass(frozen=True)
class View:
    """Principal components of scaled neurons, z = (x − x̄) D, with D (d, q).

    At the fit inputs z = U diag(s): ``left`` U (N, q) has orthonormal columns that are orthogonal
    to constants, ``values`` s (q,) are descending.
    """

    mean: Tensor
    directions: Tensor
    values: Tensor
    left: Tensor

    @property
    def scores(self) -> Tensor:
        """The components z (N, q) of the fit inputs."""
        return self.left * self.values


def views(inputs: Tensor) -> list[View]:
    """Return the views of inputs (N, d) that a regression chooses from.

    Of neurons as they are, and of neurons divided by their standard deviations; with all components
    above round-off, and with those above ``NEGLIGIBLE`` only, so that samples are left for splines.
    """
    mean, spread = inputs.mean(dim=0), inputs.std(dim=0)
    units = torch.where(spread > FLAT * spread.max(), 1 / spread, 0.0)
    seen = []
    for scale in (torch.ones_like(units), units):
        left, values, right = torch.linalg.svd((inputs - mean) * scale, full_matrices=False)
        shares = values.square() / values.square().sum()
        for kept in (values > FLAT * values[0], shares > NEGLIGIBLE):
            count = int(kept.sum())
            directions = scale[:, None] * right[:count].mT
            seen.append(View(mean, directions, values[:count], left[:, :count]))
    return seen


@dataclass(frozen=True)
class Penalties:
    """The smoothing λ of the spline, and the ridge ρ of its affine part. Both 0: interpolation."""

    smoothing: float
    ridge: float


@dataclass(frozen=True)
class Part:
    """A part of G for some penalty: its product with y (N, p), its diagonal (N,), and blocks."""

    product: Tensor
    diagonal: Tensor
    blocks: Tensor

    def __add__(self, other: Part) -> Part:
        return Part(
            self.product + other.product,
            self.diagonal + other.diagonal,
            self.blocks + other.blocks,
        )


class LeftOut:
    """Errors on samples that are left out of the fit in a view, for any penalties.

    The prior's covariance of the samples is block diagonal: U of the view spans the affine
    functions, and V (N, N − q − 1) what is orthogonal to these and to constants, with
    Vᵀ Φ V = diag(S). With G = V [λ/(S + λ)] Vᵀ + U [ρ/(s² + ρ)] Uᵀ, the residual at sample i of the
    fit to all others is (G y)_i / G_ii. Rows g that are left out together have G_gg⁻¹ (G y)_g.
    """

    def __init__(self, view: View, targets: Tensor, together: Sequence[Tensor]) -> None:
        self.left, self.squares, self.targets = view.left, view.values.square(), targets
        count = len(targets)
        constant = targets.new_full((count, 1), count**-0.5)
        kernel = thin_plate(view.scores, view.scores)
        tail = torch.cat([constant, view.left], dim=1)
        self.spectrum, self.vectors = projected_spectrum(kernel, tail[:, :count])
        longest = max(map(len, together), default=0)
        # Rows of every sample of more than one row; shorter ones are filled up with −1.
        self.rows = torch.full((len(together), longest), -1)
        for number, rows in enumerate(together):
            self.rows[number, : len(rows)] = rows
        # A sample in whose direction no other sample varies cannot be predicted by any spline.
        self.judged = self.vectors.square().sum(dim=1) > FLAT
        if not self.judged.any():
            self.judged[:] = True

    def parts(self, vectors: Tensor, factors: Tensor) -> Iterator[Part]:
        """Yield the part vectors · diag(f) · vectorsᵀ of G for every f of factors (k, ·)."""
        onto, squares = vectors.mT @ self.targets, vectors.square()
        members = vectors[self.rows] * (self.rows >= 0)[..., None]
        for one in factors:
            product = vectors @ (one[:, None] * onto)
            yield Part(product, squares @ one, (members * one) @ members.mT)

    def error(self, whole: Part) -> float:
        """Return the sum of squared residuals of samples that are left out, over all targets."""
        residuals = whole.product / whole.diagonal[:, None]
        if len(self.rows):
            absent = self.rows < 0
            blocks = whole.blocks + torch.diag_embed(absent.to(whole.blocks))
            members = whole.product[self.rows] * ~absent[..., None]
            solved = torch.linalg.solve_ex(blocks, members)[0]
            residuals[self.rows[~absent]] = solved[~absent]
        error = residuals[self.judged].square().sum().item()
        return inf if isnan(error) else error

    def best(self, interpolating: bool, step: int = 1) -> tuple[float, Penalties]:
        """Return the smallest error on the grid of penalties, and its penalties.

        The leading slope may not be shrunk more than what is orthogonal to affine functions is on
        average: a sample that is left out would be told by the slope that all samples together are
        known not to have. Only every ``step``-th smoothing is tried. If ``interpolating``,
        interpolation is kept unless penalties reduce the error by more than 1 %, or inputs coincide
        up to round-off.
        """
        largest = self.spectrum[-1].item() if len(self.spectrum) else 1.0
        smoothings = largest * GRID[::step].to(self.squares)[:, None]
        ridges = self.squares[0] * RIDGES.to(self.squares)[:, None]
        affine = list(self.parts(self.left, ridges / (self.squares + ridges)))
        bent = self.parts(self.vectors, smoothings / (self.spectrum + smoothings))
        found = inf, Penalties(largest, largest)
        for smoothing, curved in zip(smoothings, bent, strict=True):
            shrunk = (smoothing / (self.spectrum + smoothing)).mean() if len(self.spectrum) else 1.0
            for ridge, straight in zip(ridges, affine, strict=True):
                if ridge / (self.squares[0] + ridge) > shrunk:
                    break
                error = self.error(curved + straight)
                if error < found[0]:
                    found = error, Penalties(smoothing.item(), ridge.item())
        eps = torch.finfo(self.squares.dtype).eps
        if interpolating and len(self.spectrum) and self.spectrum[0] > eps * largest:
            (whole,) = self.parts(self.vectors, 1 / self.spectrum[None])
            exact = self.error(whole)
            if found[0] >= (1 - WORTHWHILE) * exact:
                return exact, Penalties(0.0, 0.0)
        return found


def _few_columns(targets: Tensor) -> Tensor:
    """Return targets (N, p) rotated so that there are no more columns than samples."""
    if targets.shape[1] <= len(targets):
        return targets
    return torch.linalg.qr(targets.mT, mode="r").R.mT


def _left_out(view: View, targets: Tensor, place: Tensor) -> LeftOut:
    return LeftOut(view, _few_columns(targets), rows_together(place))


def _choose_view(inputs: Tensor, targets: Tensor, place: Tensor) -> int:
    """Return the number of the view that predicts left-out samples best."""
    count = max(VIEW_SAMPLES, round(A_NEURON * inputs.shape[1]))
    rows = evenly_spread(len(inputs), count)
    targets, place = targets[rows], place[rows]
    errors: list[float] = []
    sizes: list[int] = []
    for view in views(inputs[rows]):
        # Views that drop nothing are the same twice.
        repeated = len(errors) % 2 and sizes[-1] == len(view.values)
        error = inf if repeated else _left_out(view, targets, place).best(True, COARSE)[0]
        errors, sizes = [*errors, error], [*sizes, len(view.values)]
    return errors.index(min(errors))


def _affine(view: View, targets: Tensor, slopes: Tensor) -> RadialBasis:
    """Return the affine function with slopes (q, p), as a spline of one centre without weight."""
    scale = view.values / len(view.left) ** 0.5
    return RadialBasis(
        mean=view.mean,
        directions=view.directions,
        scale=scale,
        centres=view.scores[:1],
        weights=targets.new_zeros(1, targets.shape[1]),
        tail=torch.cat([targets.mean(dim=0)[None], scale[:, None] * slopes]),
    )


def _fit(view: View, targets: Tensor, penalties: Penalties) -> RadialBasis:
    """Fit in a view.

    As the prior's covariance is block diagonal, the weights of the spline are those without a
    ridge. The fit to the samples along component i is s_i²/(s_i² + ρ) of that without a ridge.
    Raises ``DataError`` as ``fit_radial_basis`` does.
    """
    slopes = view.left.mT @ targets / view.values[:, None]
    lost = (penalties.ridge / (view.values.square() + penalties.ridge))[:, None] * slopes
    if len(view.left) <= len(view.values) + 1:
        return _affine(view, targets, slopes - lost)
    spline = fit_radial_basis(view.scores, targets, penalties.smoothing)
    # The spline's directions are the components once more, up to round-off and signs.
    spline.tail[1:] -= spline.scale[:, None] * (spline.directions.mT @ lost)
    spline.mean = view.mean + 0.0
    spline.directions = (view.directions @ spline.directions).contiguous()
    return spline


def _fit_determined(view: View, targets: Tensor, penalties: Penalties) -> RadialBasis:
    """Fit with the first of λ, 1e3 λ, 1e6 λ, … with which the spline is determined.

    Samples that coincide predict each other when they are left out, whatever λ is.
    """
    for factor in FACTORS:
        try:
            return _fit(view, targets, Penalties(factor * penalties.smoothing, penalties.ridge))
        except DataError:
            if factor == FACTORS[-1]:
                raise
    raise AssertionError


def fit_regression(inputs: Tensor, targets: Tensor, groups: Tensor | None = None) -> RadialBasis:
    """Fit targets (N, p) as a function of inputs (N, d), for any N ≥ 3 and d.

    Rows of equal ``groups`` (N,) are of one sample, and left out together. Penalties are chosen on
    ``CHOICE_SAMPLES`` evenly spread samples: they do not depend on N. Where most inputs repeat
    others, as embeddings of words do, samples are left out with repetitions: a new sample has
    inputs that are known. If what is chosen there fails
    on all samples, of which some may coincide, the choice is made again on all of them, with all
    components and λ > 0. Raises ``DataError`` if there are fewer than ``FEWEST`` distinct inputs,
    or if squares overflow.
    """
    require_moderate(inputs, "inputs of a regression")
    require_moderate(targets, "targets of a regression")
    every = inputs, targets, places(len(inputs), groups)
    inputs, targets, place = distinct_inputs(inputs, targets, groups)
    if len(inputs) < FEWEST:
        raise DataError(
            f"a regression needs at least {FEWEST} distinct samples, there are {len(inputs)}"
        )
    share = len(inputs) / len(every[0])
    given, wanted, sample = every if share < REPEATED else (inputs, targets, place)
    number, seen = _choose_view(given, wanted, sample), views(inputs)
    view = seen[number]
    rows = evenly_spread(len(given), max(CHOICE_SAMPLES, 2 * len(view.values)))
    some = views(given[rows])[number] if len(rows) < len(inputs) or share < REPEATED else view
    _, penalties = _left_out(some, wanted[rows], sample[rows]).best(interpolating=True)
    if share < REPEATED:
        # The mean of several rows counts as many times as there are of them.
        penalties = Penalties(share * penalties.smoothing, penalties.ridge)
    try:
        return _fit(view, targets, penalties)
    except DataError:
        whole = seen[number - number % 2]
        _, penalties = _left_out(whole, targets, place).best(interpolating=False)
        return _fit_determined(whole, targets, penalties)
