"""What an encoder of weights attends to, and whether that says how good a network is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.weights import scores
from sametask.weights.attention import Encoder
from sametask.weights.autoencoders import Autoencoder
from sametask.weights.questions import Question

# Held-out networks whose maps are kept, each at one of its checkpoints.
MAPPED = 256
BLOCKS = {"first": 0, "last": -1}


@dataclass(frozen=True)
class Attention:
    """Maps of s networks at one checkpoint each, from the least to the most accurate.

    ``maps`` (s, heads, t, t) of each of ``BLOCKS``: how much every token (row) takes from every
    other (column); global tokens come first, those of the output units last. ``correlations``
    (s, s) between the maps of two networks.
    """

    network: np.ndarray
    checkpoint: np.ndarray
    accuracy: np.ndarray
    maps: dict[str, np.ndarray]
    correlations: dict[str, np.ndarray]


def encoder_of(model: Autoencoder) -> Encoder:
    """Return the encoder by attention of an autoencoder, or raise ``DataError``."""
    parts = model.encoder.children() if isinstance(model.encoder, nn.Sequential) else ()
    for part in parts:
        if isinstance(part, Encoder):
            return part
    raise DataError("only autoencoders of the kinds attention-1 and attention-2 have attention")


def attend(
    model: Autoencoder, weights: np.ndarray, accuracy: Question, networks: np.ndarray, seed: int
) -> Attention:
    """Draw held-out ``networks``, each at one counted checkpoint, and record their maps.

    ``weights`` (n, E, P) are those of all networks.
    """
    random = generator(seed, "networks whose attention is kept")
    drawn = random.permutation(networks)[:MAPPED]
    counted = accuracy.counted[drawn]
    drawn, counted = drawn[counted.any(axis=1)], counted[counted.any(axis=1)]
    checkpoint = np.array([random.choice(np.flatnonzero(row)) for row in counted])
    order = accuracy.values[drawn, checkpoint].argsort(kind="stable")
    drawn, checkpoint = drawn[order], checkpoint[order]
    rows = torch.from_numpy(weights[drawn, checkpoint])
    with torch.no_grad():
        found = encoder_of(model).attention((rows - model.centre) / model.scale).numpy()
    maps = {name: found[:, block] for name, block in BLOCKS.items()}
    correlations = {name: np.corrcoef(some.reshape(len(some), -1)) for name, some in maps.items()}
    return Attention(drawn, checkpoint, accuracy.values[drawn, checkpoint], maps, correlations)


def likeness(correlations: np.ndarray, seed: int) -> dict[str, scores.Score]:
    """Return the mean correlation among the weak half of networks, the strong half, and its excess.

    ``correlations`` (s, s) are sorted by accuracy. A resample draws networks; a network and its
    copy are no pair.
    """
    middle = len(correlations) // 2
    apart = correlations * (1 - np.eye(len(correlations)))
    others = 1 - np.eye(len(correlations))

    def among(weight: np.ndarray, half: slice) -> np.ndarray:
        own = weight[..., half]
        sums = (((own @ some[half, half]) * own).sum(axis=-1) for some in (apart, others))
        # Of a few networks, a resample may hold but one, and no pair.
        return next(sums) / np.maximum(next(sums), 1)

    whole, drawn = np.ones(len(correlations)), scores.resamples(len(correlations), seed)
    halves = slice(None, middle), slice(middle, None)
    weak, strong = ((among(whole, half), among(drawn, half)) for half in halves)
    return {
        "weak": scores.interval(*weak),
        "strong": scores.interval(*strong),
        "excess": scores.interval(weak[0] - strong[0], weak[1] - strong[1]),
    }


def of_the_end(accuracy: Question) -> Question:
    """Return a question that counts the last checkpoint alone: no epoch is told there."""
    counted = np.zeros_like(accuracy.counted)
    counted[:, -1] = accuracy.counted[:, -1]
    return replace(accuracy, counted=counted)


def findings(attention: Attention, outputs: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return for each block how much goes to the ``outputs`` output units, and the likeness.

    ``share``: the mean over networks, heads and tokens; ``even``: what it were if all tokens were
    attended to alike; ``with_accuracy``: Kendall's τ of it with the accuracy of the networks.
    """
    said: dict[str, dict[str, Any]] = {}
    for block, maps in attention.maps.items():
        share = maps[..., -outputs:].sum(axis=-1).mean(axis=(1, 2)).astype(float)[:, None]
        there, accuracy = np.ones(share.shape, bool), attention.accuracy[:, None]
        said[block] = {
            "share": scores.ratio(share, np.ones(share.shape), there, seed).plain(),
            "even": outputs / maps.shape[-1],
            "with_accuracy": scores.rank_correlation(share, accuracy, there),
            **{
                name: score.plain()
                for name, score in likeness(attention.correlations[block], seed).items()
            },
        }
    return said
