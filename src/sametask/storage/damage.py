"""Whether what a rule made is still whole, by a look at lengths: quick, before every run."""

from __future__ import annotations

from pathlib import Path

from sametask.base.errors import StoreError
from sametask.storage.header import changed_length, read_header
from sametask.storage.json_files import read_json

END = b"</html>"


def _of_store(folder: Path) -> str | None:
    try:
        header = read_header(folder)
    except ValueError as error:
        return str(error)
    return changed_length(folder, header["files"])


def _of_network(folder: Path) -> str | None:
    try:
        files = read_json(folder / "network.json")["files"]
    except (StoreError, KeyError):
        return "network.json is damaged"
    return changed_length(folder, files)


def _of_json(path: Path) -> str | None:
    try:
        read_json(path)
    except StoreError:
        return "is damaged"
    return None


def _of_page(path: Path) -> str | None:
    return None if path.is_file() and END in path.read_bytes()[-64:] else "is truncated"


def _of_data(path: Path) -> str | None:
    import h5py

    try:
        h5py.File(path).close()
    except OSError:
        return "is damaged"
    return None


def _of_figures(folder: Path) -> str | None:
    return None if folder.is_dir() and any(folder.iterdir()) else "is empty"


KINDS = {
    ".zarr": _of_store,
    ".json": _of_json,
    ".html": _of_page,
    ".h5": _of_data,
}
FOLDERS = {"network": _of_network, "figures": _of_figures, "figures-positions": _of_figures}


def damage(output: str | Path) -> str | None:
    """Return what is wrong with an output that is there, ``fit/layers/c/0/0 is truncated``, if any.

    Files of a store or a network are wrong if they are missing or of another length than when they
    were written. JSON files are small: they are read. What else has changed in a store is found
    when it is opened.
    """
    path = Path(output)
    look = KINDS.get(path.suffix) or FOLDERS.get(path.name)
    return look(path) if look else None
