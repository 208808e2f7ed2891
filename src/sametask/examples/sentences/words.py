"""The words of the grammar, read from a YAML file such as ``resources/sentences.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sametask.config.reading import read_model
from sametask.config.sections.section import Section

Sign = Literal[1, -1]
# Masculine, feminine, neuter.
Three = Annotated[list[str], Field(min_length=3, max_length=3)]


class Determiner(Section):
    """A determiner: its German nominatives, and the endings of an adjective after each."""

    german: Three
    endings: Three


class Noun(Section):
    """A noun, and its German translation with its gender; ``p`` is a plural."""

    german: str
    gender: Literal["m", "f", "n", "p"]


class Signed(Section):
    """A word that contributes a sign to a label; the German word, or the stem of an adjective."""

    german: str
    sign: Sign


class Verb(Signed):
    """A verb: its third person is its name, ``base`` follows "does not"."""

    base: str


class Words(Section):
    """All words, by their English form, in slots."""

    determiners: Annotated[dict[str, Determiner], Field(min_length=1)]
    adjectives: dict[str, Signed]
    subjects: Annotated[dict[str, Noun], Field(min_length=1)]
    adverbs: dict[str, Signed]
    verbs: dict[str, Verb]
    objects: Annotated[dict[str, Noun], Field(min_length=1)]
    times: dict[str, Signed]


def read_words(path: str | Path) -> Words:
    """Return the words of a file; ``ConfigError`` with one line if the file is wrong."""
    return read_model(Path(path), Words)


def of_sign(words: Mapping[str, Signed], sign: int) -> list[str]:
    """Return the words of a slot that have a sign, in their order."""
    return [name for name, word in words.items() if word.sign == sign]
