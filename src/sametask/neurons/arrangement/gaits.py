"""Circles in ensembles that learn gaits of several rhythms, and in narrower networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from sametask.base.errors import ConfigError
from sametask.config.sections.ensemble_data_sections import Gait
from sametask.config.sections.ensemble_section import Autoencoder, Ensemble
from sametask.neurons.arrangement.answers import answer_metric
from sametask.neurons.arrangement.circle import find_circle, principal
from sametask.neurons.arrangement.rhythm import exceeded, surrogate_shares
from sametask.neurons.data.draw import draw
from sametask.neurons.data.rows import Rows
from sametask.neurons.gauge import fix
from sametask.neurons.members import Members
from sametask.neurons.training import Trained, train
from sametask.weights.scores import ratio


def _fewer(settings: Ensemble, members: int, **changed: Any) -> Ensemble:
    """Return the settings of an ensemble of fewer networks, and with other data or network."""
    training = settings.training.model_copy(update={"members": members})
    return settings.model_copy(update={"training": training} | changed)


def _trained(rows: Rows, settings: Ensemble) -> Trained:
    return train(rows, settings, settings.training.schemes[0])


class Circles:
    """Circles of output neurons of one ensemble, beside what red noise like its series gives."""

    def __init__(self, networks: Members, layer: int, rows: Rows, surrogates: int, seed: int):
        self.networks, self.layer = networks, layer
        self.metric = answer_metric(networks, layer, rows)
        windows = rows.wanted[~rows.held_out[0]].astype(float)
        self.variance = float(windows.var(axis=0, ddof=1).sum())
        self.others = surrogate_shares(rows, len(self.metric), surrogates, seed)

    def of(self, means: np.ndarray) -> dict[str, Any]:
        """Return the circle of means (K, d) in the metric of answers, as JSON values.

        ``share`` of the variance of windows turns, and ``p`` is how often as much of red noise
        does. ``weights`` is the circle of the weights as they are; ``places`` (K, 2) stand in the
        plane.
        """
        weights = self.networks.weights_only(means, self.layer)
        found = find_circle(weights @ self.metric)
        share = found.turning / self.variance
        return {
            **found.plain(),
            "share": share,
            "p": exceeded(share, self.others),
            "surrogates": len(self.others),
            "red": float(np.quantile(self.others, 0.95)),
            "weights": find_circle(weights).plain(),
            "places": principal(weights @ self.metric)[:, :2].tolist(),
        }


def of_rhythm(settings: Ensemble, dominant: float, members: int, surrogates: int) -> dict[str, Any]:
    """Return the circle of an ensemble that learns a gait with a dominant frequency in Hz.

    ``expected`` is the period rate / dominant. ``ConfigError`` if the data are not a gait.
    """
    if not isinstance(settings.data, Gait):
        raise ConfigError(
            f"neurons.circle.dominant: data.of is {settings.data.of}, and only gait has a rhythm "
            "that can be chosen"
        )
    harmonic = 1 + int(np.argmax(settings.data.harmonics))
    data = settings.data.model_copy(update={"stride": dominant / harmonic})
    varied = _fewer(settings, members, data=data)
    rows, layer = draw(varied.drawn()), settings.neurons.layer
    fixed = fix(_trained(rows, varied).members, settings.neurons.gauges[-1], layer).members
    means = fixed.neurons(layer)[0][fixed.present[0]].mean(axis=0)
    circles = Circles(fixed, layer, rows, surrogates, settings.neurons.seed)
    return {"dominant": dominant, "expected": data.rate / dominant, **circles.of(means)}


def narrower_error(settings: Ensemble, hidden: int, members: int) -> dict[str, Any]:
    """Return held-out errors with fewer hidden units as a ratio to those of the ensemble.

    Both begin with the same seed and draw the same rows, so that network i of one is compared with
    network i of the other; the interval is over networks that diverged in neither. ``ConfigError``
    if the network is no autoencoder.
    """
    if not isinstance(settings.network, Autoencoder):
        raise ConfigError(
            f"neurons.circle.narrower: network.kind is {settings.network.kind}; use autoencoder"
        )
    networks = settings.network.model_copy(update={"hidden": hidden}), settings.network
    rows = draw(settings.drawn())
    both = [_trained(rows, _fewer(settings, members, network=one)) for one in networks]
    there = (both[0].members.present & both[1].members.present)[0]
    narrow, wide = (one.quality[0][there, None] for one in both)
    score = ratio(narrow, wide, np.ones_like(wide, dtype=bool), settings.neurons.seed)
    return {
        "hidden": [hidden, settings.network.hidden],
        "errors": [float(narrow.mean()), float(wide.mean())],
        "ratio": score.plain(),
        "networks": int(there.sum()),
    }
