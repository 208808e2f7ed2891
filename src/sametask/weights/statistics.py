"""Statistics of the weights of a network: of all of them, of each layer, of each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sametask.populations.layout import LayerWeights

QUANTILES = (0, 1, 25, 50, 75, 99, 100)
STATISTICS = ("mean", "variance", *(f"p{quantile}" for quantile in QUANTILES))
# The two sets of seven that the source names: with the extremes in its tables, with the percentiles
# 1 and 99 in its text.
VARIANTS = {
    "extremes": ("mean", "variance", "p0", "p25", "p50", "p75", "p100"),
    "percentiles": ("mean", "variance", "p1", "p25", "p50", "p75", "p99"),
}
SCOPES = ("whole", "layers", "units")


def parts_of(layers: Sequence[LayerWeights]) -> dict[str, list[np.ndarray]]:
    """Return, for each of ``SCOPES``, the places of the weights of each part."""
    each = [layer.of_units.ravel() for layer in layers]
    return {
        "whole": [np.concatenate(each)],
        "layers": each,
        "units": [places for layer in layers for places in layer.of_units],
    }


def measure(weights: np.ndarray, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return ``STATISTICS`` (…, parts, 9) of weights (…, P): mean, variance, and percentiles.

    The variance divides by the number of weights; percentiles are interpolated linearly.
    """
    found = []
    for places in parts:
        some = weights[..., places]
        percentiles = np.percentile(some, QUANTILES, axis=-1)
        found.append(np.stack([some.mean(axis=-1), some.var(axis=-1), *percentiles], axis=-1))
    return np.stack(found, axis=-2).astype(np.float32)


def chosen(statistics: np.ndarray, variant: str) -> np.ndarray:
    """Return the statistics (…, parts × 7) of one of ``VARIANTS``, part by part."""
    columns = [STATISTICS.index(name) for name in VARIANTS[variant]]
    picked = statistics[..., columns]
    return picked.reshape(*picked.shape[:-2], -1)


def all_statistics(weights: np.ndarray, layers: Sequence[LayerWeights]) -> Mapping[str, np.ndarray]:
    """Return the statistics (…, parts, 9) of every scope, by its name."""
    return {scope: measure(weights, parts) for scope, parts in parts_of(layers).items()}
