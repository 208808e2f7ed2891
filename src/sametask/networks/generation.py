"""Encoder–decoders that answer by generating: token by token, each from those before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from sametask.base.errors import NetworkError

# The attribute of a network that has its number of beams.
BEAMS = "generated_beams"
# The method of an encoder of sound that takes the mask of a sound to that of its frames.
FRAMES_OF_MASK = "_get_feature_vector_attention_mask"
# What the decoder is given where it is not to generate.
TOLD = ("decoder_input_ids", "decoder_inputs_embeds", "encoder_outputs", "labels")


def generating(network: nn.Module, tokens: int, beams: int, first: int | None = None) -> nn.Module:
    """Let an encoder–decoder answer its inputs by what it generates from them, at most ``tokens``.

    It answers the scores (n, ``tokens``, V) of each token, greedily; with several ``beams``, a 1
    for each token of the best beam. ``first`` is a token that every answer begins with, if any.
    After the token that ends a text, all scores are 0, so that an answer does not depend on the
    other inputs of its batch. Given what its decoder is told, it answers as before. Raises
    ``NetworkError`` for a network that generates nothing from an encoder.
    """
    config = getattr(network, "config", None)
    if not (getattr(config, "is_encoder_decoder", False) and hasattr(network, "generate")):
        raise NetworkError(
            f"generate: {type(network).__name__} is no encoder–decoder of transformers with a "
            "head that generates; leave it out"
        )
    _require_known(config, tokens, first)
    own: Any = network.forward
    setattr(network, BEAMS, beams)

    # ``generate`` reads the names of the arguments from what is wrapped.
    @wraps(own)
    def forward(*positional: Any, **given: Any) -> Any:
        if positional or any(given.get(name) is not None for name in TOLD):
            return own(*positional, **given)
        how = {"max_new_tokens": tokens, "num_beams": getattr(network, BEAMS)}
        if first is not None:
            how["forced_bos_token_id"] = first
        return _generated(network, given, how)

    network.forward = forward
    return network


def generates(network: nn.Module) -> bool:
    """Return whether a network answers by generating: its answer has no row for each step."""
    return hasattr(network, BEAMS)


def _require_known(config: Any, tokens: int, first: int | None) -> None:
    """Raise ``NetworkError`` if a decoder has no position for so many tokens, or no such token."""
    decoder = config.get_text_config(decoder=True)
    if first is not None and first >= decoder.vocab_size:
        raise NetworkError(
            f"generate.first: {first}, but the decoder has {decoder.vocab_size} tokens; at most "
            f"{decoder.vocab_size - 1}"
        )
    names = ("max_position_embeddings", "max_target_positions")
    most = next((getattr(decoder, name) for name in names if hasattr(decoder, name)), None)
    if isinstance(most, int) and tokens > most:
        raise NetworkError(
            f"generate.tokens: {tokens}, but the decoder has positions for {most}; at most {most}"
        )


@contextmanager
def with_beams(network: nn.Module, beams: int) -> Iterator[None]:
    """Let a network that ``generating`` returned generate by another number of beams in a block.

    Raises ``NetworkError`` for any other network.
    """
    before = getattr(network, BEAMS, None)
    if before is None:
        raise NetworkError(
            f"transcript.beams: {type(network).__name__} does not generate; give pretrained."
            "generate, or leave it out"
        )
    setattr(network, BEAMS, beams)
    try:
        yield
    finally:
        setattr(network, BEAMS, before)


@contextmanager
def _mask_of_frames_once(encoder: Any) -> Iterator[None]:
    """Let an encoder of sound find out only once in a block which of its frames are padding.

    Its decoder asks at every token, and the encoder sums up the whole mask of the sound each time:
    half of the time of a small network.
    """
    own = getattr(encoder, FRAMES_OF_MASK, None)
    if own is None:
        yield
        return
    known: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}

    def once(frames: int, mask: Tensor, **others: Any) -> Tensor:
        key = frames, id(mask)
        if key not in known:
            # With the mask itself, so that no other one gets its number.
            known[key] = own(frames, mask, **others), mask
        return known[key][0]

    setattr(encoder, FRAMES_OF_MASK, once)
    try:
        yield
    finally:
        delattr(encoder, FRAMES_OF_MASK)


@torch.no_grad()
def _generated(network: Any, given: Mapping[str, Tensor], how: Mapping[str, int]) -> Tensor:
    """Return the scores (n, T, V) of what a network generates from named inputs."""
    tokens, beams = how["max_new_tokens"], how["num_beams"]
    with _mask_of_frames_once(getattr(network, "encoder", None)):
        made = network.generate(
            **given,
            **how,
            do_sample=False,
            return_dict_in_generate=True,
            output_logits=beams == 1,
        )
    width = len(made.logits) if beams == 1 else tokens
    # Encoder–decoders begin with a token of their own, which is no part of the answer.
    said = made.sequences[:, 1 : 1 + width]
    if beams == 1:
        scores = _likeliest(torch.stack(made.logits, dim=1), said)
    else:
        size = network.config.get_text_config(decoder=True).vocab_size
        scores = one_hot(said, size).float()
    kept = _until_end(said, network.generation_config.eos_token_id)[..., None]
    scores = torch.where(kept, scores, 0.0)
    return nn.functional.pad(scores, (0, 0, 0, tokens - scores.shape[1]))


def _likeliest(scores: Tensor, said: Tensor) -> Tensor:
    """Return scores (n, T, V) of which the greatest are those of the tokens (n, T) that are said.

    Settings of generation, such as a token that ends every text, may choose another one.
    """
    greatest = scores.amax(dim=2, keepdim=True)
    other = (scores.argmax(dim=2) != said)[..., None]
    return torch.where(other, scores.scatter(2, said[..., None], greatest + 1), scores)


def _until_end(said: Tensor, end: int | list[int] | None) -> Tensor:
    """Return which tokens (n, T) stand before the end of a text, or are that end."""
    ends = torch.tensor([] if end is None else end, device=said.device).reshape(-1)
    ended = torch.isin(said, ends)
    return ended.cumsum(dim=1) - ended.long() == 0
