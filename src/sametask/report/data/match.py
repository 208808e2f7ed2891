"""What the report reads of a pair of which only a few inputs are shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.errors import StoreError
from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import Network, Pair
from sametask.report.data.reading import OF_MAPS, open_pair
from sametask.storage.store import Store, read_json

# Number of places whose distances to all samples are in memory at once.
BLOCK = 500


@dataclass(frozen=True)
class MatchedPair(Pair):
    """A pair whose networks have samples of their own; the first ``anchors`` are shared."""

    study: Store | None

    @property
    def stores(self) -> list[Store]:
        """Everything that was stored of the pair."""
        return [*super().stores, *([self.study] if self.study else [])]

    @property
    def unrouted(self) -> None:
        """``None``: if no match was found, nothing failed, and the match itself says why."""
        return None

    @property
    def studied(self) -> Store:
        """The study of its shared inputs; ``StoreError`` where none was asked for."""
        if self.study is None:
            raise StoreError(f"{self.name}: no study of shared inputs")
        return self.study

    @property
    def match(self) -> Mapping[str, Any]:
        """What the search for a match says of itself."""
        return self.alignment.attributes

    @property
    def anchors(self) -> int:
        """The number of shared inputs."""
        return self.match["anchors"]

    def places(self, direction: str) -> np.ndarray:
        """Return the target's coordinates (N, k) where the source's fit samples belong."""
        return self.alignment[f"{direction}/coordinates"]

    def nearest(self, direction: str) -> np.ndarray:
        """Return the target's fit sample (N,) nearest to the place of each source sample."""
        places, (_, target) = self.places(direction), self.ends(direction)
        coordinates = target.diffusion["eigenvectors"][:, : places.shape[1]]
        lengths = (coordinates**2).sum(axis=1)
        blocks = np.array_split(places, -(-len(places) // BLOCK))
        return np.concatenate(
            [(lengths - 2 * block @ coordinates.T).argmin(axis=1) for block in blocks]
        )

    def study_errors(self, name: str) -> dict[str, np.ndarray]:
        """Return a map's relative errors (counts, choices) in the study, by direction."""
        return {direction: self.studied[f"errors/{name}/{direction}"] for direction in DIRECTIONS}


def open_matched(samples: Store, a: Network, b: Network, place: Mapping[str, str]) -> MatchedPair:
    """Open a pair, and the study of its shared inputs if ``study`` is among the paths."""
    stores = open_pair(samples, a, b, place, (*OF_MAPS, "study"))
    return MatchedPair(
        a,
        b,
        facts=read_json(place["facts"]),
        alignment=stores["alignment"],
        transformation=stores["transformation"],
        evaluation=stores["evaluation"],
        study=stores.get("study"),
    )
