"""The posterior of a teacher, transformed to the shape of a smaller student.

A hidden neuron is removed by conditioning the weights out of it at 0, since then it changes nothing
whatever the weights into it are: these are marginalised. A layer is removed by conditioning its
matrix at the identity and its biases at 0. (Grabovoy and Strijov 2021.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sametask.base.errors import DataError
from sametask.neurons.distillation.gaussians import Gaussian
from sametask.populations.layout import LayerWeights


def outgoing(layers: Sequence[LayerWeights], depth: int) -> np.ndarray:
    """Return the places (units, q) of the weights out of each hidden unit of a layer."""
    return layers[depth + 1].kernel[..., 0].T


def without_neurons(
    posterior: Gaussian, layers: Sequence[LayerWeights], hidden: Sequence[int]
) -> tuple[Gaussian, list[np.ndarray]]:
    """Return the posterior conditioned so that ``hidden`` units of each layer are left, and which.

    One after another, that unit goes whose outgoing weights are nearest to 0 in their own
    deviations, mᵀ Σ⁻¹ m, given that those before are gone. No row of data is looked at.
    """
    kept = [np.arange(len(layer.kernel)) for layer in layers[:-1]]
    for _ in range(sum(map(len, kept)) - sum(hidden)):
        nearest = [
            (posterior.distance(_read(layers, depth, kept)[place]), depth, place)
            for depth, wanted in enumerate(hidden)
            if len(kept[depth]) > wanted
            for place in range(len(kept[depth]))
        ]
        _, depth, place = min(nearest)
        posterior = posterior.conditioned(_read(layers, depth, kept)[place], 0.0)
        kept[depth] = np.delete(kept[depth], place)
    return posterior, kept


def _read(layers: Sequence[LayerWeights], depth: int, kept: Sequence[np.ndarray]) -> np.ndarray:
    """Return the places of weights from each kept unit of a layer to units that are kept."""
    places = outgoing(layers, depth)[kept[depth]]
    return places[:, kept[depth + 1]] if depth + 1 < len(kept) else places


def of_student(
    posterior: Gaussian, layers: Sequence[LayerWeights], kept: Sequence[np.ndarray]
) -> Gaussian:
    """Return the Gaussian of the weights among kept units, in the student's order.

    The order of a student's weights is that of its teacher: layer by layer, then the biases.
    """
    inputs, outputs = layers[0].kernel.shape[1], len(layers[-1].kernel)
    units = [np.arange(inputs), *kept, np.arange(outputs)]
    places = []
    for depth, layer in enumerate(layers):
        rows = units[depth + 1]
        places += [layer.kernel[np.ix_(rows, units[depth])].ravel(), layer.biases[rows].ravel()]
    return posterior.marginal(np.concatenate(places))


def without_layer(posterior: Gaussian, layers: Sequence[LayerWeights], depth: int) -> Gaussian:
    """Return the posterior without a layer (0 is the first), given that it passes on its input.

    That is exact after a rectifier. Raises ``DataError`` unless the layer has as many inputs as
    units.
    """
    units, inputs, _ = layers[depth].kernel.shape
    if units != inputs:
        raise DataError(
            f"layer {depth + 1} has {inputs} inputs and {units} units: only one with as many of "
            "both can be removed"
        )
    places = layers[depth].of_units
    known = posterior.conditioned(places.ravel(), np.eye(units, units + 1).ravel())
    return known.marginal(np.setdiff1d(np.arange(len(known.mean)), places))
