"""What an HDF5 file says of itself: values that are elsewhere, or that only a plugin reads.

Where a file that a virtual array is made of is missing, HDF5 reads zeros without a word.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py

from sametask.base.errors import ConfigError

# Filters that are met often and that HDF5 itself lacks (support.hdfgroup.org, registered filters).
FILTERS = {
    307: "bzip2", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd",
    32026: "blosc2",
}  # fmt: skip


def _followed(path: Path, file: h5py.File, name: str) -> Any:
    """Return what a name stands for; a link may lead nowhere."""
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
    """Return the file that a part of a virtual array lies in, where HDF5 looks for it."""
    beside = path.parent / name
    return path if name == "." else beside if beside.exists() else Path(name)


def _require_part(path: Path, name: str, place: Path, part: Any) -> None:
    """Refuse a part of a virtual array that ``place`` lacks, or has too few rows of."""
    with h5py.File(place) as file:
        if part.dset_name not in file:
            raise ConfigError(
                f"{path}: {name!r} is made of {part.dset_name!r} in {place}, which is not there"
            )
        there = require_whole(place, file, part.dset_name)
        # Of a part that is taken whole, HDF5 does not know the shape before it is read.
        short = part.vspace.get_select_npoints() > there.size
        if part.src_space.get_select_type() == h5py.h5s.SEL_HYPERSLABS:
            _, last = part.src_space.get_select_bounds()
            short = any(end >= size for end, size in zip(last, there.shape, strict=True))
        if short:
            raise ConfigError(f"{path}: {name!r} is made of more rows than {place} has")


def _require_sources(path: Path, name: str, dataset: h5py.Dataset) -> None:
    """Refuse a virtual array that is not all there."""
    parts = dataset.virtual_sources()
    for part in parts:
        place = _source(path, part.file_name)
        if not place.is_file():
            raise ConfigError(f"{path}: {name!r} is made of {place}, which is not there")
        _require_part(path, name, place, part)
    if sum(part.vspace.get_select_npoints() for part in parts) < math.prod(dataset.shape):
        raise ConfigError(f"{path}: {name!r} is made of other arrays, which leave gaps in it")


def _require_written(path: Path, name: str, dataset: h5py.Dataset) -> None:
    """Refuse an array that was laid out and not filled: HDF5 reads zeros there."""
    written = bool(dataset.id.get_storage_size())
    if written and dataset.chunks:
        sides = zip(dataset.shape, dataset.chunks, strict=True)
        written = dataset.id.get_num_chunks() >= math.prod(-(-size // side) for size, side in sides)
    if dataset.size and not written:
        raise ConfigError(
            f"{path}: {name!r} was never written in full; did what writes it end too early?"
        )


def require_whole(path: Path, file: h5py.File, name: str) -> Any:
    """Return what ``name`` stands for, refusing an array whose values cannot all be read here.

    Raises ``ConfigError`` for a link that leads nowhere, a filter that is not installed, and values
    that were never written or are missing in other files.
    """
    found = _followed(path, file, name)
    if isinstance(found, h5py.Dataset) and found.shape is not None:
        _require_filters(path, name, found)
        if found.external:
            raise ConfigError(
                f"{path}: {name!r} keeps its values in {found.external[0][0]}; save it as one file"
            )
        if found.is_virtual:
            _require_sources(path, name, found)
        else:
            _require_written(path, name, found)
    return found
