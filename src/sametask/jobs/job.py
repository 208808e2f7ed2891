"""What every script of the workflow does around its one library call: log, threads, errors."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sametask.base.errors import DataError, SametaskError, about, reason


class _Log(logging.FileHandler):
    """A log file. Where it cannot be written any more, its disk is full say, the job goes on."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, the name is logging's
        """Do without, where ``logging`` would print tracebacks of its own."""
        self.failed = True


def _open(log: str | Path) -> logging.Handler:
    """Return the handler that writes a log file; the terminal's where there can be no such file."""
    try:
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        return _Log(log, mode="w")
    except OSError as error:
        print(f"sametask: {log}: cannot be written ({reason(error)})", file=sys.stderr)
        return logging.StreamHandler()


@contextmanager
def job(log: str | Path, threads: int) -> Iterator[None]:
    """Run a block with its messages in a log file and torch held to ``threads``.

    An error that the user can mend ends the script with one line on the terminal; every
    traceback goes to the log. Where that cannot be written, the line still reaches the terminal.
    """
    handler = _open(log)
    form = "%(asctime)s %(name)s: %(message)s"
    logging.basicConfig(handlers=[handler], level=logging.INFO, format=form, force=True)
    logging.captureWarnings(True)
    # Only the scripts that imported torch have threads to hold.
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    try:
        yield
    except SametaskError as error:
        logging.getLogger(__name__).error(traceback.format_exc())
        where = "cannot be written" if getattr(handler, "failed", True) else log
        sys.exit(f"sametask: error: {error}  [log: {where}]")
    except Exception:
        logging.getLogger(__name__).error(traceback.format_exc())
        raise


def warn(text: str) -> None:
    """Say on the terminal and in the log what failed, where the run can go on without it."""
    logging.getLogger(__name__).warning(text)
    print(f"sametask: warning: {text}", file=sys.stderr)


def attempt(
    what: str, network: str, compute: Callable[[], tuple[dict[str, Any], dict[str, Any]]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and facts of a network that ``compute`` returns.

    Where it raises ``DataError`` there are no arrays, and the one fact ``failed`` says why: the
    rules that do without them can run.
    """
    try:
        with about(f"network {network!r}"):
            return compute()
    except DataError as error:
        warn(f"no {what}: {error}")
        return {}, {"failed": str(error)}
