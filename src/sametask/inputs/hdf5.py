"""What an HDF5 file says of itself: values that are elsewhere, or that only a plugin reads.

Where a file that a virtual array is made of is missing, HDF5 reads zeros without a word.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py

from sametask.errors import ConfigError


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
            called = label.decode(errors="replace") or "without a name"
            raise ConfigError(
                f"{path}: {name!r} is compressed by the HDF5 filter {code} ({called[:40]}), which "
                f"is not installed here; save it with gzip: h5repack -f GZIP=4 old.h5 new.h5"
            )


def _source(path: Path, name: str) -> Path:
    """Return the file that a part of a virtual array lies in, where HDF5 looks for it."""
    beside = path.parent / name
    return path if name == "." else beside if beside.exists() else Path(name)


def _require_sources(path: Path, name: str, dataset: h5py.Dataset) -> None:
    """Refuse a virtual array of which a part is missing."""
    mapped = 0
    for part in dataset.virtual_sources():
        place = _source(path, part.file_name)
        if not place.is_file():
            raise ConfigError(f"{path}: {name!r} is made of {place}, which is not there")
        with h5py.File(place) as file:
            if part.dset_name not in file:
                raise ConfigError(f"{path}: {name!r} is made of {part.dset_name!r} in {place}, "
                                  "which is not there")  # fmt: skip
            found = require_whole(place, file, part.dset_name)
            _, ends = part.src_space.get_select_bounds()
            if any(end >= size for end, size in zip(ends, found.shape, strict=True)):
                raise ConfigError(f"{path}: {name!r} is made of more rows than {place} has")
        mapped += part.vspace.get_select_npoints()
    if mapped < math.prod(dataset.shape):
        raise ConfigError(f"{path}: {name!r} is made of other arrays, which leave gaps in it")


def require_whole(path: Path, file: h5py.File, name: str) -> Any:
    """Return what ``name`` stands for, refusing an array whose values cannot all be read here.

    Raises ``ConfigError`` for a link that leads nowhere, a filter that is not installed, and values
    in other files that are missing.
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
    return found
