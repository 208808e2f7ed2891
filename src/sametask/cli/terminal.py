"""Print on a terminal that lacks the characters of our messages."""

from __future__ import annotations

import codecs
import sys

# What stands in their place there; anything else is escaped.
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
    """Replace what an encoding does not have: a handler of errors as ``codecs`` takes them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    escaped = (PLAIN.get(one) or one.encode("ascii", "backslashreplace").decode() for one in wrong)
    return "".join(escaped), error.end


def speak_plainly() -> None:
    """Let everything that is printed from now on do without what the terminal cannot show."""
    codecs.register_error("sametask.plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        # Whoever captures what is printed may have put something else there.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="sametask.plain")
