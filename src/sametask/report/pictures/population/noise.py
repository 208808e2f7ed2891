"""What noise on weights, or on their codes, leaves of what autoencoders give back."""

from __future__ import annotations

import numpy as np

from sametask.report.data.population import Studied
from sametask.report.figures.population.noise import Curves, draw_noise, draw_noise_by_epoch
from sametask.report.pictures.picture import Picture
from sametask.report.wording.autoencoders import PLACES, autoencoder_words
from sametask.report.wording.population import difference_text, minus
from sametask.storage.store import Store
from sametask.weights.scores import Score


def _panels(values: np.ndarray, autoencoders: list[str]) -> Curves:
    """Return curves by place and autoencoder, of values (autoencoder, place, …)."""
    return {
        title: {
            autoencoder_words(name): values[row, column] for row, name in enumerate(autoencoders)
        }
        for column, title in enumerate(PLACES.values())
    }


def _helped(store: Store) -> str:
    """Return how much better it is to learn with noise where there is noise, at both ends."""
    low, *_, high = store.attributes["ratios"]
    sentences = []
    for place, words in PLACES.items():
        found = store.attributes["findings"][place]
        lowest, highest = (difference_text(Score(**found[end])) for end in ("lowest", "highest"))
        until = found["helps_until"]
        helps = "helps nowhere" if until is None else f"helps up to {minus(until)} dB"
        sentences.append(
            f"To learn with {words} {helps}: R² is larger by {lowest} at {minus(low)} dB, and by "
            f"{highest} at {minus(high)} dB."
        )
    return " ".join(sentences)


def noise_pictures(studied: Studied) -> list[Picture]:
    """Return R² over the signal-to-noise ratio, and by epoch at one ratio, if noise was studied."""
    if studied.noise is None:
        return []
    store, trained = studied.noise, studied.population.epochs > 0
    names = store.attributes["autoencoders"]
    ratios, learned_at = np.array(store.attributes["ratios"]), store.attributes["learned_at"]
    by_epoch = store["by_checkpoint"][..., trained]
    return [
        Picture(
            "noise",
            "How much noise codes endure",
            draw_noise(ratios, _panels(store["r2"][..., 1], names)),
            "R² of reconstructed weights over the signal-to-noise ratio.",
            f"Held-out networks. Two of the autoencoders have learned with noise of {learned_at:g} "
            "dB, on the weights or on the codes. To the left there is more noise: at 0 dB, as much "
            f"as there is of the weights. Below −0.5, lines are at the edge. {_helped(store)}",
        ),
        Picture(
            "noise-by-epoch",
            f"Noise of {learned_at:g} dB, by epoch",
            draw_noise_by_epoch(studied.population.epochs[trained], _panels(by_epoch, names)),
            f"R² of reconstructed weights at each epoch with noise of {learned_at:g} dB.",
            "Each epoch by itself, on held-out networks; 0 is the mean network of that epoch.",
        ),
    ]
