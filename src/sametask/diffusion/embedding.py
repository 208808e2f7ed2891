"""Diffusion maps: kernel, bandwidth, eigenpairs, and which of them to keep.

Coifman & Lafon, "Diffusion maps", ACHA 2006, with their density normalisation α = 1: eigenvectors
then do not depend on the density of the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sametask.base.magnitude import require_moderate
from sametask.diffusion.bandwidth import choose_bandwidth, choose_neighbour
from sametask.diffusion.kernel import leading_eigenpairs, require_count
from sametask.diffusion.pieces import require_whole
from sametask.diffusion.selection import LAST_END, before_widest_gap, new_directions, non_harmonic
from sametask.statistics.distances import exact_distances


@dataclass(frozen=True)
class Embedding:
    """Eigenvalues (k,), eigenvectors (N, k), and attributes on how they were computed."""

    eigenvalues: Tensor
    eigenvectors: Tensor
    facts: dict[str, Any]


def _candidates(coordinates: int | str, selection: str, samples: int) -> int:
    """Return the number of eigenvectors among which the coordinates are chosen."""
    if isinstance(coordinates, str):
        return min(LAST_END + 1, samples - 2)
    return coordinates if selection == "leading" else min(5 * coordinates, samples - 2)


def embed(
    distances: Tensor,
    coordinates: int | str,
    bandwidth: str | float,
    neighbour: int | str,
    selection: str,
    rank: int,
    solve: Callable[[Tensor, float, int], tuple[Tensor, Tensor]] = leading_eigenpairs,
) -> Embedding:
    """Return k diffusion coordinates of squared distances (N, N), with settings as configured.

    ``coordinates`` is k, or ``auto`` for that of ``before_widest_gap``. ``neighbour`` may be
    ``auto``: it then follows from the ``rank``, the number of local directions, as in
    ``choose_neighbour``. The ``selection`` ``non-harmonic`` chooses among five times as many
    eigenvectors. ``solve`` computes the eigenpairs; datafold's solver may be used instead of ours.
    Raises ``DataError`` if the kernel falls into pieces, or has fewer eigenvectors, or new
    directions, than asked for.
    """
    place = choose_neighbour(neighbour, rank, len(distances))
    epsilon, facts = choose_bandwidth(distances, bandwidth, place)
    facts |= {"bandwidth": epsilon, "selection": selection}
    wanted = _candidates(coordinates, selection, len(distances))
    values, vectors = solve(distances, epsilon, wanted)
    require_whole(values, distances, facts)
    if isinstance(coordinates, str):
        kept = torch.arange(before_widest_gap(values))
    else:
        require_count(values, wanted, epsilon)
        leading = selection == "leading"
        kept = torch.arange(wanted) if leading else non_harmonic(vectors, coordinates)
    facts |= {"selected": (kept + 1).tolist()}
    return Embedding(values[kept], vectors[:, kept], facts)


def euclidean_coordinates(
    activations: Tensor,
    coordinates: int,
    bandwidth: str | float,
    neighbour: int | str,
    selection: str,
    rank: int,
) -> Tensor:
    """Return diffusion coordinates (N, ≤ k) under the Euclidean metric of activations (N, m).

    An ablation of the metric: the settings are those of ``embed``, with these differences. A
    ``bandwidth`` given as a number is in squared input units and has no meaning here, so that the
    rule ``knn`` is used. If the kernel has fewer eigenvectors, or fewer new directions, than k,
    fewer coordinates are returned. If it falls into pieces, coordinates are constant on the
    pieces. Raises ``DataError`` if activations coincide, so that there is no bandwidth.
    """
    require_moderate(activations, "activations")
    distances = exact_distances(activations, activations).square()
    rule = bandwidth if isinstance(bandwidth, str) else "knn"
    place = choose_neighbour(neighbour, rank, len(distances))
    epsilon, _ = choose_bandwidth(distances, rule, place)
    count = _candidates(coordinates, selection, len(distances))
    vectors = leading_eigenpairs(distances, epsilon, count)[1]
    if selection == "leading":
        return vectors
    return vectors[:, new_directions(vectors, coordinates)]
