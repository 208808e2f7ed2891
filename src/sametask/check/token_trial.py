"""Try whether the tokens of texts are those that a network of transformers reads."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from sametask.activations.pooling import mask_of
from sametask.activations.values import require_answer
from sametask.base.errors import NetworkError
from sametask.check.passes import Trial
from sametask.inputs.fields import IDS, KEPT, STEPS, TOKEN_MASK, given_fields
from sametask.inputs.masks import require_no_masked_padding, require_own_padding
from sametask.networks.calls import forward
from sametask.networks.given import rows, tensors
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
    if not isinstance(pad, int):
        return
    require_own_padding(fields, pad)
    if pad not in [getattr(config, key, None) for key in SPECIAL]:
        require_no_masked_padding(fields, pad)


def require_padding_ignored(trial: Trial, answer: Tensor) -> None:
    """Refuse a network whose ``answer`` to an input changes with the padding beside it.

    For example, its positions count padding in front of a text, or it takes norms over all frames
    of a sound. The input with the most padding is given without it. A network that takes inputs of
    one length only is not checked.
    """
    given = tensors(trial.inputs)
    mask, steps = given.get(TOKEN_MASK), mask_of(trial.inputs)
    if mask is None or steps is None or mask.ndim != 2 or (mask != 0).all():
        return
    number = int((mask != 0).sum(dim=1).argmin())
    kept, kept_steps = mask[number] != 0, steps[number]
    alone = {
        name: part[:, kept] if part.ndim > 1 and part.shape[1] == len(kept) else part
        for name, part in tensors(rows(trial.inputs, [number])).items()
        if not name.startswith(KEPT)
    }
    try:
        found = require_answer(forward(trial.network, alone), 1)[0]
    except NetworkError:
        return
    expected = answer[number]
    if expected.ndim > 1 and len(expected) == len(kept_steps):
        expected = expected[kept_steps]
    if found.shape == expected.shape and trial.unlike(expected, found):
        raise NetworkError(_padded(kept, STEPS in given))


def _padded(kept: Tensor, sound: bool) -> str:
    """Return what is wrong with a network that reads padding; ``kept`` is the mask of an input."""
    numbers, beside = int(kept.sum()), int((~kept).sum())
    if sound:
        return (
            f"what it puts out for a sound of {numbers:,} numbers is something else without its "
            f"{beside:,} numbers of padding: with feat_extract_norm: group, norms are over both; "
            "take a network with feat_extract_norm: layer, or clips of one length"
        )
    return (
        f"what it puts out for a text of {numbers} tokens is something else without its {beside} "
        "tokens of padding: so it depends on the view's length; pad on the other side (the "
        "tokeniser's padding_side), or give position_ids"
    )
