"""Try whether the tokens of texts are those that a network of transformers reads."""

from __future__ import annotations

import numpy as np
from torch import nn

from sametask.base.errors import NetworkError
from sametask.inputs.fields import given_fields
from sametask.inputs.masks import require_no_masked_padding
from sametask.inputs.texts import IDS
from sametask.networks.positions import most_tokens

# Tokens that a configuration numbers. Padding may be one of them: then it says nothing on a mask.
SPECIAL = ("bos_token_id", "eos_token_id", "sep_token_id", "cls_token_id")


def require_readable_tokens(network: nn.Module, inputs: np.ndarray) -> None:
    """Refuse tokens (n, T) that a network has no position or no embedding for.

    By the configuration of the network; one without any is not checked. A pass would find this as
    well, but not one that computes shapes only, and it would name neither. Raises ``NetworkError``,
    and ``DataError`` for a mask that is 1 at padding.
    """
    config = getattr(network, "config", None)
    fields = given_fields(inputs) or {IDS: inputs}
    ids = fields.get(IDS)
    if config is None or ids is None or ids.ndim != 2 or ids.dtype.kind not in "iu":
        return
    name = type(network).__name__
    most = most_tokens(network)
    if most is not None and ids.shape[1] > most:
        raise NetworkError(
            f"texts have {ids.shape[1]} tokens with padding, but {name} has {most} positions; give "
            f"the view length: {most} or less, and shorter texts"
        )
    vocabulary = getattr(config, "vocab_size", None)
    if isinstance(vocabulary, int) and ids.max() >= vocabulary:
        raise NetworkError(
            f"token {ids.max()} is outside the vocabulary of {name}, which ends at "
            f"{vocabulary - 1}; name the tokeniser that belongs to the network"
        )
    pad = getattr(config, "pad_token_id", None)
    if isinstance(pad, int) and pad not in [getattr(config, key, None) for key in SPECIAL]:
        require_no_masked_padding(fields, pad)
