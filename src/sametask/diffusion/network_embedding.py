"""The diffusion map of a network, from the stores of its activations and of its geometry.

It also runs in datafold's environment: do not import packages that are missing there, such as
pydantic.
"""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor

from sametask.activations.slices import sample_groups
from sametask.base.errors import DataError
from sametask.diffusion.bandwidth import choose_neighbour
from sametask.diffusion.datafold_solver import datafold_solver
from sametask.diffusion.embedding import embed, euclidean_coordinates
from sametask.diffusion.kernel import leading_eigenpairs
from sametask.geometry.metric import mahalanobis_distances
from sametask.storage.store import Store


def _euclidean(
    samples: Tensor,
    coordinates: int,
    bandwidth: str | float,
    neighbour: int | str,
    selection: str,
    rank: int,
) -> dict[str, Tensor]:
    """Return the Euclidean coordinates, or nothing if they fail: only an ablation needs them."""
    try:
        vectors = euclidean_coordinates(samples, coordinates, bandwidth, neighbour, selection, rank)
    except DataError as error:
        logging.getLogger(__name__).warning("no Euclidean coordinates: %s", error)
        return {}
    return {"euclidean/eigenvectors": vectors}


def embed_network(
    recorded: Store,
    local: Store,
    engine: str,
    coordinates: int | str,
    bandwidth: str | float,
    neighbour: int | str,
    selection: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the attributes of ``diffusion.zarr``; settings are those of ``embed``.

    ``recorded`` are the activations of a network, ``local`` its geometry; ``engine`` is ``native``
    or ``datafold``. The arrays are ``eigenvalues`` (k,), ``eigenvectors`` (N, k),
    ``euclidean/eigenvectors`` of the Euclidean metric, and ``samples`` (N,) if samples have several
    rows. Raises ``DataError`` as ``embed`` and the engine do.
    """
    samples = recorded["fit/samples"].astype(float)
    sigma, rank = local.attributes["sigma"], local.attributes["rank"]
    datafold = engine == "datafold"
    whole = local["whitening"] if datafold else None
    solve = leading_eigenpairs if whole is None else datafold_solver(samples, whole, sigma)
    points = torch.from_numpy(samples)
    place = choose_neighbour(neighbour, rank, len(samples), local.attributes["ridge"])
    settings = bandwidth, place, selection, rank
    distances = mahalanobis_distances(points, local.lazy("whitening"), sigma)
    embedding = embed(distances, coordinates, *settings, solve)
    # The ablation changes the metric alone: it has as many coordinates as the embedding.
    kept = embedding.eigenvectors.shape[1]
    arrays: dict[str, Any] = {
        "eigenvalues": embedding.eigenvalues,
        "eigenvectors": embedding.eigenvectors,
        **_euclidean(points, kept, *settings),
    }
    groups = sample_groups(recorded, "fit")
    if groups is not None:
        arrays["samples"] = groups
    return arrays, embedding.facts
