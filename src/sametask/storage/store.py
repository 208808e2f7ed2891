"""The one place that opens and writes zarr: atomic, sharded, with provenance.

A store is written beside its final place and renamed when it is complete, so that a killed job
leaves nothing that looks finished. Its root attribute ``sametask`` has its kind, the digests of its
parents, and its files, each with its length and digest. Opening a store checks all of that except
the digests of arrays, which are checked when an array is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from sametask.base.errors import StoreError
from sametask.base.version import VERSION
from sametask.storage.atomic import replacing
from sametask.storage.chunks import COMPRESSION, Streamed, fill, rows_per_chunk, rows_per_shard
from sametask.storage.header import FORMAT, ROOT, changed_length, read_header
from sametask.storage.json_files import CHECKSUM, content_digest, file_digest
from sametask.storage.json_files import read_json as read_json
from sametask.storage.json_files import write_json as write_json
from sametask.storage.verified import Verified

# Snakemake writes this file into every directory that is an output; it is not part of the store.
# zarr warns of it when a group is listed, so arrays are always opened by name.
FOREIGN = ".snakemake_timestamp"

LIBRARIES = ("numpy", "scipy", "torch", "zarr")


class Writer:
    """An unfinished store: arrays are added, then it is completed by ``create``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = zarr.create_group(folder, overwrite=True)
        self.attributes: dict[str, Any] = {}

    def stream(
        self, name: str, shape: Sequence[int], dtype: Any, axes: Sequence[str]
    ) -> zarr.Array:
        """Create an array that is filled slice by slice; ``axes`` name its dimensions.

        Chunks hold about 1 MB and shards about 32 MB, whole rows each. ``chunks.fill``
        writes it so that no shard is written twice.
        """
        chunk, shard = rows_per_chunk(shape, dtype), rows_per_shard(shape, dtype)
        return self._root.create_array(
            name,
            shape=tuple(shape),
            dtype=dtype,
            chunks=(chunk, *shape[1:]),
            shards=(shard, *shape[1:]),
            compressors=COMPRESSION,
            dimension_names=list(axes),
        )

    def array(self, name: str, values: Any, axes: Sequence[str]) -> None:
        """Write a whole array, or one that is ``Streamed``; ``axes`` name its dimensions.

        xarray reads these names. Further dimensions are named after the array: ``outputs_1``.
        """
        if not isinstance(values, Streamed):
            values = np.asarray(values)
        leaf = name.rsplit("/", 1)[-1]
        axes = [*axes, *(f"{leaf}_{axis}" for axis in range(len(axes), len(values.shape)))]
        if isinstance(values, Streamed):
            rows = rows_per_shard(values.shape, values.dtype)
            fill(self.stream(name, values.shape, values.dtype, axes), rows, values.blocks)
        elif values.ndim and values.size:
            self.stream(name, values.shape, values.dtype, axes)[...] = values
        else:
            array = self._root.create_array(
                name, shape=values.shape, dtype=values.dtype, dimension_names=list(axes)
            )
            if values.size:
                array[...] = values

    def complete(self, header: Mapping[str, Any]) -> None:
        """Write the attributes of the rule, and the header under ``sametask``.

        The header's checksum is written last; it covers all of the root's metadata.
        """
        self._root.attrs.update({**self.attributes, "sametask": dict(header)})
        checksum = content_digest(json.loads((self._folder / ROOT).read_text()))
        self._root.attrs["sametask"] = {**header, CHECKSUM: checksum}


class Store:
    """A finished store. ``store["fit/samples"]`` is a NumPy array."""

    def __init__(self, path: Path, header: Mapping[str, Any], root: zarr.Group) -> None:
        self.path, self.header, self._root = path, header, root

    @property
    def digest(self) -> str:
        """The digest of everything in the store except its provenance."""
        return self.header["digest"]

    @property
    def parents(self) -> dict[str, str]:
        """The digests of its parents, by name."""
        return dict(self.header["parents"])

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes that its rule wrote."""
        return {key: value for key, value in self._root.attrs.items() if key != "sametask"}

    @property
    def failed(self) -> str | None:
        """Why it has no arrays, if its rule could not compute them."""
        return self.attributes.get("failed")

    def lazy(self, name: str) -> zarr.Array:
        """Return the zarr array, which can be read slice by slice."""
        if name not in self._root:
            why = f": {self.failed}" if self.failed else ""
            kind = self.header["kind"]
            raise StoreError(f"{self.path}: no array {name!r} in this {kind} store{why}")
        array = self._root[name]
        if not isinstance(array, zarr.Array):
            raise StoreError(f"{self.path}: {name!r} is a group of arrays, not an array")
        return array

    @property
    def arrays(self) -> list[str]:
        """The names of its arrays."""
        metadata = (name.removesuffix(f"/{ROOT}") for name in self.header["files"] if ROOT in name)
        return [name for name in metadata if isinstance(self._root[name], zarr.Array)]

    def __contains__(self, name: str) -> bool:
        return name in self._root

    def get(self, name: str) -> np.ndarray | None:
        """Return an array, or ``None`` where this store has no such array."""
        if name not in self:
            return None
        return self[name]

    def __getitem__(self, name: str) -> np.ndarray:
        return np.asarray(self.lazy(name)[...])


def _files(folder: Path) -> dict[str, list]:
    """Return ``{name: [size, SHA-256]}`` of a store's files, without the root's metadata."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    names = sorted(path for path in paths if path.name != FOREIGN and path != Path(ROOT))
    return {
        str(name): [(folder / name).stat().st_size, file_digest(folder / name)] for name in names
    }


def _digest(files: Mapping[str, list], attributes: Mapping[str, Any]) -> str:
    """Return SHA-256 over names and contents of all files, and over the rule's attributes."""
    total = hashlib.sha256(json.dumps(attributes, sort_keys=True).encode())
    for name, (_, digest) in files.items():
        total.update(name.encode())
        total.update(bytes.fromhex(digest))
    return total.hexdigest()


@contextmanager
def create(
    path: str | Path,
    kind: str,
    *,
    parents: Mapping[str, str] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Iterator[Writer]:
    """Write a store; it appears at ``path`` only if the block raises no error.

    ``kind`` names the artifact, ``parents`` are the digests of the stores it is made from, and
    ``provenance`` has the configuration, seed and code.
    """
    with replacing(path) as unfinished:
        writer = Writer(unfinished)
        yield writer
        files = _files(unfinished)
        header = {
            "format": FORMAT,
            "kind": kind,
            "version": VERSION,
            "libraries": {name: version(name) for name in LIBRARIES},
            "parents": dict(parents or {}),
            **(provenance or {}),
            "digest": _digest(files, writer.attributes),
            "files": files,
        }
        writer.complete(header)


def open_store(path: str | Path, kind: str) -> Store:
    """Open a finished store of a kind, after checking that it is complete.

    Raises ``StoreError`` if it is missing, of another kind or format, if one of its files is
    missing or has another length than was written, or if its metadata were changed. Reading an
    array raises it if a byte of the array was changed.
    """
    path = Path(path)
    if not (path / ROOT).is_file():
        raise StoreError(f"{path}: no {kind} store here; delete it and run again")
    try:
        header = read_header(path)
    except ValueError as error:
        raise StoreError(f"{path}: {error}; delete the store and run again") from error
    if header["kind"] != kind:
        raise StoreError(f"{path}: a {header['kind']} store, where a {kind} store is needed")
    if fault := changed_length(path, header["files"]):
        raise StoreError(f"{path}: {fault}; delete the store and run again")
    folder = Verified(path, header["files"])
    folder.verify_metadata()
    return Store(
        path, header, zarr.open_group(folder, mode="r", zarr_format=3, use_consolidated=False)
    )
