"""Held-out sounds that can be played, with what two networks and those stitched of them answer."""

from __future__ import annotations

import base64
import io
import wave
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.relations import DIRECTIONS
from sametask.evaluation.said_texts import NOTHING
from sametask.inputs.fields import read_inputs
from sametask.inputs.sounds import decode_sounds, sound_of
from sametask.report.data.experiment import JudgedPair, Report
from sametask.report.tables.answered import Answers, own_answers, stitched_answers
from sametask.report.wording.numbers import number
from sametask.statistics.words import WordErrors, changed_words

# Sounds on a page; up to half of them are those for which a stitched network says something else.
SHOWN = 6
# Changes of words or classes that are listed for a direction.
CHANGES = 8
# Columns of a waveform, and its height.
COLUMNS, HEIGHT = 240, 48

Known = Mapping[str, Answers]
Stitched = Mapping[str, tuple[str, list[str]]]


@dataclass(frozen=True)
class Said:
    """A line under a sound: who answers, and the words, each with whether it is another one."""

    who: str
    words: list[tuple[str, bool]]


@dataclass(frozen=True)
class Clip:
    """A sound as a data URI, the outline of its waveform, its seconds, and the answers to it."""

    sound: str
    outline: str
    seconds: str
    said: list[Said]


@dataclass(frozen=True)
class Changes:
    """The answers of a direction that differ most often: the target's, what is there, how often."""

    arrow: str
    what: str
    rows: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Transcripts:
    """Clips, a sentence for each network and direction that says texts, and what is changed."""

    clips: list[Clip]
    sentences: list[str]
    changes: list[Changes]
    differing: int
    tests: int


def transcripts(report: Report[Any], pair: JudgedPair) -> Transcripts | None:
    """Return what is answered to held-out sounds; ``None`` for other inputs.

    Stitched networks are those of the best map in each direction, as it is in ``best_map``.
    """
    if report.names.rate is None:
        return None
    known = {
        side: own for side in ("a", "b") if (own := own_answers(report, pair, side)) is not None
    }
    stitched = {
        direction: found
        for direction in DIRECTIONS
        if (found := stitched_answers(report, pair, direction)) is not None
    }
    if not stitched:
        return None
    differ = np.zeros(len(report.samples["test/rows"]), bool)
    for direction, (_, answers) in stitched.items():
        pairs = zip(answers, known[DIRECTIONS[direction][1]].given, strict=True)
        differ |= np.array([said != own for said, own in pairs])
    other, same = np.flatnonzero(differ), np.flatnonzero(~differ)
    few = max(SHOWN // 2, SHOWN - len(same))
    chosen = [*other[:few], *same][:SHOWN]
    return Transcripts(
        _clips(report, pair, chosen, known, stitched),
        _sentences(pair, known, stitched),
        [_changes(pair, direction, known, stitched) for direction in stitched],
        int(differ.sum()),
        len(differ),
    )


def _clips(
    report: Report[Any],
    pair: JudgedPair,
    chosen: Sequence[int],
    known: Known,
    stitched: Stitched,
) -> list[Clip]:
    rows = sound_of(read_inputs(report.samples, "test/inputs"))[list(chosen)]
    rate = report.names.rate or 1
    return [
        Clip(
            _as_uri(sound, rate),
            _outline(sound),
            number(len(sound) / rate),
            _said(pair, place, known, stitched),
        )
        for place, sound in zip(chosen, decode_sounds(rows), strict=True)
    ]


def _said(pair: JudgedPair, place: int, known: Known, stitched: Stitched) -> list[Said]:
    """Return what should be answered to a sound, and what is, line by line."""
    lines = []
    for side, name in (("a", pair.a.name), ("b", pair.b.name)):
        if side not in known:
            continue
        answers, given = known[side], known[side].given[place]
        if answers.right is not None:
            right = answers.right[place]
            lines += [
                _line(f"{name} should say", right, right),
                _line(f"{name} says", right, given),
            ]
        else:
            lines.append(_line(f"{name} says", given, given))
    for direction, (name, texts) in stitched.items():
        own = known[DIRECTIONS[direction][1]].given[place]
        lines.append(_line(f"{pair.arrow(direction)} ({name})", own, texts[place]))
    return lines


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
    """Say how often networks are wrong in a word, and how often stitched ones say another."""
    sentences = []
    for side, name in (("a", pair.a.name), ("b", pair.b.name)):
        answers = known.get(side)
        if answers is not None and answers.texts and answers.right is not None:
            errors = WordErrors.of(answers.right, answers.given)
            low, high = errors.rate_interval()
            sentences.append(
                f"{name} itself has a word error rate of {_percent(errors.rate)} "
                f"({_percent(low)} to {_percent(high)})."
            )
    for direction, (name, texts) in stitched.items():
        own, whose = known[DIRECTIONS[direction][1]], pair.ends(direction)[1].name
        if own.texts:
            errors = WordErrors.of(own.given, texts)
            low, high = errors.agreement_interval()
            sentences.append(
                f"{pair.arrow(direction)} ({name}) says {_percent(errors.agreement)} "
                f"({_percent(low)} to {_percent(high)}) of the words that {whose} itself says."
            )
    return sentences


def _changes(pair: JudgedPair, direction: str, known: Known, stitched: Stitched) -> Changes:
    """Return the words of a direction that are changed most; of classes, all of them."""
    own, (_, texts) = known[DIRECTIONS[direction][1]], stitched[direction]
    both = zip(own.given, texts, strict=True)
    if own.texts:
        counts = Counter(
            change for before, after in both for change in changed_words(before, after)
        )
    else:
        counts = Counter(both)
    rows = [(before or "–", after or "–", count) for (before, after), count in counts.items()]
    rows.sort(key=lambda row: (-row[2], row[:2]))
    return Changes(pair.arrow(direction), "word" if own.texts else "class", rows[:CHANGES])


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
