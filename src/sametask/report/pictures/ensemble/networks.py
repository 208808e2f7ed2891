"""How good the networks of an ensemble are, and whether their neurons correspond."""

from __future__ import annotations

import numpy as np

from sametask.report.data.ensemble import Ensemble
from sametask.report.figures.ensemble.gauges import draw_identity, draw_quality
from sametask.report.figures.ensemble.learned import draw_losses
from sametask.report.pictures.picture import Picture
from sametask.report.wording.ensemble import GAUGES, quality_words

# From here on a neuron is the same one in all networks.
SAME = 3.0


def quality_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return the quality of every network by scheme, if networks were trained."""
    quality = {name: store["quality"].ravel() for name, store in ensemble.ensembles.items()}
    quality = {name: values[np.isfinite(values)] for name, values in quality.items()}
    if not any(map(len, quality.values())):
        return []
    words = quality_words(ensemble)
    lost = sum(int((~store["present"]).sum()) for store in ensemble.ensembles.values())
    return [
        Picture(
            "quality",
            "How good the networks are",
            draw_quality(quality, f"{words}, held out"),
            f"The {words} of every network on held-out rows, by scheme.",
            f"A dot is a network of a split. Networks that diverged and are left out: {lost}.",
        )
    ]


def loss_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return the loss of all networks over the epochs by scheme, if networks were trained."""
    losses = {
        name: store["loss"][store["present"]]
        for name, store in ensemble.ensembles.items()
        if "loss" in store
    }
    if not losses:
        return []
    return [
        Picture(
            "loss",
            "How the networks learn",
            draw_losses(losses, "loss on the rows learned from"),
            "Training loss of all networks over the epochs, by scheme.",
            "The median and the middle 90 % of all networks of all splits; the loss of an epoch is "
            "the mean over its batches. Networks that diverged are left out.",
        )
    ]


def identity_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return the identity of every neuron by scheme and gauge, if there is a gauge."""
    identity: dict[str, dict[str, np.ndarray]] = {}
    for name, store in ensemble.gauges.items():
        scheme, gauge = name.split("/")
        identity.setdefault(scheme, {})[GAUGES.get(gauge, gauge)] = store["identity"].ravel()
    if not identity:
        return []
    return [
        Picture(
            "identity",
            "Is neuron i the same one in all networks?",
            draw_identity(identity, ensemble.settings["training"]["members"], SAME),
            "Length of the mean of every neuron over its standard deviation across networks.",
            "A dot is a neuron of a split. With the protocol of the source, networks that begin "
            "with other weights in the order that they were trained in, it measured no identity; "
            "trials of that protocol gave 0.09 on irises and 0.19 on digits.",
        )
    ]
