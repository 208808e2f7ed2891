"""Train a network that says in another language what it hears: an encoder and a decoder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.base.seeding import seeded
from sametask.config.sections.speech_networks_section import Translator
from sametask.networks.speech.answers import translated, word_error_rate
from sametask.networks.speech.building import untrained_translator
from sametask.networks.speech.clips import extractor_of_sound, read_heard
from sametask.networks.speech.fitting import fit
from sametask.networks.speech.saved import MEASURED, Trained, load_encoder
from sametask.networks.speech.vocabularies import labels, whole_words

# Searches of which word error rates are measured.
BEAMS = {"": 1, "_of_beams": 4}


def train_translator(
    settings: Translator, data: str | Path, recogniser: str | Path, seed: int
) -> Trained:
    """Train a translator from the encoder of a trained recogniser, which is a folder.

    The figures are those of ``train_recogniser``, by greedy search and with four beams.
    """
    heard = {split: read_heard(data, split, settings.text) for split in ("train", *MEASURED)}
    tokeniser, extractor = whole_words(heard["train"].texts), extractor_of_sound()
    numbers = labels(tokeniser, heard["train"].texts)
    encoder = load_encoder(recogniser)
    with seeded(seed):
        network = untrained_translator(encoder, settings.decoder, tokeniser)
        network.generation_config.max_new_tokens = numbers.shape[1] + 1

        def loss(inputs: dict[str, Tensor], chosen: np.ndarray) -> Tensor:
            return network(**inputs, labels=numbers[torch.from_numpy(chosen)]).loss

        started = time.monotonic()
        rates = _rates(network, settings.encoder_rate)
        last = fit(network, rates, loss, heard["train"], extractor, settings.train, seed)
        seconds = time.monotonic() - started
    figures = {"training_loss": last, "seconds": seconds}
    for split in MEASURED:
        for name, beams in BEAMS.items():
            answers = translated(network, tokeniser, num_beams=beams)
            figures[f"{split}_word_error_rate{name}"] = word_error_rate(
                answers, heard[split], extractor
            )
    return Trained(network, tokeniser, extractor, figures)


def _rates(network: Any, encoder_rate: float) -> list[tuple[list[nn.Parameter], float]]:
    """Return the parameters of all but the encoder and those of the encoder, with their rates."""
    encoder = list(network.encoder.parameters())
    own = {id(parameter) for parameter in encoder}
    others = [parameter for parameter in network.parameters() if id(parameter) not in own]
    return [(others, 1.0), (encoder, encoder_rate)]
