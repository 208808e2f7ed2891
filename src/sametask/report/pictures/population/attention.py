"""What a model of weights attends to, in a good network and in a bad one."""

from __future__ import annotations

import numpy as np

from sametask.report.data.population import Studied
from sametask.report.figures.population.attention import draw_attention, draw_correlations
from sametask.report.pictures.picture import Picture
from sametask.report.wording.autoencoders import autoencoder_words
from sametask.report.wording.population import difference_text, figure_text, score_text
from sametask.storage.store import Store
from sametask.weights.scores import Score

# The block whose maps are drawn.
BLOCK = "last"


def _tokens(studied: Studied, count: int) -> list[str]:
    """Return the names of tokens: global ones first, then units; numbers if these do not fit."""
    *hidden, outputs = [len(layer.kernel) for layer in studied.population.layers]
    units = [f"hidden {number}" for number in range(1, sum(hidden) + 1)]
    units += [f"output {number}" for number in range(1, outputs + 1)]
    extra = count - len(units)
    if extra < 0:
        return [str(number) for number in range(1, count + 1)]
    return ["global" if extra == 1 else f"global {one}" for one in range(1, extra + 1)] + units


def _maps(studied: Studied, store: Store, accuracy: np.ndarray) -> Picture:
    maps, found = store[f"maps/{BLOCK}"], store.attributes["findings"][BLOCK]
    last = store.attributes["findings_last"][BLOCK]
    shown = {f"best ({accuracy[-1]:.1%})": maps[-1], f"worst ({accuracy[0]:.1%})": maps[0]}
    return Picture(
        "attention",
        "What attention looks at",
        draw_attention(shown, _tokens(studied, maps.shape[-1])),
        "Attention maps of the best and the worst of the networks whose maps were kept.",
        f"Maps of the last block of {autoencoder_words(store.attributes['autoencoder'])}, of the "
        f"most and the least accurate of {len(maps)} held-out networks at an epoch drawn for each. "
        "A row says where a token looks; it adds up to 1. On average, "
        f"{score_text(Score(**found['share']))} goes to the output units; it would be "
        f"{figure_text(found['even'])} if all tokens were looked at alike. Kendall’s τ of this "
        f"share with accuracy is {figure_text(found['with_accuracy'])}; among networks of the "
        "last epoch, where accuracy does not stand for the epoch, it is "
        f"{figure_text(last['with_accuracy'])}.",
    )


def _likeness(store: Store, accuracy: np.ndarray) -> Picture:
    found = store.attributes["findings"][BLOCK]
    weak, strong, excess = (Score(**found[key]) for key in ("weak", "strong", "excess"))
    last = Score(**store.attributes["findings_last"][BLOCK]["excess"])
    return Picture(
        "attention-correlations",
        "Are the maps of good networks alike?",
        draw_correlations(store[f"correlations/{BLOCK}"], accuracy),
        "Correlations between the attention maps of networks, sorted by accuracy.",
        f"Every row and column is one of {len(accuracy)} networks, from the least to the most "
        "accurate. If attention told accuracy, there would be blocks along the diagonal. Mean "
        f"correlation among the weaker half: {score_text(weak)}, among the better half: "
        f"{score_text(strong)}; difference: {difference_text(excess)}. Of networks at the last "
        f"epoch, the difference is {difference_text(last)}.",
    )


def attention_pictures(studied: Studied) -> list[Picture]:
    """Return maps of the best and the worst network, and correlations of all, if there are any."""
    store = studied.attention
    if store is None:
        return []
    accuracy = store["accuracy"]
    return [_maps(studied, store, accuracy), _likeness(store, accuracy)]
