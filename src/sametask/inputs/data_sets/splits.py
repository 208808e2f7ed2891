"""Splits of data sets of the library ``datasets``.

A data set is a folder that ``save_to_disk`` wrote, a folder of files that ``load_dataset`` reads
(parquet, csv, jsonl), or an id of the hub. No code that comes with a data set is run.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sametask.base.errors import ConfigError, DataError, UnreachableError, nearest, quoted, reason

if TYPE_CHECKING:
    from datasets import Dataset

# Endings of the files that hold tables, and of those that describe them.
KINDS = (".parquet", ".csv", ".jsonl", ".json", ".arrow")
# Files that ``save_to_disk`` writes: of several splits, and of a single table.
SPLITS_FILE, TABLE_FILE = "dataset_dict.json", "state.json"
OFFLINE = "HF_HUB_OFFLINE"


def files_of_data_set(source: str | Path) -> list[str]:
    """Return the files of a data set in a folder; none of one that is on the hub."""
    return sorted(str(path) for path in Path(source).rglob("*") if path.suffix in KINDS)


def read_split(source: str, split: str, configuration: str | None, revision: str | None) -> Dataset:
    """Return one split of a data set; ``configuration`` is one of a hub's folder, or of the hub.

    Raises ``ConfigError`` for what is no data set, and for a split that it does not have.
    """
    if find_spec("datasets") is None:
        raise ConfigError(
            "inputs: need the library datasets; pip install 'sametask[text]', or `make setup`"
        )
    folder = Path(source)
    if not folder.is_dir():
        return _from_hub(source, split, configuration, revision)
    is_saved = (folder / SPLITS_FILE).is_file()
    # Files that were downloaded from the hub may have several configurations.
    wrong = {"revision": revision} | ({"configuration": configuration} if is_saved else {})
    for key, value in wrong.items():
        if value is not None:
            raise ConfigError(f"{key}: {value}: is one of the hub, but {source} is a folder here")
    if is_saved:
        return _from_disk(folder, split)
    if (folder / TABLE_FILE).is_file():
        raise ConfigError(
            f"{folder}: one table of a data set, without splits; name the folder that has "
            f"{SPLITS_FILE}, or save DatasetDict({{{split!r}: …}})"
        )
    return _from_files(folder, split, configuration)


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


def _from_files(folder: Path, split: str, configuration: str | None) -> Dataset:
    """Return a split of a folder of parquet, csv or jsonl files."""
    from datasets import (
        get_dataset_config_names,
        get_dataset_default_config_name,
        load_dataset,
    )
    from datasets.exceptions import DatasetNotFoundError

    if not files_of_data_set(folder):
        raise ConfigError(
            f"{folder}: no data set: it has neither {SPLITS_FILE}, as save_to_disk writes it, nor "
            "parquet, csv or jsonl files"
        )
    try:
        known = get_dataset_config_names(str(folder))
        if (configuration or get_dataset_default_config_name(str(folder))) not in known:
            fault = "name one" if configuration is None else f"no {quoted(configuration)}"
            raise ConfigError(
                f"{folder}: configuration: {fault}; {nearest(configuration or '', known)}"
            )
        tables = load_dataset(str(folder), configuration)
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


def columns_of(table: Dataset, where: str, *names: str | None) -> Dataset:
    """Return some columns of a split, without names that are ``None``; the others are not read.

    Raises ``ConfigError`` for a column that it does not have.
    """
    wanted = list(dict.fromkeys(filter(None, names)))
    for name in wanted:
        if name not in table.column_names:
            raise ConfigError(
                f"{where}: no column {quoted(name)}; {nearest(name, table.column_names)}"
            )
    return table.select_columns(wanted)


def as_classes(where: str, values: list[Any]) -> np.ndarray:
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
