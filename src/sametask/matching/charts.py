"""Charts: the activation manifold of a network between its samples, by local polynomials.

Around sample s, u = σ W_sᵀ (h − h_s) are local coordinates in input units. Activations, the
whitening, and the weight off its directions are polynomials of u, fitted to the nearest samples
(moving least squares; Levin, "The approximation power of moving least-squares", Math. Comp. 67
(1998) 1517). Places between samples thus have all quantities that samples have.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import torch
from torch import Tensor

from sametask.statistics.distances import exact_distances

# Polynomials have the largest of these degrees that so many neighbours determine.
DEGREES, NEIGHBOURS = (3, 2, 1), 64
# Neighbours for each coefficient of a polynomial.
SUPPORT = 3
# Singular values of a fit below this fraction of the largest are treated as 0.
UNDETERMINED = 1e-10
# Steps of the search for the sample that is nearest in local coordinates.
STEPS = 3
# Places lie within so many times the distance of the farthest neighbour: farther away, the leading
# term of the polynomials determines the lengths, which are then meaningless.
EXTRAPOLATED = 2.0


def monomials(coordinates: Tensor, degree: int) -> Tensor:
    """Return all monomials (…, terms) of coordinates (…, r) up to a degree; the first is 1."""
    columns = [torch.ones_like(coordinates[..., 0])]
    for size in range(1, degree + 1):
        for factors in combinations_with_replacement(range(coordinates.shape[-1]), size):
            columns.append(coordinates[..., list(factors)].prod(dim=-1))
    return torch.stack(columns, dim=-1)


def _degree(dimension: int) -> tuple[int, int]:
    """Return the degree of the polynomials in r dimensions, and the number of neighbours."""
    for degree in DEGREES:
        terms = monomials(torch.zeros(dimension), degree).numel()
        if SUPPORT * terms <= NEIGHBOURS:
            return degree, SUPPORT * terms
    return 1, SUPPORT * (dimension + 1)


@dataclass(frozen=True)
class Places:
    """Places on a manifold: nearest sample (n,), local coordinates u (n, r), and quantities there.

    ``activations`` (n, m), ``frames`` σ W (n, m, r) and the ``least`` weight (n,) of a
    displacement off the frames.
    """

    base: Tensor
    coordinates: Tensor
    activations: Tensor
    frames: Tensor
    least: Tensor

    def lengths(self, displacements: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return w = σ Wᵀ Δ (e, r) at some rows, and ‖Δ‖² (e,) in the completed metric.

        ‖Δ‖² = |w|² + c (|Δ|² − |Uᵀ Δ|²) with U an orthonormal basis of the frame: the metric of
        ``geometry.metric.completion``, in squared input units.
        """
        frames = self.frames[rows]
        along = torch.einsum("emr,em->er", frames, displacements)
        inside = torch.linalg.solve(frames.mT @ frames, along[..., None])[..., 0]
        off = displacements.square().sum(1) - (along * inside).sum(1)
        return along, along.square().sum(1) + self.least[rows] * off.clamp_min(0)


@dataclass(frozen=True)
class Chart:
    """One network's samples (N, m), frames σ W (N, m, r), and polynomials around each sample.

    ``fits`` (N, terms, k) map values at the sample and its nearest neighbours to coefficients.
    ``coefficients`` (N, terms, m + m r + 1) are those of activations, frames, and the weight off
    the frames. Coordinates are in units of ``reach`` (N,), the distance of the farthest neighbour.
    """

    samples: Tensor
    frames: Tensor
    neighbours: Tensor
    reach: Tensor
    fits: Tensor
    coefficients: Tensor
    degree: int

    def locate(self, activations: Tensor) -> Places:
        """Return the places whose local coordinates are those of activations (n, m).

        Activations off the manifold are projected orthogonally, in the nearest sample's metric.
        """
        base = exact_distances(activations, self.samples).argmin(dim=1)
        for _ in range(STEPS):
            # The nearest sample in activations need not be the nearest in the metric.
            around = self.neighbours[base]
            away = self.local(base, activations)
            others = torch.stack(
                [self.local(near, activations).square().sum(1) for near in around.unbind(1)], dim=1
            )
            best = others.argmin(dim=1)
            nearer = others.gather(1, best[:, None])[:, 0] < away.square().sum(1)
            if not nearer.any():
                break
            base = torch.where(nearer, around.gather(1, best[:, None])[:, 0], base)
        return self.at(base, self.local(base, activations))

    def local(self, base: Tensor, activations: Tensor) -> Tensor:
        """Return the coordinates u (n, r) of activations (n, m) around samples ``base`` (n,)."""
        return torch.einsum("nmr,nm->nr", self.frames[base], activations - self.samples[base])

    def at(self, base: Tensor, coordinates: Tensor) -> Places:
        """Evaluate the polynomials of samples ``base`` (n,) at local coordinates (n, r).

        Coordinates longer than ``EXTRAPOLATED`` times the reach are shortened to that length.
        """
        farthest = EXTRAPOLATED * self.reach[base]
        length = coordinates.norm(dim=1).clamp_min(farthest)
        coordinates = coordinates * (farthest / length)[:, None]
        terms = monomials(coordinates / self.reach[base, None], self.degree)
        values = torch.einsum("nt,ntc->nc", terms, self.coefficients[base])
        neurons, rank = self.frames.shape[1:]
        activations, frames, least = values.split([neurons, neurons * rank, 1], dim=1)
        frames = frames.reshape(-1, neurons, rank)
        # Weights are not negative, but a polynomial through them can be.
        return Places(base, coordinates, activations, frames, least[:, 0].clamp_min(0))

    def carry(self, values: Tensor, places: Places) -> Tensor:
        """Interpolate values (N, p) of samples at places, by the same polynomials: (n, p)."""
        around = torch.cat([places.base[:, None], self.neighbours[places.base]], dim=1)
        terms = monomials(places.coordinates / self.reach[places.base, None], self.degree)
        weights = torch.einsum("nt,ntk->nk", terms, self.fits[places.base])
        return torch.einsum("nk,nkp->np", weights, values[around])


def _fits(local: Tensor, degree: int) -> Tensor:
    """Return the least-squares fits (n, terms, k) from values at local (n, k, r) to coefficients.

    The weights are exp(−2 |u|²), with u in units of the reach. Pseudo-inverses are used, because
    neighbours in a curved region, or at its boundary, may not determine all terms.
    """
    weights = torch.exp(-local.square().sum(dim=2))[..., None]
    design = weights * monomials(local, degree)
    return torch.linalg.pinv(design, rtol=UNDETERMINED) * weights.mT


def fit_chart(samples: Tensor, whitening: Tensor, sigma: float, distances: Tensor) -> Chart:
    """Return the chart of samples (N, m), from their whitening (N, m, r) and distances D (N, N)."""
    frames = sigma * whitening
    degree, count = _degree(frames.shape[2])
    nearest = distances.topk(min(count, len(samples) - 1) + 1, largest=False).indices
    # A sample comes first among its nearest samples, except for duplicates.
    itself = torch.arange(len(samples))[:, None]
    around = torch.where(nearest[:, 1:] == itself, nearest[:, :1], nearest[:, 1:])
    all_places = torch.cat([itself, around], dim=1)
    local = torch.einsum("nmr,nkm->nkr", frames, samples[all_places] - samples[:, None])
    reach = local.square().sum(2).amax(1).sqrt().clamp_min(torch.finfo(samples.dtype).tiny)
    turned = _transported(frames, all_places)
    # The weight of displacements off the frame is that of the leading direction.
    least = frames.square().sum(dim=1)[:, 0]
    if frames.shape[1] == frames.shape[2]:
        least = torch.zeros_like(least)
    values = torch.cat(
        [samples[all_places], turned.flatten(2), least[all_places][..., None]], dim=2
    )
    fits = _fits(local / reach[:, None, None], degree)
    return Chart(samples, frames, around, reach, fits, fits @ values, degree)


def _transported(frames: Tensor, around: Tensor) -> Tensor:
    """Return the frames (N, k, m, r) of neighbours, each turned to agree best with the first.

    The signs of eigenvectors are arbitrary, and so are rotations of directions with equal response.
    Polynomials can only be fitted to frames that are turned alike.
    """
    neighbours = frames[around]
    left, _, right = torch.linalg.svd(neighbours.mT @ frames[:, None], full_matrices=False)
    return neighbours @ (left @ right)
