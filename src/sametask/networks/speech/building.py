"""Networks of speech with random weights, built from the keys of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sametask.config.sections.speech_networks_section import RECOGNISER, TRANSLATOR, Decoder
from sametask.networks.configured import built
from sametask.networks.speech.clips import RATE
from sametask.networks.speech.filters import start_with_gabor

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Without these, padding changes what a network hears of a clip.
BLIND_TO_PADDING = {"feat_extract_norm": "layer", "do_stable_layer_norm": True}


def untrained_recogniser(configuration: Mapping[str, Any], tokeniser: Any) -> PreTrainedModel:
    """Return a Wav2Vec2 with random weights that writes characters, and starts from Gabor filters.

    From random filters it takes two to three times as many steps to the same error rate.
    """
    network = built(
        RECOGNISER,
        configuration,
        BLIND_TO_PADDING
        | {
            "vocab_size": len(tokeniser),
            "pad_token_id": tokeniser.pad_token_id,
            "ctc_loss_reduction": "mean",
            "ctc_zero_infinity": False,
        },
    )
    first = network.wav2vec2.feature_extractor.conv_layers[0].conv
    start_with_gabor(first, RATE)
    return network


def untrained_translator(encoder: Any, decoder: Decoder, tokeniser: Any) -> PreTrainedModel:
    """Return a network of an encoder that is given and of a decoder with random weights."""
    import transformers

    special = {
        "pad_token_id": tokeniser.pad_token_id,
        "bos_token_id": tokeniser.bos_token_id,
        "eos_token_id": tokeniser.eos_token_id,
        "decoder_start_token_id": tokeniser.bos_token_id,
    }
    heads = {"is_decoder": True, "add_cross_attention": True, "vocab_size": len(tokeniser)}
    says = built(decoder.class_name, decoder.configuration, special | heads)
    kind = getattr(transformers, TRANSLATOR)
    joined = kind.config_class.from_encoder_decoder_configs(
        encoder.config, says.config, tie_word_embeddings=False, **special
    )
    network = kind(encoder=encoder, decoder=says, config=joined)
    for key, number in special.items():
        setattr(network.generation_config, key, number)
    return network
