"""Where the weights of each layer and unit stand among those of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from sametask.base.errors import StoreError
from sametask.config.sections.population_section import Population
from sametask.populations.pieces import PIECES, SIDE


@dataclass(frozen=True)
class LayerWeights:
    """The weights of a layer: ``units`` times ``inputs`` numbers from ``start``, unit by unit."""

    start: int
    units: int
    inputs: int

    @property
    def end(self) -> int:
        """The place after the last of its weights."""
        return self.start + self.units * self.inputs

    def of_units(self) -> Iterator[slice]:
        """Yield where the weights of each unit stand."""
        for unit in range(self.units):
            begin = self.start + unit * self.inputs
            yield slice(begin, begin + self.inputs)

    def plain(self) -> dict[str, int]:
        """Return it as JSON values."""
        return asdict(self)


def layers_of(settings: Population) -> list[LayerWeights]:
    """Return the layers of the networks of a population, in their order."""
    layers, start = [], 0
    for inputs, units in pairwise([SIDE * SIDE, *settings.units, len(PIECES)]):
        layers.append(LayerWeights(start, units, inputs))
        start = layers[-1].end
    return layers


def read_layers(plain: Sequence[Mapping[str, Any]], weights: int) -> list[LayerWeights]:
    """Return the layers that a store names; ``StoreError`` unless they are all its ``weights``."""
    layers = [LayerWeights(**layer) for layer in plain]
    end = 0
    for number, layer in enumerate(layers):
        if layer.start != end:
            raise StoreError(f"layer {number} begins at weight {layer.start}, not at {end}")
        end = layer.end
    if end != weights:
        raise StoreError(f"the layers have {end} weights, but a network has {weights}")
    return layers
