"""Estimators judged where the covariance is known: linear dependence with normal noise.

The truth is σ²(XᵀX)⁻¹, the covariance of least squares over new noise: what Bayes and Laplace
estimate. Over new inputs as well, which bootstrap and sandwich estimate, it is the mean of that
over inputs, from which it is off by about √(d/n).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import binomtest, chi2

from sametask.base.errors import ConfigError
from sametask.config.sections.ensemble_data_sections import LinearGaussian
from sametask.config.sections.ensemble_section import Ensemble
from sametask.neurons.covariances.network import SPLIT
from sametask.neurons.covariances.replications import Replications, with_ones
from sametask.neurons.data.linear import true_weights
from sametask.neurons.data.rows import Rows
from sametask.neurons.moments import Moments

# Share of ellipsoids that should hold the true weights.
CONFIDENCE = 0.95
# Replications that are estimated at once.
TOGETHER = 100


def analytic(inputs: np.ndarray, noise: float) -> np.ndarray:
    """Return σ²(XᵀX)⁻¹ (…, d + 1, d + 1) for inputs (…, n, d); the bias comes last."""
    design = with_ones(inputs)
    return noise**2 * np.linalg.inv(design.mT @ design)


def relative_error(covariance: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return ‖Σ̂ − Σ‖ / ‖Σ‖ by Frobenius' norm, for matrices (…, d, d)."""
    missed = np.linalg.norm(covariance - truth, axis=(-2, -1))
    return missed / np.linalg.norm(truth, axis=(-2, -1))


def inside(mean: np.ndarray, covariance: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return whether each 95 % ellipsoid (r,) around a mean (r, d) holds the true weights (d,)."""
    off = (true - mean)[..., None]
    distance = (off.mT @ np.linalg.solve(covariance, off))[..., 0, 0]
    return distance <= chi2.ppf(CONFIDENCE, len(true))


def _share(hits: np.ndarray) -> dict[str, float]:
    """Return the share of hits (r,) with Wilson's interval."""
    test = binomtest(int(hits.sum()), len(hits))
    low, high = test.proportion_ci(CONFIDENCE, method="wilson")
    return {"low": float(low), "estimate": float(test.statistic), "high": float(high)}


def _middle(values: np.ndarray) -> dict[str, float]:
    """Return the median of values (r,), and between which 95 % of them are."""
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975])
    return {"low": float(low), "estimate": float(middle), "high": float(high)}


def replicated(names: list[str], data: LinearGaussian, asked: Ensemble, rows: int) -> dict:
    """Return by estimator the ``coverage`` and the ``errors`` over data sets that are drawn anew."""
    settings, seed = asked.neurons.covariances, asked.seed
    hits: dict[str, list] = {name: [] for name in names}
    errors: dict[str, list] = {name: [] for name in names}
    for start in range(1, settings.replications + 1, TOGETHER):
        end = min(start + TOGETHER, settings.replications + 1)
        drawn = Replications.drawn(data, seed, rows, range(start, end))
        truth = analytic(drawn.inputs, data.noise)
        estimated = drawn.estimated(names, asked.training.members, settings)
        for name, (mean, covariance) in estimated.items():
            hits[name].append(inside(mean, covariance, true_weights(data, seed)))
            errors[name].append(relative_error(covariance, truth))
    return {
        name: {
            "coverage": _share(np.concatenate(hits[name])),
            "errors": _middle(np.concatenate(errors[name])),
        }
        for name in names
    }


def judged(rows: Rows, found: Mapping[str, Moments], asked: Ensemble) -> dict[str, Any]:
    """Return how far the moments by each estimator are from the truth, as JSON values.

    ``error`` is that of the networks that were trained; ``coverage`` and ``errors`` are over data
    sets that are drawn anew. There, the runs of the bootstrap are exact optima; the others see no
    more than they do of an ensemble. ``ConfigError`` unless the data are linear.
    """
    data = asked.data
    if not isinstance(data, LinearGaussian):
        raise ConfigError(f"data.of: no covariance is known of {data.of}; use linear_gaussian")
    learned = rows.inputs[~rows.held_out[SPLIT]].astype(float)
    truth = analytic(learned, data.noise)
    estimators = replicated(list(found), data, asked, len(learned))
    for name, moments in found.items():
        estimators[name]["error"] = float(relative_error(moments.covariance[0], truth))
    return {
        "rows": len(learned),
        "condition": data.condition,
        "replications": asked.neurons.covariances.replications,
        "runs": asked.training.members,
        "estimators": estimators,
    }
