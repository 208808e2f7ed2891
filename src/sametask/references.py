"""Resolve ``package.module:function``, the way an experiment names a factory or a target."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from sametask.errors import NetworkError, nearest, reason


def resolve(reference: str) -> Callable:
    """Import and return the function behind ``package.module:function``.

    The working directory is searched too, so that a user's module beside the Snakefile is
    found. Raises ``NetworkError`` in one line if the module or the function does not exist.
    """
    module_name, _, name = reference.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        # It is the user's code: whatever it raises, the line says where and what.
        raise NetworkError(
            f"{reference}: cannot import {module_name!r}: {reason(error)}"
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        known = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise NetworkError(f"{reference}: no function {name!r}; {nearest(name, known)}")
    return function
