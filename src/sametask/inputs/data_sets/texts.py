"""Texts and their labels, from a data set of the library ``datasets``.

A data set is a folder that ``save_to_disk`` wrote, a folder of files that ``load_dataset`` reads
(parquet, csv, jsonl), or an id of the hub. No code that comes with a data set is run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sametask.base.errors import ConfigError, DataError, UnreachableError, nearest, quoted, reason

if TYPE_CHECKING:
    from datasets import Dataset

# Endings of the files that hold texts, and of those that describe them.
KINDS = (".parquet", ".csv", ".jsonl", ".json", ".arrow")
# Files that ``save_to_disk`` writes: of several splits, and of a single table.
SPLITS_FILE, TABLE_FILE = "dataset_dict.json", "state.json"
OFFLINE = "HF_HUB_OFFLINE"


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
    table = _table(str(source), split, configuration, revision)
    where = f"{source}: {split}"
    for column in filter(None, (text, label)):
        if column not in table.column_names:
            raise ConfigError(
                f"{where}: no column {quoted(column)}; {nearest(column, table.column_names)}"
            )
    table = table.select_columns(list(dict.fromkeys(filter(None, (text, label)))))
    texts = _as_texts(f"{where}: {text}", list(table[text]))
    if label is None:
        return Texts(texts, None)
    names = tuple(getattr(table.features[label], "names", None) or ())
    return Texts(texts, _as_classes(f"{where}: {label}", list(table[label])), names)


def files_of_texts(source: str | Path) -> list[str]:
    """Return the files of a data set in a folder; none of one that is on the hub."""
    return sorted(str(path) for path in Path(source).rglob("*") if path.suffix in KINDS)


def _table(source: str, split: str, configuration: str | None, revision: str | None) -> Dataset:
    """Return one split of a data set."""
    if find_spec("datasets") is None:
        raise ConfigError(
            "inputs: texts need the library datasets; pip install 'sametask[text]', or `make setup`"
        )
    folder = Path(source)
    if not folder.is_dir():
        return _from_hub(source, split, configuration, revision)
    for key, value in (("revision", revision), ("configuration", configuration)):
        if value is not None:
            raise ConfigError(f"{key}: {value}: is one of the hub, but {source} is a folder here")
    if (folder / SPLITS_FILE).is_file():
        return _from_disk(folder, split)
    if (folder / TABLE_FILE).is_file():
        raise ConfigError(
            f"{folder}: one table of a data set, without splits; name the folder that has "
            f"{SPLITS_FILE}, or save DatasetDict({{{split!r}: …}})"
        )
    return _from_files(folder, split)


def _from_disk(folder: Path, split: str) -> Dataset:
    """Return a split of a folder that ``save_to_disk`` wrote."""
    from datasets import load_from_disk

    try:
        tables = load_from_disk(folder)
    except Exception as error:  # a damaged file raises whatever its reader does
        raise ConfigError(f"{folder}: damaged data set: {reason(error)}") from error
    if split not in tables:
        raise ConfigError(f"{folder}: no split {quoted(split)}; {nearest(split, tables)}")
    return tables[split]


def _from_files(folder: Path, split: str) -> Dataset:
    """Return a split of a folder of parquet, csv or jsonl files."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetNotFoundError

    if not files_of_texts(folder):
        raise ConfigError(
            f"{folder}: no data set: it has neither {SPLITS_FILE}, as save_to_disk writes it, nor "
            "parquet, csv or jsonl files"
        )
    try:
        tables = load_dataset(str(folder))
    except (OSError, ValueError, DatasetNotFoundError) as error:
        raise ConfigError(f"{folder}: no data set: {reason(error)}") from error
    if split not in tables:
        raise ConfigError(f"{folder}: no split {quoted(split)}; {nearest(split, tables)}")
    return tables[split]


def _from_hub(source: str, split: str, configuration: str | None, revision: str | None) -> Dataset:
    """Return a split of a data set of the hub, from its local cache if it is there."""
    from datasets import load_dataset

    # An id is a name, or an owner and a name.
    if Path(source).is_absolute() or source.startswith((".", "~")) or source.count("/") > 1:
        beside = [str(path) for path in Path(source).parent.glob("*") if path.is_dir()]
        raise ConfigError(f"{source}: no such folder; {nearest(source, beside)}")
    try:
        return load_dataset(source, configuration, split=split, revision=revision)
    except ConnectionError as error:
        offline = os.environ.get(OFFLINE)
        why = f"{OFFLINE} forbids a download" if offline else "there is no connection to the hub"
        raise UnreachableError(
            f"{source}: no such folder here, not in the cache of the hub, and {why}; elsewhere `hf "
            f"download --repo-type dataset {source} --local-dir FOLDER`, then name FOLDER"
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{source}: {split}: {reason(error)}") from error


def _as_texts(where: str, values: list[Any]) -> list[str]:
    """Return texts; refuse other values, and texts without any character but spaces."""
    if not values:
        raise DataError(f"{where}: has no rows")
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise DataError(f"{where}: row {row} is a {type(value).__name__}, not a text")
        if not value.strip():
            raise DataError(f"{where}: row {row} is an empty text")
    return values


def _as_classes(where: str, values: list[Any]) -> np.ndarray:
    """Return classes (n,) as numbers from 0; refuse missing ones, and what is no whole number."""
    for row, value in enumerate(values):
        if not isinstance(value, int):
            raise DataError(
                f"{where}: row {row} is {quoted(value)}, not the number of a class; "
                "class_encode_column makes numbers of words"
            )
        # Test splits of the hub whose labels are kept secret have -1.
        if value < 0:
            raise DataError(f"{where}: row {row} has no label ({value}); take another split")
    return np.array(values, np.int64)
