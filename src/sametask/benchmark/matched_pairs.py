"""Match layers with known relations, each on its own samples and a few shared inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.base.relations import EQUIVALENT
from sametask.benchmark.judge import Pair
from sametask.benchmark.tasks import INPUTS
from sametask.benchmark.zoo import DEPTHS, Group, Place
from sametask.config.sections.benchmark_section import SameTask
from sametask.diffusion.bandwidth import choose_neighbour, knn_bandwidth
from sametask.diffusion.kernel import leading_eigenpairs
from sametask.geometry.covariance import jacobian_spectrum
from sametask.geometry.metric import mahalanobis_distances, whitening
from sametask.geometry.rank import choose_rank
from sametask.inputs.perturbations import standard_deviation
from sametask.jobs.workers import on_workers
from sametask.matching.candidates import Embedded, Shared
from sametask.matching.match import RIGHT, Match, match
from sametask.matching.spectral import decay_rates
from sametask.networks.stacked import StackedPerceptron
from sametask.splines.thin_plates import fit_radial_basis
from sametask.statistics.variance import relative_error

COORDINATES, TEST = 20, 300
# A match is found if its confidence reaches this.
THRESHOLD = 0.5

Function = Callable[[Tensor], Tensor]


def layer_function(stacks: Sequence[tuple[Group, StackedPerceptron]], place: Place) -> Function:
    """Return a layer as a module from inputs (…, 4) to activations (…, m) of known content."""
    # The networks of the zoo are numbered in the order of all groups.
    members = [(stack, row) for group, stack in stacks for row in range(len(group.tasks))]
    stack, row = members[place.network]
    modules = list(stack.member(row).requires_grad_(False))
    depth = DEPTHS[place.kind]
    if place.kind != "outputs":
        # A linear map and its activation for each layer.
        return torch.nn.Sequential(*modules[: 2 * (depth + 1)])
    # Stacked networks have as many outputs as the widest of their tasks.
    width, last = place.layer.test.shape[1], cast(torch.nn.Linear, modules[-1])
    outputs = torch.nn.utils.skip_init(
        torch.nn.Linear, last.in_features, width, dtype=torch.float64
    )
    outputs.weight.data, outputs.bias.data = last.weight[:width], last.bias[:width]
    return torch.nn.Sequential(*modules[:-1], outputs).requires_grad_(False)


def own_inputs(network: int, count: int, anchors: int, seed: int) -> Tensor:
    """Return a network's inputs (N, 4): the first ``anchors`` are shared by all networks."""
    shared = generator(seed, "matching shared inputs").uniform(-1, 1, (anchors, INPUTS))
    draw = generator(seed, f"matching inputs {network}")
    others = draw.uniform(-1, 1, (count - anchors, INPUTS))
    return torch.cat([torch.from_numpy(shared), torch.from_numpy(others)])


def inputs_for_test(seed: int) -> Tensor:
    """Return the inputs (300, 4) that matched maps are judged on."""
    return torch.from_numpy(generator(seed, "matching test inputs").uniform(-1, 1, (TEST, INPUTS)))


@dataclass(frozen=True)
class EmbeddedLayer:
    """A layer embedded on its own samples, and its activations (n, m) on the test inputs."""

    embedded: Embedded
    test: Tensor


def embed_layer(function: Function, inputs: Tensor, test: Tensor, sigma: float) -> EmbeddedLayer:
    """Embed a layer on its own inputs (N, 4) by exact derivatives; ``sigma`` in input units."""
    activations = function(inputs)
    jacobians = torch.func.vmap(torch.func.jacrev(function))(inputs)
    values, vectors = jacobian_spectrum(jacobians, sigma)
    rank = choose_rank(values, values.new_zeros(len(values)))
    weights = whitening(values, vectors, rank)
    distances = mahalanobis_distances(activations, weights, sigma)
    bandwidth = knn_bandwidth(distances, choose_neighbour("auto", rank, len(inputs)))
    decay, coordinates = leading_eigenpairs(distances, bandwidth, COORDINATES)
    rates = decay_rates(decay, bandwidth)
    return EmbeddedLayer(
        Embedded.of(activations, distances, coordinates, rates, weights, sigma), function(test)
    )


def map_error(result: Match, a: EmbeddedLayer, b: EmbeddedLayer) -> float | None:
    """Return the error of the matched map on the test inputs, relative to the variance of b.

    The map consists of thin-plate splines from a's samples to their places on b. ``None`` if there
    are no places, or no splines.
    """
    if result.matched is None:
        return None
    try:
        carry = fit_radial_basis(a.embedded.activations, result.matched.forward.activations)
    except DataError:
        return None
    error = relative_error(carry(a.test), b.test)
    return error if error is not None and isfinite(error) else None


def match_pair(pair: Pair, a: EmbeddedLayer, b: EmbeddedLayer, anchors: int) -> dict[str, Any]:
    """Return the row of a pair: truth, match, evidence, and the error of the map."""
    rows = torch.arange(anchors)
    result = match(a.embedded, b.embedded, Shared(rows, rows), THRESHOLD)
    error = map_error(result, a, b)
    stress = max(result.matched.stress.values()) if result.matched else None
    return {
        "a": pair.a.name,
        "b": pair.b.name,
        "layers": [pair.a.kind, pair.b.kind],
        "kind": pair.kind,
        "truth": pair.truth,
        "ranks": [a.embedded.rank, b.embedded.rank],
        "found": result.found,
        "confidence": result.confidence,
        "confidence_interval": list(result.interval),
        "stress": stress if stress is not None and isfinite(stress) else None,
        "p_value": result.agreement.p_value if result.agreement else None,
        "error": error,
        "right": pair.truth == EQUIVALENT and error is not None and error < RIGHT,
        "reasons": result.reasons,
        "seconds": result.seconds,
    }


def match_pairs(
    stacks: Sequence[tuple[Group, StackedPerceptron]],
    pairs: Sequence[Pair],
    settings: SameTask,
    workers: int,
) -> list[dict[str, Any]]:
    """Return the row of every pair; each layer is embedded once, on one thread per worker."""
    seed, anchors, sigma = settings.seed, settings.match_anchors, standard_deviation(settings.delta)
    used = {(place.network, place.kind): place for pair in pairs for place in (pair.a, pair.b)}
    test = inputs_for_test(seed)
    layers = [
        (
            layer_function(stacks, place),
            own_inputs(place.network, settings.fit, anchors, seed),
            test,
            sigma,
        )
        for place in used.values()
    ]
    embedded = on_workers(embed_layer, layers, workers, "layers")
    by_layer = dict(zip(used, embedded, strict=True))
    calls = [
        (pair, *(by_layer[place.network, place.kind] for place in (pair.a, pair.b)), anchors)
        for pair in pairs
    ]
    return list(on_workers(match_pair, calls, workers, "pairs"))
