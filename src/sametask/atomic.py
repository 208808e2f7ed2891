"""Files and folders that appear only when they are complete."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sametask.errors import StoreError

# The disk itself, or the share of it that a user is given.
FULL = (errno.ENOSPC, errno.EDQUOT)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a sibling to write to, which takes the place of ``path`` when the block ends well.

    What a killed job left beside ``path`` is removed first; after an error nothing is left. Raises
    ``StoreError`` where the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.unfinished-*"):
        remove(left)
    unfinished = path.with_name(f".{path.name}.unfinished-{os.getpid()}")
    try:
        yield unfinished
        remove(path)
        unfinished.rename(path)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StoreError(f"{path}: no space left on its disk; make room and run again") from error
    finally:
        remove(unfinished)
