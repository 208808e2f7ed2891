"""The one family of errors that a user can mend: each message is a single line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches


class SametaskError(Exception):
    """Something the user can mend: one line that names it and the nearest valid choice."""


class ConfigError(SametaskError):
    """A key, value or file of an experiment is wrong."""


class NetworkError(SametaskError):
    """A network cannot be built, loaded, or has no such layer."""


class StoreError(SametaskError):
    """An artifact is missing, damaged, or was made from other parents."""


class DataError(SametaskError):
    """Activations or samples that the mathematics cannot use."""


def nearest(wrong: str, choices: Iterable[str], limit: int = 3) -> str:
    """Return a clause that names the valid choices nearest to a wrong one.

    With no near choice it lists all of them when they are few, so that the reader always
    learns what would have been accepted.
    """
    known = [str(choice) for choice in choices]
    near = get_close_matches(str(wrong), known, n=limit, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(repr(choice) for choice in near) + "?"
    shown = ", ".join(repr(choice) for choice in known[:12]) or "none"
    return f"valid: {shown}{', …' if len(known) > 12 else ''}"


def reason(error: Exception) -> str:
    """Return the kind and the first line of somebody else's exception."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


@contextmanager
def about(subject: str) -> Iterator[None]:
    """Put the subject (a network's name, say) in front of every error of the block."""
    try:
        yield
    except SametaskError as error:
        raise type(error)(f"{subject}: {error}") from error
