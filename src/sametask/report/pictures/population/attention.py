"""What a model of weights attends to, in a good network and in a bad one."""

from __future__ import annotations

from sametask.report.data.population import Studied
from sametask.report.figures.population.attention import draw_attention, draw_correlations
from sametask.report.pictures.picture import Picture

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


def attention_pictures(studied: Studied) -> list[Picture]:
    """Return maps of the best and the worst network, and correlations of all, if there are any."""
    if studied.attention is None:
        return []
    store = studied.attention
    maps, accuracy = store[f"maps/{BLOCK}"], store["accuracy"]
    shown = {f"best ({accuracy[-1]:.1%})": maps[-1], f"worst ({accuracy[0]:.1%})": maps[0]}
    return [
        Picture(
            "attention",
            "What attention looks at",
            draw_attention(shown, _tokens(studied, maps.shape[-1])),
            "Attention maps of the best and the worst of the networks whose maps were kept.",
            f"Maps of the last block, of the most and the least accurate of {len(maps)} held-out "
            "networks at an epoch drawn for each. A row says where a token looks; it adds up to 1. "
            "Bright columns are looked at by all.",
        ),
        Picture(
            "attention-correlations",
            "Are the maps of good networks alike?",
            draw_correlations(store[f"correlations/{BLOCK}"], accuracy),
            "Correlations between the attention maps of networks, sorted by accuracy.",
            f"Every row and column is one of {len(maps)} networks, from the least to the most "
            "accurate. If attention told accuracy, there would be blocks along the diagonal.",
        ),
    ]
