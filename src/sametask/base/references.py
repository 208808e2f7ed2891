"""Resolve ``package.module:function`` and run code of the user."""

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
def _exit_raises() -> Iterator[None]:
    """Make ``os._exit``, which ends a process at once, raise ``SystemExit`` in a block."""
    leave, process = os._exit, os.getpid()

    def raised(status: int) -> None:
        # A process that the block has forked still ends.
        if os.getpid() != process:
            leave(status)
        raise SystemExit(status)

    setattr(os, "_exit", raised)  # noqa: B010 (its type says that it never returns)
    try:
        yield
    finally:
        os._exit = leave


@contextmanager
def users_code(subject: str) -> Iterator[None]:
    """Run code of the user in a block. Any exception becomes one line that begins with the subject.

    This includes ``sys.exit``, which would end the program as if it had succeeded. A keyboard
    interrupt still stops the program. Raises ``NetworkError``, or the ``SametaskError`` of the
    block with the subject in front.
    """
    try:
        with _exit_raises():
            yield
    except SametaskError as error:
        raise type(error)(f"{subject}: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise NetworkError(f"{subject}: {reason(error)}") from error


def resolve(reference: str) -> Callable:
    """Import and return the function ``package.module:function``, or ``…:Class.function``.

    The working directory is searched too, so that a user's module beside the Snakefile is found.
    Random numbers that a module draws while it is imported are the same in every process. Raises
    ``NetworkError`` in one line if the module or the function does not exist.
    """
    module_name, _, path = reference.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    with users_code(f"{reference}: cannot import {module_name!r}"), seeded(0):
        function: object = importlib.import_module(module_name)
        for name in path.split("."):
            holder, function = function, getattr(function, name, None)
            if function is None:
                break
    if not callable(function):
        raise NetworkError(
            f"{reference}: no function {name!r}; {nearest(name, _functions_of(holder))}"
        )
    return function


def _functions_of(holder: object) -> list[str]:
    """Return the names of the functions of a module or a class.

    Names that a module, such as ``transformers``, imports only when they are asked for count too.
    """
    known = getattr(holder, "__dict__", {})
    kinds = classmethod, staticmethod
    return [
        name
        for name in dir(holder)
        if name[0] != "_"
        if name not in known or callable(known[name]) or isinstance(known[name], kinds)
    ]
