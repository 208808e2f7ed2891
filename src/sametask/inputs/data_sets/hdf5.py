"""Refuse HDF5 arrays whose values cannot all be read: values in other files, missing filters.

If a source file of a virtual array is missing, HDF5 reads zeros without an error.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py

from sametask.base.errors import ConfigError

# Common filters that are not part of HDF5 (support.hdfgroup.org, registered filters).
FILTERS = {
    307: "bzip2", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd",
    32026: "blosc2",
}  # fmt: skip


def _followed(path: Path, file: h5py.File, name: str) -> Any:
    """Return the object of a name; raise ``ConfigError`` for a link to a missing object."""
    try:
        return file[name]
    except (KeyError, OSError) as error:
        link = file.get(name, getlink=True)
        if isinstance(link, h5py.SoftLink | h5py.ExternalLink):
            there = getattr(link, "filename", path)
            raise ConfigError(
                f"{path}: {name!r} is a link to {link.path!r} in {there}, which is not there or "
                "cannot be opened"
            ) from error
        raise


def _require_filters(path: Path, name: str, dataset: h5py.Dataset) -> None:
    settings = dataset.id.get_create_plist()
    for number in range(settings.get_nfilters()):
        code, _, _, label = settings.get_filter(number)
        if not h5py.h5z.filter_avail(code):
            called = FILTERS.get(code) or label.decode(errors="replace") or "unknown"
            raise ConfigError(
                f"{path}: {name!r} is compressed by the HDF5 filter {code} ({called[:40]}), which "
                f"is not installed here; save it with gzip: h5repack -f GZIP=4 old.h5 new.h5"
            )


def _source(path: Path, name: str) -> Path:
    """Return the file of a part of a virtual array, as HDF5 searches for it."""
    beside = path.parent / name
    return path if name == "." else beside if beside.exists() else Path(name)


def _require_part(path: Path, name: str, place: Path, part: Any) -> None:
    """Refuse a part of a virtual array if the file ``place`` lacks it or has too few rows of it."""
    with h5py.File(place) as file:
        if part.dset_name not in file:
            raise ConfigError(
                f"{path}: {name!r} is made of {part.dset_name!r} in {place}, which is not there"
            )
        there = require_whole(place, file, part.dset_name)
        # If a part is a whole array, HDF5 knows its shape only after reading.
        short = part.vspace.get_select_npoints() > there.size
        if part.src_space.get_select_type() == h5py.h5s.SEL_HYPERSLABS:
            _, last = part.src_space.get_select_bounds()
            short = any(end >= size for end, size in zip(last, there.shape, strict=True))
        if short:
            raise ConfigError(f"{path}: {name!r} is made of more rows than {place} has")


def _require_sources(path: Path, name: str, dataset: h5py.Dataset) -> None:
    """Refuse a virtual array with missing parts."""
    parts = dataset.virtual_sources()
    for part in parts:
        place = _source(path, part.file_name)
        if not place.is_file():
            raise ConfigError(f"{path}: {name!r} is made of {place}, which is not there")
        _require_part(path, name, place, part)
    if sum(part.vspace.get_select_npoints() for part in parts) < math.prod(dataset.shape):
        raise ConfigError(f"{path}: {name!r} is made of other arrays, which leave gaps in it")


def _require_written(path: Path, name: str, dataset: h5py.Dataset) -> None:
    """Refuse an array that was created and not filled: HDF5 reads zeros there."""
    written = bool(dataset.id.get_storage_size())
    if written and dataset.chunks:
        sides = zip(dataset.shape, dataset.chunks, strict=True)
        written = dataset.id.get_num_chunks() >= math.prod(-(-size // side) for size, side in sides)
    if dataset.size and not written:
        raise ConfigError(
            f"{path}: {name!r} was never written in full; did what writes it end too early?"
        )


def require_whole(path: Path, file: h5py.File, name: str) -> Any:
    """Return the object ``name``; refuse an array whose values cannot all be read here.

    Raises ``ConfigError`` for a link to a missing object, a filter that is not installed, and
    values that were never written or are missing in other files.
    """
    array = _followed(path, file, name)
    if isinstance(array, h5py.Dataset) and array.shape is not None:
        _require_filters(path, name, array)
        if array.external:
            raise ConfigError(
                f"{path}: {name!r} keeps its values in {array.external[0][0]}; save it as one file"
            )
        if array.is_virtual:
            _require_sources(path, name, array)
        else:
            _require_written(path, name, array)
    return array
