"""What every script of the workflow does around its one library call: log, threads, errors."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sametask.errors import SametaskError


@contextmanager
def job(log: str | Path, threads: int) -> Iterator[None]:
    """Run a block with its messages in a log file and torch held to ``threads``.

    An error that the user can mend ends the script with one line on the terminal; every
    traceback goes to the log.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=log,
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(name)s: %(message)s",
        force=True,
    )
    logging.captureWarnings(True)
    # Only the scripts that imported torch have threads to hold.
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    try:
        yield
    except SametaskError as error:
        logging.getLogger(__name__).error(traceback.format_exc())
        sys.exit(f"sametask: error: {error}  [log: {log}]")
    except Exception:
        logging.getLogger(__name__).error(traceback.format_exc())
        raise


def warn(text: str) -> None:
    """Say on the terminal and in the log what failed, where the run can go on without it."""
    logging.getLogger(__name__).warning(text)
    print(f"sametask: warning: {text}", file=sys.stderr)
