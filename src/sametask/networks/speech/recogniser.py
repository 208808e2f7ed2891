"""Train a Wav2Vec2 that writes down, character by character, what is said (CTC)."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sametask.base.seeding import seeded
from sametask.config.sections.speech_networks_section import Recogniser
from sametask.networks.speech.answers import recognised, require_frames, word_error_rate
from sametask.networks.speech.building import untrained_recogniser
from sametask.networks.speech.clips import extractor_of_sound, read_heard
from sametask.networks.speech.fitting import fit
from sametask.networks.speech.saved import MEASURED, Trained
from sametask.networks.speech.vocabularies import IGNORED, characters, labels


def train_recogniser(settings: Recogniser, data: str | Path, seed: int) -> Trained:
    """Train a recogniser on the split ``train`` of a data set; the same seed gives the same one.

    The figures have the last losses, the word error rates on ``validation`` and ``test``, and the
    seconds of training.
    """
    heard = {split: read_heard(data, split, settings.text) for split in ("train", *MEASURED)}
    tokeniser, extractor = characters(heard["train"].texts), extractor_of_sound()
    wanted = {split: labels(tokeniser, part.texts) for split, part in heard.items()}
    with seeded(seed):
        network = untrained_recogniser(settings.configuration, tokeniser)
        for split, part in heard.items():
            fastest = np.exp(settings.train.speed) if split == "train" else 1.0
            require_frames(network, part, _frames_needed(wanted[split]), fastest)
        numbers = wanted["train"]

        def loss(inputs: dict[str, Tensor], chosen: np.ndarray) -> Tensor:
            return network(**inputs, labels=numbers[torch.from_numpy(chosen)]).loss

        started = time.monotonic()
        last = fit(
            network, [(list(network.parameters()), 1.0)], loss, heard["train"], extractor,
            settings.train, seed,
        )  # fmt: skip
        seconds = time.monotonic() - started
    figures = {"training_loss": last, "seconds": seconds}
    answers = recognised(network, tokeniser)
    for split in MEASURED:
        figures[f"{split}_word_error_rate"] = word_error_rate(answers, heard[split], extractor)
    return Trained(network, tokeniser, extractor, figures)


def _frames_needed(numbers: Tensor) -> list[int]:
    """Return the fewest frames of an alignment: one a character, and a blank between equal ones."""
    said = numbers != IGNORED
    twice = (numbers[:, 1:] == numbers[:, :-1]) & said[:, 1:]
    return (said.sum(dim=1) + twice.sum(dim=1)).tolist()
