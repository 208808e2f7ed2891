"""Progress: a bar on a terminal, plain lines at every tenth in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from tqdm import tqdm

log = logging.getLogger(__name__)
Item = TypeVar("Item")


def progress(items: Iterable[Item], unit: str) -> Iterator[Item]:
    """Yield the items of an iterable and report how many of them are done."""
    total = len(items) if isinstance(items, Sized) else 0
    logged = 0
    for done, item in enumerate(tqdm(items, unit=f" {unit}", disable=None, file=sys.stderr), 1):
        yield item
        tenth = 10 * done // total if total else 0
        if tenth > logged:
            log.info("%d of %d %s", done, total, unit)
            logged = tenth
