"""Resolve ``package.module:function``, and run what the user wrote behind it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sametask.base.errors import NetworkError, SametaskError, nearest, reason
from sametask.base.seeding import seeded


@contextmanager
def _leaving_is_raised() -> Iterator[None]:
    """Have ``os._exit``, which ends a process on the spot, raise ``SystemExit`` in a block."""
    leave, process = os._exit, os.getpid()

    def raised(status: int) -> None:
        # Processes that the block has forked do end.
        if os.getpid() != process:
            leave(status)
        raise SystemExit(status)

    setattr(os, "_exit", raised)  # noqa: B010 (to type checkers it never returns, nor raises)
    try:
        yield
    finally:
        os._exit = leave


@contextmanager
def users_code(subject: str) -> Iterator[None]:
    """Run code of the user's in a block: whatever it raises becomes one line on the subject.

    ``sys.exit`` too, which would end the program as if all were done; a key pressed to stop it
    still does. Raises ``NetworkError``, or the ``SametaskError`` of the block.
    """
    try:
        with _leaving_is_raised():
            yield
    except SametaskError as error:
        raise type(error)(f"{subject}: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise NetworkError(f"{subject}: {reason(error)}") from error


def resolve(reference: str) -> Callable:
    """Import and return the function behind ``package.module:function``.

    The working directory is searched too, so that a user's module beside the Snakefile is
    found. What a module draws at random while it is imported is the same in every process.
    Raises ``NetworkError`` in one line if the module or the function does not exist.
    """
    module_name, _, name = reference.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    with users_code(f"{reference}: cannot import {module_name!r}"), seeded(0):
        module = importlib.import_module(module_name)
        function = getattr(module, name, None)
    if not callable(function):
        known = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise NetworkError(f"{reference}: no function {name!r}; {nearest(name, known)}")
    return function
