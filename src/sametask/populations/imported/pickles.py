"""Files of ``torch.save`` that hold objects of classes of others, read without their code.

The restricted unpickler of PyTorch (``weights_only``) knows tensors and plain containers. Beside
these, it is given names of classes for which a ``Held`` stands; it refuses every other name before
anything is called. So nothing of the file is run, and no module of it is imported.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch.serialization import safe_globals

from sametask.base.errors import DataError, quoted, reason

# The name of a class in a message of PyTorch's unpickler.
NAMED = re.compile(r"GLOBAL (\S+)")


class Held:
    """What an object of another's class held: its arguments and its state, and no code."""

    arguments: tuple[Any, ...]
    state: dict[str, Any]

    def __new__(cls, *arguments: Any) -> Held:
        """Keep the arguments that its class would have been called with."""
        held = super().__new__(cls)
        held.arguments, held.state = arguments, {}
        return held

    def __setstate__(self, state: Any) -> None:
        """Keep its attributes, if it has some."""
        if isinstance(state, dict):
            self.state = state


def read_pickled(path: Path, held: Iterable[str]) -> Any:
    """Return the content of a file of ``torch.save``, in either of its formats.

    ``held`` are the full names of the classes that ``Held`` stands for. ``DataError`` for another
    class or function, by its full name, and for a file that is cut or is no such file.
    """
    try:
        with safe_globals([(Held, name) for name in held]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        found = NAMED.search(str(error))
        named = f"names {quoted(found[1])}, which is not read" if found else None
        what = named or "holds more than data, or is truncated"
        raise DataError(f"{path}: refused: it {what} (nothing of it was run)") from error
    except Exception as error:
        raise DataError(f"{path}: truncated or no file of torch.save: {reason(error)}") from error
