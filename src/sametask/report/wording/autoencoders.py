"""Words about autoencoders of weights, by the parts of their names."""

from __future__ import annotations

KINDS = {
    "pca": "principal components",
    "perceptron": "perceptron",
    "perceptron-answers": "perceptron that keeps outputs",
    "attention-1": "attention I",
    "attention-2": "attention II",
}
ORDERS = {"raw": "raw order", "aligned": "aligned"}
# Where noise is added, while an autoencoder learns and when it is judged.
PLACES = {"input": "noise on the weights", "code": "noise on the codes"}


def autoencoder_words(name: str) -> str:
    """Return what an autoencoder is, in which order it sees units, and with which noise it learns.

    A name that is not known stays as it is.
    """
    of, _, noise = name.partition("-noisy-")
    kind, _, order = of.rpartition("-")
    if kind not in KINDS or order not in ORDERS or (noise and noise not in PLACES):
        return name
    learned = f", learned with {PLACES[noise]}" if noise else ""
    return f"{KINDS[kind]}, {ORDERS[order]}{learned}"
