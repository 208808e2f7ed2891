"""Peers that match two networks' samples from n shared ones, each in its simplest form.

All take networks `a` and `b`, whose first n samples are shared and in the same order, and return
where a's samples lie among b's activations.
"""

import math

import torch

from sametask.maps.baselines import procrustes_map
from sametask.statistics.procrustes import procrustes

# Functional maps: neighbours of the graph, eigenfunctions, weight of commutativity, refinements.
GRAPH, FUNCTIONS, COMMUTE, STEPS = 30, 50, 1.0, 10
# Joint Laplacian: neighbours of the graph, eigenvectors, neighbours that are averaged.
NEAR, JOINT, AVERAGED = 15, 10, 10
# Transport: entropies in units of the mean cost, Sinkhorn steps, and rounds.
ENTROPY, SINKHORN, ROUNDS = 0.02, 40, 10
# Gromov-Wasserstein: entropy, its share of the cost, rounds.
GW_ENTROPY, GW_SHARE, GW_ROUNDS = 2e-3, 0.5, 10


def _affinity(distances, neighbours):
    """Return a symmetric kernel (N, N) on the nearest neighbours, from distances (N, N)."""
    nearest = distances.topk(neighbours + 1, largest=False)
    edges = torch.zeros_like(distances).scatter_(1, nearest.indices[:, 1:], 1.0)
    reach = nearest.values[:, -1]
    kernel = torch.exp(-distances.square() / (reach[:, None] * reach))
    return torch.maximum(edges, edges.mT) * kernel


def _eigenfunctions(kernel, count):
    """Return eigenvalues of the normalised Laplacian, ascending, and unit eigenvectors."""
    root = kernel.sum(dim=1).clamp_min(1e-12).rsqrt()
    values, vectors = torch.linalg.eigh(root[:, None] * kernel * root)
    return 1 - values.flip(0)[:count], vectors.flip(1)[:, :count], root


def functional_map(a, b, n):
    """Latent functional maps: descriptors are bumps around the shared samples, C commutes.

    Fumero, Pegoraro, Maiorca, Locatello & Rodola, NeurIPS 2024; refined as by Ovsjanikov,
    Ben-Chen, Solomon, Butscher & Guibas, ACM Trans. Graph. 31 (2012) 30.
    """
    found = []
    for one in (a, b):
        directions = torch.nn.functional.normalize(one.samples - one.samples.mean(0), dim=1)
        apart = torch.cdist(directions, directions)
        values, vectors, _ = _eigenfunctions(_affinity(apart, GRAPH), FUNCTIONS)
        bumps = torch.exp(-(2 * apart[:, :n] / apart.median()).square())
        described = vectors.mT @ bumps
        found.append((values, vectors * len(vectors) ** 0.5, described / described.norm()))
    (rates_a, source, left), (rates_b, target, right) = found
    product = left @ left.mT + 1e-6 * torch.eye(FUNCTIONS).double()
    rows = [
        torch.linalg.solve(product + COMMUTE * torch.diag((rates_a - rate) ** 2), left @ row)
        for rate, row in zip(rates_b, right, strict=True)
    ]
    turn = torch.stack(rows).mT
    for _ in range(STEPS):
        row = torch.cdist(source @ turn, target).argmin(dim=1)
        row[:n] = torch.arange(n)
        turn = procrustes(source, target[row])
    return b.samples[torch.cdist(source @ turn, target).argmin(dim=1)]


def joint_laplacian(a, b, n):
    """One graph of both networks' samples in which shared ones are one node.

    Ham, Lee & Saul, "Semisupervised alignment of manifolds", AISTATS 2005.
    """
    own = len(a.samples) - n
    places = torch.arange(len(a.samples)), torch.arange(len(b.samples))
    places = places[0], torch.where(places[1] < n, places[1], places[1] + own)
    total = own + len(b.samples)
    kernel = torch.zeros(total, total).double()
    for one, place in zip((a, b), places, strict=True):
        apart = torch.cdist(one.samples, one.samples)
        kernel[place[:, None], place] += _affinity(apart, NEAR)
    _, vectors, root = _eigenfunctions(kernel, JOINT + 1)
    vectors = vectors[:, 1:] * root[:, None]
    vectors = vectors / vectors.square().mean(dim=0).sqrt()
    apart = torch.cdist(vectors[places[0]], vectors[places[1]])
    return b.samples[apart.topk(AVERAGED, largest=False).indices].mean(dim=1)


def _plan(cost, entropy):
    """Return the entropic transport plan (N, M) of uniform weights (Cuturi, NeurIPS 2013)."""
    kernel = -cost / entropy
    rows, columns = cost.new_zeros(len(cost)), cost.new_zeros(cost.shape[1])
    for _ in range(SINKHORN):
        rows = -math.log(len(cost)) - torch.logsumexp(kernel + columns, dim=1)
        columns = -math.log(cost.shape[1]) - torch.logsumexp(kernel + rows[:, None], dim=0)
    return torch.exp(kernel + rows[:, None] + columns)


def _carry(plan, samples):
    return plan @ samples / plan.sum(dim=1, keepdim=True)


def transport(a, b, n):
    """Procrustes and optimal transport by turns, from Procrustes of the shared samples.

    Grave, Joulin & Berthet, "Unsupervised alignment of embeddings with Wasserstein Procrustes",
    AISTATS 2019.
    """
    matched = b.samples[:n]
    for _ in range(ROUNDS):
        (fitted,) = procrustes_map(a.samples[: len(matched)], matched).values()
        cost = torch.cdist(fitted(a.samples)[n:], b.samples[n:]).square()
        found = _carry(_plan(cost / cost.mean(), ENTROPY), b.samples[n:])
        matched = torch.cat([b.samples[:n], found])
    return matched


def gromov_wasserstein(a, b, n):
    """Fused entropic Gromov-Wasserstein; the fused cost is of the distances to shared samples.

    Vayer, Chapel, Flamary, Tavenard & Courty, ICML 2019; Peyre, Cuturi & Solomon, ICML 2016.
    """
    left, right = (torch.cdist(one.samples, one.samples) for one in (a, b))
    left, right = left / left.mean(), right / right.mean()
    known = torch.cdist(left[:, :n], right[:, :n]).square() / n
    plan = _plan(known, 5 * GW_ENTROPY)
    ends = left.square().mean(dim=1)[:, None] + right.square().mean(dim=1)
    for _ in range(GW_ROUNDS):
        cost = (1 - GW_SHARE) * known + GW_SHARE * (ends - 2 * left @ plan @ right)
        plan = _plan(cost, GW_ENTROPY)
    return _carry(plan, b.samples)
