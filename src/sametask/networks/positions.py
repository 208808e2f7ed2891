"""How many tokens a network of transformers reads."""

from __future__ import annotations

from torch import nn


def most_tokens(network: nn.Module) -> int | None:
    """Return how many tokens a text may have, by the configuration; ``None`` without a limit.

    Networks that number positions from that of padding on (RoBERTa) have fewer than they embed.
    """
    most = getattr(getattr(network, "config", None), "max_position_embeddings", None)
    if not isinstance(most, int) or most < 1:
        return None
    for name, module in network.named_modules():
        if name.rpartition(".")[2] == "position_embeddings" and isinstance(module, nn.Embedding):
            return most if module.padding_idx is None else most - module.padding_idx - 1
    return most
