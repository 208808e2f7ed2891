"""What matching reads of the stores of a network that has samples of its own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.activations.layout import Layout
from sametask.geometry.metric import mahalanobis_distances
from sametask.maps.routes import Side
from sametask.matching.candidates import Embedded
from sametask.matching.spectral import decay_rates
from sametask.storage.store import Store


def read(store: Store, name: str) -> Tensor:
    """Return an array in double precision."""
    return torch.from_numpy(store[name]).double()


@dataclass(frozen=True)
class Own:
    """One network: where its layers' neurons are, all of them at its samples, and its embedding."""

    layout: Layout
    whole: Tensor
    embedded: Embedded

    @property
    def side(self) -> Side:
        """The network as maps are fitted to it."""
        return Side(self.embedded.activations, self.whole, self.embedded.coordinates)


def read_own(activations: Store, geometry: Store, diffusion: Store) -> Own:
    """Read one network; distances are computed anew, from what they were computed from."""
    samples, frames = read(activations, "fit/samples"), read(geometry, "whitening")
    sigma = geometry.attributes["sigma"]
    embedded = Embedded.of(
        samples,
        mahalanobis_distances(samples, frames, sigma),
        read(diffusion, "eigenvectors"),
        decay_rates(read(diffusion, "eigenvalues"), diffusion.attributes["bandwidth"]),
        frames,
        sigma,
    )
    layout = Layout.from_plain(activations.attributes["layout"])
    return Own(layout, read(activations, "fit/layers"), embedded)
