"""What every script of the workflow does around its library call: log, threads, errors."""

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
    """A log file. If it can no longer be written, for example on a full disk, the job goes on."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, the name is logging's
        """Note the failure; ``logging`` would print its own traceback."""
        self.failed = True


def _open(log: str | Path) -> logging.Handler:
    """Return the handler of a log file, or of the terminal if the file cannot be written."""
    try:
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        return _Log(log, mode="w")
    except OSError as error:
        print(f"sametask: {log}: cannot be written ({reason(error)})", file=sys.stderr)
        return logging.StreamHandler()


@contextmanager
def job(log: str | Path, threads: int) -> Iterator[None]:
    """Run a block that logs to a file and limits torch to ``threads``.

    An error that the user can correct ends the script with one line on the terminal; every
    traceback goes to the log. If the log cannot be written, the line still reaches the terminal.
    """
    handler = _open(log)
    form = "%(asctime)s %(name)s: %(message)s"
    logging.basicConfig(handlers=[handler], level=logging.INFO, format=form, force=True)
    logging.captureWarnings(True)
    # Scripts that have not imported torch do not use its threads.
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
    """Write a warning to the terminal and the log; the run goes on."""
    logging.getLogger(__name__).warning(text)
    print(f"sametask: warning: {text}", file=sys.stderr)


def attempt(
    what: str, network: str, compute: Callable[[], tuple[dict[str, Any], dict[str, Any]]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the facts of a network that ``compute`` returns.

    If it raises ``DataError``, there are no arrays, and the only fact, ``failed``, is the reason.
    Rules that do not need the arrays can then still run.
    """
    try:
        with about(f"network {network!r}"):
            return compute()
    except DataError as error:
        warn(f"no {what}: {error}")
        return {}, {"failed": str(error)}
