"""Weights in a few numbers: how well autoencoders give them back."""

from __future__ import annotations

import numpy as np

from sametask.report.data.population import Studied
from sametask.report.figures.population.told import draw_by_checkpoint
from sametask.report.figures.population.training import draw_curves
from sametask.report.pictures.picture import Picture
from sametask.report.wording.autoencoders import autoencoder_words

# Lines and trainings of a figure.
DRAWN, TRAININGS = 10, 9


def _by_checkpoint(studied: Studied) -> Picture:
    trained = studied.population.epochs > 0
    scores = {
        autoencoder_words(name): np.where(trained, store["by_checkpoint"], np.nan)
        for name, store in list(studied.codes.items())[:DRAWN]
    }
    mean = ("the mean of the epoch", 0.0)
    return Picture(
        "codes-by-epoch",
        "How well weights are given back at each epoch",
        draw_by_checkpoint(studied.population.epochs, scores, "R² of weights", mean),
        "R² of reconstructed weights at each epoch, for each autoencoder.",
        "R² over all weights of held-out networks at each epoch by itself. 1: given back as they "
        "were; dashed: no better than the mean network of that epoch. Untrained weights are random "
        "and cannot be put into fewer numbers; the more structure a training brings, the better "
        "they can. Weights in raw order and aligned ones are not the same task.",
    )


def _curves(studied: Studied) -> list[Picture]:
    curves = {
        autoencoder_words(name): {
            part: store[f"curve/{part}"] for part in ("steps", "learned", "judged")
        }
        for name, store in studied.codes.items()
        if "curve/steps" in store
    }
    if not curves:
        return []
    return [
        Picture(
            "codes-training",
            "How the autoencoders learned",
            draw_curves(dict(list(curves.items())[:TRAININGS]), "error / variance"),
            "Losses of the autoencoders over the steps of their training.",
            "Where both lines part, an autoencoder knows the networks that it learned from better "
            "than others. Circle: what is kept, the step that is best on the networks to choose "
            "by.",
        )
    ]


def codes_pictures(studied: Studied) -> list[Picture]:
    """Return the figures of the autoencoders, if there are any."""
    return [_by_checkpoint(studied), *_curves(studied)] if studied.codes else []
