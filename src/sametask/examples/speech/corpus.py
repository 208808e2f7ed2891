"""Sentences of the grammar spoken by drawn voices, as a data set of the library ``datasets``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from sametask.base.randomness import generator
from sametask.config.sections.spoken_section import Speaking
from sametask.examples.sentences import Words, draw_sentences
from sametask.examples.sentences.tables import columns_of, kinds_of_columns
from sametask.examples.speech.speaking import Speaker, speaker
from sametask.inputs.sounds import as_sound, resampled

if TYPE_CHECKING:
    from datasets import DatasetDict
    from pyarrow import ChunkedArray, DataType, Schema

# Samples a second of the clips, as most networks of speech take them.
RATE = 16_000
# Seconds of silence before and after the words, and what is silent, relative to the largest value.
MARGIN, SILENT = 0.05, 0.01
# Clips that are copied at once: those of a split are hundreds of megabytes.
BLOCK = 256


@dataclass(frozen=True)
class Manner:
    """How a sentence is spoken; ``ratio`` is that of signal to noise in dB, if there is noise."""

    voice: str
    speed: int
    pitch: int
    ratio: float | None


def draw_manners(
    speaking: Speaking, split: str, count: int, random: np.random.Generator
) -> list[Manner]:
    """Return how ``count`` sentences of a split are spoken.

    All its voices are as frequent; those of ``test`` are the held-out ones.
    """
    voices = speaking.held_out_voices if split == "test" else speaking.voices
    numbers = random.permutation(np.arange(count) % len(voices))
    speeds = random.integers(*speaking.speeds, count, endpoint=True)
    pitches = random.integers(*speaking.pitches, count, endpoint=True)
    ratios = random.uniform(*speaking.noise, count) if speaking.noise else [None] * count
    return [
        Manner(voices[number], int(speed), int(pitch), ratio)
        for number, speed, pitch, ratio in zip(numbers, speeds, pitches, ratios, strict=True)
    ]


def speak(speaks: Speaker, text: str, manner: Manner, random: np.random.Generator) -> np.ndarray:
    """Return the clip of a text, int16 (L,) at ``RATE``, with short margins of silence."""
    said = speaks.say(text, manner.voice, manner.speed, manner.pitch)
    sound = resampled(said, speaks.rate, RATE)
    loud = np.flatnonzero(np.abs(sound) > SILENT * np.abs(sound).max())
    clip = np.pad(sound[loud[0] : loud[-1] + 1].astype(float), round(MARGIN * RATE))
    if manner.ratio is not None:
        level = np.sqrt(np.mean(clip**2)) * 10 ** (-manner.ratio / 20)
        clip += level * random.standard_normal(len(clip))
    return as_sound(clip)


def flac(clip: np.ndarray, rate: int = RATE) -> bytes:
    """Return the bytes of a FLAC file of sound, int16 (L,)."""
    import soundfile

    file = BytesIO()
    soundfile.write(file, clip, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def data_set(
    words: Words,
    counts: Mapping[str, int],
    speaking: Speaking,
    seed: int,
    longest: int | None = None,
) -> DatasetDict:
    """Return the columns of the sentences, ``audio``, and ``voice``, ``speed``, ``pitch``.

    The sentences, at most ``longest`` words long, are those of ``draw_sentences``: ``test`` has
    combinations of words that no other split has, spoken by voices that no other split has. Every
    clip is a FLAC file of 16 kHz; it is not decoded by the library. Raises ``ConfigError`` for an
    unknown voice.
    """
    from datasets import Dataset, DatasetDict
    from pyarrow import Table

    # All of them before the first sentence: a wrong one is told at once.
    with speaker() as speaks:
        for voice in [*speaking.voices, *speaking.held_out_voices]:
            speaks.require_voice(voice)
    schema, tables = _schema(), {}
    for split, sentences in draw_sentences(words, counts, seed, longest).items():
        columns: dict[str, Any] = columns_of(sentences, words)
        random = generator(seed, f"manners {split}")
        manners = draw_manners(speaking, split, len(sentences), random)
        for name in ("voice", "speed", "pitch"):
            columns[name] = [getattr(manner, name) for manner in manners]
        kind = schema.field("audio").type
        columns["audio"] = _spoken(columns["text"], manners, split, seed, kind)
        # Not by ``from_dict``, which needs torchcodec for sound.
        tables[split] = Dataset(Table.from_pydict(columns, schema))
    return DatasetDict(tables)


def _schema() -> Schema:
    """Return the kinds of the columns."""
    from datasets import Audio, Features, Value

    kinds = kinds_of_columns() | {
        "voice": Value("string"),
        "speed": Value("int32"),
        "pitch": Value("int32"),
        "audio": Audio(sampling_rate=RATE, decode=False),
    }
    return Features(kinds).arrow_schema


def _spoken(
    texts: Sequence[str], manners: Sequence[Manner], split: str, seed: int, kind: DataType
) -> ChunkedArray:
    """Return the files of the sound of the texts of a split, in blocks."""
    from pyarrow import array, chunked_array

    blocks, files = [], []
    with speaker() as speaks:
        for number, (text, manner) in enumerate(zip(texts, manners, strict=True)):
            clip = speak(speaks, text, manner, generator(seed, f"noise {split}", number))
            files.append({"bytes": flac(clip), "path": f"{split}-{number:06}.flac"})
            if len(files) == BLOCK or number + 1 == len(texts):
                blocks.append(array(files, kind))
                files = []
    return chunked_array(blocks)
