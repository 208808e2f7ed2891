"""Texts and their labels, from a data set of the library ``datasets``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sametask.base.errors import DataError
from sametask.inputs.data_sets.splits import as_classes, columns_of, read_split


@dataclass(frozen=True)
class Texts:
    """Texts, their labels (n,) as numbers from 0, and the names of the labels, if there are any."""

    texts: list[str]
    labels: np.ndarray | None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def classes(self) -> int:
        """The number of classes."""
        if self.names:
            return len(self.names)
        return 0 if self.labels is None else int(self.labels.max()) + 1


def read_texts(
    source: str | Path,
    split: str,
    text: str = "text",
    label: str | None = None,
    *,
    configuration: str | None = None,
    revision: str | None = None,
) -> Texts:
    """Return the column ``text`` of a split, and the column ``label`` as classes.

    ``source`` is a folder or an id of the hub, such as ``stanfordnlp/sst2``, whose
    ``configuration`` and ``revision`` can be named; other columns, such as sound, are not read.
    With HF_HUB_OFFLINE=1 only the local cache of the hub is used. Raises ``ConfigError`` for what
    is no data set, and for a split or column that it does not have; ``DataError`` for an empty
    text, and for a text without a label.
    """
    where = f"{source}: {split}"
    table = columns_of(read_split(str(source), split, configuration, revision), where, text, label)
    texts = as_texts(f"{where}: {text}", list(table[text]))
    if label is None:
        return Texts(texts, None)
    names = tuple(getattr(table.features[label], "names", None) or ())
    return Texts(texts, as_classes(f"{where}: {label}", list(table[label])), names)


def as_texts(where: str, values: list[Any]) -> list[str]:
    """Return texts; refuse other values, and texts without any character but spaces."""
    if not values:
        raise DataError(f"{where}: has no rows")
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise DataError(f"{where}: row {row} is a {type(value).__name__}, not a text")
        if not value.strip():
            raise DataError(f"{where}: row {row} is an empty text")
    return values
