"""Held-out sounds that can be played, with what two networks and those stitched of them say."""

from __future__ import annotations

import base64
import io
import wave
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.relations import DIRECTIONS
from sametask.evaluation.transcription import NOTHING, of_rows
from sametask.inputs.fields import read_inputs
from sametask.inputs.sounds import decode_sounds, sound_of
from sametask.report.data.experiment import JudgedPair, Report
from sametask.report.wording.numbers import number
from sametask.report.wording.pair import best_map
from sametask.statistics.words import WordErrors, changed_words

# Sounds on a page; up to half of them are those for which a stitched network says something else.
SHOWN = 6
# Changes of words that are listed for a direction.
CHANGES = 8
# Columns of a waveform, and its height.
COLUMNS, HEIGHT = 240, 48


@dataclass(frozen=True)
class Said:
    """A line under a sound: who says it, and its words, each with whether it is another one."""

    who: str
    words: list[tuple[str, bool]]


@dataclass(frozen=True)
class Clip:
    """A sound as a data URI, the outline of its waveform, its seconds, and what is said of it."""

    sound: str
    outline: str
    seconds: str
    said: list[Said]


@dataclass(frozen=True)
class Transcripts:
    """Clips, a sentence for each network and direction, and the words that are changed most."""

    clips: list[Clip]
    sentences: list[str]
    changes: list[tuple[str, list[tuple[str, str, int]]]]
    differing: int
    tests: int


def transcripts(report: Report[Any], pair: JudgedPair) -> Transcripts | None:
    """Return what is said of held-out sounds; ``None`` where networks put out no texts.

    Stitched networks are those of the best map in each direction, as it is in ``best_map``.
    """
    if report.names.rate is None or "texts/a/own" not in pair.evaluation:
        return None
    known = {side: _texts(pair, f"texts/{side}") for side in ("a", "b")}
    stitched = {
        direction: (name, of_rows(pair.evaluation[f"{name}/{direction}/texts"]))
        for direction in DIRECTIONS
        for name in [best_map(pair.metrics(direction))]
    }
    differ = np.zeros(len(known["a"]["own"]), bool)
    for direction, (_, target) in DIRECTIONS.items():
        pairs = zip(stitched[direction][1], known[target]["own"], strict=True)
        differ |= np.array([said != own for said, own in pairs])
    chosen = [*np.flatnonzero(differ)[: SHOWN // 2], *np.flatnonzero(~differ)][:SHOWN]
    return Transcripts(
        _clips(report, pair, chosen, known, stitched),
        _sentences(pair, known, stitched),
        _changes(pair, known, stitched),
        int(differ.sum()),
        len(differ),
    )


Known = dict[str, dict[str, list[str]]]
Stitched = dict[str, tuple[str, list[str]]]


def _texts(pair: JudgedPair, place: str) -> dict[str, list[str]]:
    """Return the texts of a network by what they are: its ``own``, and the ``true`` ones."""
    names = [name for name in ("own", "true") if f"{place}/{name}" in pair.evaluation]
    return {name: of_rows(pair.evaluation[f"{place}/{name}"]) for name in names}


def _clips(
    report: Report[Any],
    pair: JudgedPair,
    chosen: Sequence[int],
    known: Known,
    stitched: Stitched,
) -> list[Clip]:
    rows = sound_of(read_inputs(report.samples, "test/inputs"))[list(chosen)]
    rate = report.names.rate or 1
    clips = []
    for place, sound in zip(chosen, decode_sounds(rows), strict=True):
        said = [
            line
            for side, name in (("a", pair.a.name), ("b", pair.b.name))
            for line in _of_network(name, known[side], place)
        ]
        for direction, (_, target) in DIRECTIONS.items():
            name, texts = stitched[direction]
            own = known[target]["own"][place]
            said.append(_line(f"{pair.arrow(direction)} ({name})", own, texts[place]))
        clips.append(Clip(_as_uri(sound, rate), _outline(sound), number(len(sound) / rate), said))
    return clips


def _of_network(name: str, texts: dict[str, list[str]], place: int) -> list[Said]:
    """Return what a network should say of a sound, if that is known, and what it says."""
    if "true" not in texts:
        return [_line(f"{name} says", texts["own"][place], texts["own"][place])]
    true, own = texts["true"][place], texts["own"][place]
    return [_line(f"{name} should say", true, true), _line(f"{name} says", true, own)]


def _line(who: str, expected: str, text: str) -> Said:
    """Return the words of a text, each with whether it is another one than is expected."""
    changed = Counter(after for _, after in changed_words(expected, text) if after)
    words = []
    for word in text.split():
        other = changed[word] > 0
        changed[word] -= other
        words.append((word, other))
    return Said(who, words or [(NOTHING, bool(expected))])


def _sentences(pair: JudgedPair, known: Known, stitched: Stitched) -> list[str]:
    """Say how often each network is wrong, and how often a stitched one says something else."""
    sentences = []
    for side, name in (("a", pair.a.name), ("b", pair.b.name)):
        if "true" in known[side]:
            errors = WordErrors.of(known[side]["true"], known[side]["own"])
            low, high = errors.rate_interval()
            sentences.append(
                f"{name} itself has a word error rate of {_percent(errors.rate)} "
                f"({_percent(low)} to {_percent(high)})."
            )
    for direction, (_, target) in DIRECTIONS.items():
        name, texts = stitched[direction]
        errors, whose = WordErrors.of(known[target]["own"], texts), pair.ends(direction)[1].name
        low, high = errors.agreement_interval()
        sentences.append(
            f"{pair.arrow(direction)} ({name}) says {_percent(errors.agreement)} "
            f"({_percent(low)} to {_percent(high)}) of the words that {whose} itself says."
        )
    return sentences


def _changes(
    pair: JudgedPair, known: Known, stitched: Stitched
) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Return by direction the words that are changed most: own word, stitched word, how often."""
    listed = []
    for direction, (_, target) in DIRECTIONS.items():
        texts = zip(known[target]["own"], stitched[direction][1], strict=True)
        counts = Counter(change for own, said in texts for change in changed_words(own, said))
        rows = [(before or "–", after or "–", count) for (before, after), count in counts.items()]
        rows.sort(key=lambda row: (-row[2], row[:2]))
        listed.append((pair.arrow(direction), rows[:CHANGES]))
    return listed


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _as_uri(sound: np.ndarray, rate: int) -> str:
    """Return 16-bit sound (L,) as the data URI of a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(sound.astype("<i2").tobytes())
    return f"data:audio/wav;base64,{base64.b64encode(file.getvalue()).decode()}"


def _outline(sound: np.ndarray) -> str:
    """Return the path, for SVG, of the largest and smallest values of a sound in each column."""
    parts = np.array_split(sound.astype(float), min(COLUMNS, len(sound)))
    largest = max(1.0, float(np.abs(sound.astype(float)).max()))
    middle = HEIGHT / 2
    points = [
        f"M{column} {middle - middle * part.max() / largest:.1f}V"
        f"{middle - middle * part.min() / largest + 0.5:.1f}"
        for column, part in enumerate(parts)
    ]
    return "".join(points)
