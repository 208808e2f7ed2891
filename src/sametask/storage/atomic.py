"""Files and folders that appear only when they are complete."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sametask.base.errors import StoreError, reason

# The disk is full, or the quota of the user.
FULL = (errno.ENOSPC, errno.EDQUOT)
# The same errors in the messages of libraries (safetensors, HDF5, NumPy).
FULL_WORDS = re.compile(
    "|".join(
        [
            *(re.escape(os.strerror(number)) for number in FULL),
            *(rf"\b(?:errno = |os error ){number}\b" for number in FULL),
            r"\d+ requested and \d+ written",
        ]
    )
)
MARK = ".unfinished-"
# Seconds after which an unfinished output of another host counts as abandoned.
ABANDONED = 7 * 24 * 3600


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _is_full(error: BaseException | None) -> bool:
    """Return whether an error, or one that caused it, says that the disk is full."""
    while error is not None:
        if getattr(error, "errno", None) in FULL or FULL_WORDS.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_denied(error: Exception, unfinished: Path) -> bool:
    """Return whether an error is about an unfinished output, or about one of its parent folders."""
    place = getattr(error, "filename", None)
    if not isinstance(error, OSError) or place is None:
        return False
    return str(place).startswith(str(unfinished)) or Path(str(place)) in unfinished.parents


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; it replaces ``path`` if the block raises no error.

    What killed jobs left beside ``path`` is removed first; after an error nothing is left. Raises
    ``StoreError`` if the disk is full or cannot be written to.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}{MARK}{socket.gethostname()}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for leftover in path.parent.glob(f".{path.name}{MARK}*"):
            remove(leftover)
        yield unfinished
        remove(path)
        unfinished.rename(path)
    except Exception as error:
        if _is_full(error):
            raise StoreError(
                f"{path}: no space left on its disk; make room and run again"
            ) from error
        if _is_denied(error, unfinished):
            raise StoreError(f"{path}: cannot be written: {reason(error)}") from error
        raise
    finally:
        with suppress(OSError):
            remove(unfinished)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # The process belongs to another user.
        pass
    return True


def _is_abandoned(unfinished: Path) -> bool:
    """Return whether the job that wrote this has ended; on other hosts its age decides."""
    host, _, process = unfinished.name.rpartition(MARK)[2].rpartition("-")
    if host == socket.gethostname() and process.isdecimal():
        return not _is_running(int(process))
    return time.time() - unfinished.lstat().st_mtime > ABANDONED


def sweep(folders: Iterable[Path]) -> None:
    """Remove the unfinished outputs of killed jobs that lie directly in these folders."""
    for folder in folders:
        for leftover in folder.glob(f".*{MARK}*"):
            if _is_abandoned(leftover):
                remove(leftover)
