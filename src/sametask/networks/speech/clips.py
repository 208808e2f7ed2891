"""Clips of sound and their texts, in batches by length, as networks of speech are given them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from sametask.base.errors import DataError
from sametask.config.sections.data_set_sections import Speech
from sametask.config.sections.speech_networks_section import SpeechTraining
from sametask.inputs.data_sets.sounds import read_clips
from sametask.inputs.sounds import LOUDEST, decode_sounds, sound_of
from sametask.inputs.texts import decode

if TYPE_CHECKING:
    from transformers import Wav2Vec2FeatureExtractor

# Samples a second that the networks take.
RATE = 16_000
# Clips that are decoded at a time, and batches among which clips are sorted by length.
READ, SORTED = 64, 32


@dataclass(frozen=True)
class Heard:
    """Clips, int16 (L_i,), and what is said in them."""

    sounds: Sequence[np.ndarray]
    texts: Sequence[str]

    def __len__(self) -> int:
        return len(self.texts)


def read_heard(data: str | Path, split: str, column: str) -> Heard:
    """Return the clips of a split of a data set, and the texts of a column."""
    inputs = Speech(domain="speech", source=str(data), split=split, texts=[column], rate=RATE)
    clips, _, _ = read_clips(inputs)
    sounds: list[np.ndarray] = []
    texts: list[str] = []
    for start in range(0, len(clips), READ):
        rows = clips[start : start + READ]
        # Copies: otherwise the padding would stay in memory.
        sounds += [sound.copy() for sound in decode_sounds(sound_of(rows))]
        texts += decode(rows[column])
    return Heard(sounds, texts)


def extractor_of_sound() -> Wav2Vec2FeatureExtractor:
    """Return what makes a network's input of clips: mean 0, variance 1, and a mask of padding."""
    from transformers import Wav2Vec2FeatureExtractor

    return Wav2Vec2FeatureExtractor(
        sampling_rate=RATE, do_normalize=True, return_attention_mask=True
    )


def given(extractor: Any, sounds: Sequence[np.ndarray]) -> dict[str, Tensor]:
    """Return ``input_values`` and ``attention_mask`` (n, L) of clips, padded to the longest."""
    scaled = [np.asarray(sound, np.float32) / (LOUDEST + 1) for sound in sounds]
    made = extractor(scaled, sampling_rate=RATE, padding=True, return_tensors="pt")
    return {name: made[name] for name in ("input_values", "attention_mask")}


def batches_by_length(
    lengths: Sequence[int], batch: int, steps: int, random: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield the numbers of the clips of ``steps`` batches; clips in one have about one length.

    Clips are in random order, sorted within chunks of ``SORTED`` batches, whose batches are in
    random order again. What is left over after the last full batch is passed over.
    """
    if len(lengths) < batch:
        raise DataError(f"train: {len(lengths)} clips are fewer than train.batch, {batch}")
    sizes, left = np.asarray(lengths), steps
    while left:
        order = random.permutation(len(sizes))[: len(sizes) // batch * batch]
        chunks = np.split(order, range(batch * SORTED, len(order), batch * SORTED))
        ordered = np.concatenate([chunk[np.argsort(sizes[chunk])] for chunk in chunks])
        for chosen in random.permutation(ordered.reshape(-1, batch))[:left]:
            yield chosen
            left -= 1


def varied(sound: np.ndarray, settings: SpeechTraining, random: np.random.Generator) -> np.ndarray:
    """Return a clip, float32, at another speed and with white noise, both drawn.

    Speed, pitch and resonances of the voice change together, as on a tape that runs faster.
    """
    changed = sound.astype(np.float32)
    if settings.speed:
        factor = np.exp(random.uniform(-settings.speed, settings.speed))
        times = np.arange(0, len(changed) - 1, factor)
        changed = np.interp(times, np.arange(len(changed)), changed).astype(np.float32)
    if settings.noise:
        level = settings.noise * random.random() ** 2 * changed.std()
        changed += level * random.standard_normal(len(changed), np.float32)
    return changed
