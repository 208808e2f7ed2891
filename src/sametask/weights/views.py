"""Networks in the plane: UMAP of their weights, or of statistics of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed, generator
from sametask.config.sections.study_section import NEIGHBOURS
from sametask.populations.stored import StoredPopulation

# As in the source (McInnes et al. 2018 name them), and so many checkpoints at most.
APART, MOST = 0.1, 6000


@dataclass(frozen=True)
class View:
    """Checkpoints in the plane: ``network`` (r,), ``checkpoint`` (r,), ``places`` (r, 2)."""

    network: np.ndarray
    checkpoint: np.ndarray
    places: np.ndarray


def view(inputs: np.ndarray, population: StoredPopulation, seed: int) -> View:
    """Place checkpoints, drawn among all that are there, in the plane by UMAP.

    ``inputs`` (n, E, q) are standardised column by column; distances are Euclidean. Raises
    ``DataError`` if there are too few checkpoints.
    """
    # Compiled when it is imported, which takes seconds.
    from umap import UMAP

    rows = np.argwhere(population.present)
    if len(rows) <= NEIGHBOURS:
        raise DataError(f"{len(rows)} checkpoints are too few for UMAP; it needs {NEIGHBOURS + 1}")
    drawn = generator(seed, "checkpoints in the plane").permutation(len(rows))[:MOST]
    network, checkpoint = rows[np.sort(drawn)].T
    columns = inputs[network, checkpoint].astype(np.float32)
    deviation = columns.std(axis=0)
    columns = (columns - columns.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    reducer = UMAP(
        n_neighbors=NEIGHBOURS,
        min_dist=APART,
        random_state=derived_seed(seed, "UMAP") % 2**32,
        n_jobs=1,
    )
    return View(network, checkpoint, reducer.fit_transform(columns))
