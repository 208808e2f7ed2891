"""Errors that a user can correct. Each message is a single line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from reprlib import Repr

# Largest number of characters of a message, and of a value that it quotes.
LONGEST, LONGEST_QUOTE = 299, 60
QUOTE = Repr()
QUOTE.maxstring = QUOTE.maxother = QUOTE.maxlong = LONGEST_QUOTE
QUOTE.maxlevel = 2


class SametaskError(Exception):
    """An error that the user can correct: one line that names it and the nearest valid choice.

    A message that is too long, because of what it quotes, is cut in its middle: it begins with the
    file and ends with what to do.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message, LONGEST))


class ConfigError(SametaskError):
    """A key, value or file of an experiment is wrong."""


class UnreachableError(ConfigError):
    """Something of the hub is named that is not here, and there is no connection to it."""


class NetworkError(SametaskError):
    """A network cannot be built, loaded, or has no such layer."""


class StoreError(SametaskError):
    """An artifact is missing, damaged, or was made from other parents."""


class DataError(SametaskError):
    """Activations or samples that the mathematics cannot use."""


def one_line(text: str, longest: int) -> str:
    """Return a text as one line of printable characters, cut in its middle if it is too long."""
    # Only the two ends of a very long text are read.
    kept = text if len(text) <= 4 * longest else f"{text[: 2 * longest]} {text[-2 * longest :]}"
    line = " ".join("".join(map(_printable, kept)).split())
    if len(line) <= longest and kept is text:
        return line
    end = longest // 3
    return f"{line[: longest - end - 3]} … {line[-end:]}"


def _printable(character: str) -> str:
    if character.isprintable() or character.isspace():
        return character
    return character.encode("unicode_escape").decode()


def quoted(value: object) -> str:
    """Return a value as Python writes it, shortened if it is long."""
    return one_line(QUOTE.repr(value), 2 * LONGEST_QUOTE)


def nearest(wrong: str, choices: Iterable[str], limit: int = 3) -> str:
    """Return a clause that names the valid choices nearest to a wrong one.

    If no choice is near, it lists the first choices, so that the reader learns what is accepted.
    """
    known = [str(choice) for choice in choices]
    # The time of a comparison grows with the square of the length.
    near = get_close_matches(str(wrong)[:LONGEST], known, n=limit, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(map(quoted, near)) + "?"
    shown = [quoted(choice) for choice in known[:12]]
    while len(", ".join(shown)) > LONGEST // 2 and len(shown) > 1:
        shown.pop()
    more = ", …" if len(known) > len(shown) else ""
    return f"valid: {', '.join(shown) or 'none'}{more}"


def reason(error: BaseException) -> str:
    """Return the class and the first line of an exception of a library or of the user's code.

    Where that line only announces what follows, the next one as well.
    """
    if isinstance(error, SystemExit):
        return f"it called sys.exit({quoted(error.code)})"
    first, *rest = f"{type(error).__name__}: {error}".splitlines()
    said = f"{first} {rest[0].strip()}" if first.endswith(":") and rest else first
    return one_line(said, LONGEST // 2)


@contextmanager
def about(subject: str) -> Iterator[None]:
    """Put the subject, such as a network's name, in front of every error of the block."""
    try:
        yield
    except SametaskError as error:
        raise type(error)(f"{subject}: {error}") from error
