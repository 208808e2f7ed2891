"""Print on terminals that lack some characters of our messages."""

from __future__ import annotations

import codecs
import sys

# Replacements for these characters; any other that is missing is escaped.
PLAIN = {
    "→": "->",
    "←": "<-",
    "≤": "<=",
    "≥": ">=",
    "ε": "epsilon",
    "²": "^2",
    "·": ".",
    "…": "...",
    "–": "-",
    "−": "-",
    "’": "'",
}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Replace the characters that an encoding lacks; an error handler for ``codecs``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    replaced = (
        PLAIN.get(letter) or letter.encode("ascii", "backslashreplace").decode()
        for letter in missing
    )
    return "".join(replaced), error.end


def speak_plainly() -> None:
    """Replace the characters that the terminal cannot show, in all that is printed from now on."""
    codecs.register_error("sametask.plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        # A program that captures the output may have put another object here.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="sametask.plain")
