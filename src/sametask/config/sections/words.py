"""Lists of words in settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import AfterValidator

from sametask.base.errors import nearest, quoted


def one_of(names: Sequence[str]) -> AfterValidator:
    """Refuse a word that is none of these names, with the nearest ones."""

    def known(word: str) -> str:
        if word not in names:
            raise ValueError(f"no {quoted(word)}; {nearest(word, names)}")
        return word

    return AfterValidator(known)


def _distinct(values: list[Any]) -> list[Any]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value} is named twice")
    return values


# Refuses a list that names something twice.
DISTINCT = AfterValidator(_distinct)
