"""Find damaged outputs of rules by the lengths of their files: a quick check before every run.

The whole check comes when a store is opened (``store.open_store``), and when values are read
(``verified``).
"""

from __future__ import annotations

from pathlib import Path

from sametask.base.errors import StoreError
from sametask.storage.header import changed_length, read_header
from sametask.storage.json_files import read_json

END = b"</html>"
# The description of a stitched network in its folder.
STITCHED = "answering.json"


def _of_store(folder: Path) -> str | None:
    try:
        header = read_header(folder)
    except ValueError as error:
        return str(error)
    return changed_length(folder, header["files"])


def _of_network(folder: Path) -> str | None:
    # A stitched network has another description: see ``maps.exported``.
    name = STITCHED if (folder / STITCHED).is_file() else "network.json"
    try:
        files = read_json(folder / name)["files"]
    except (StoreError, KeyError):
        return f"{name} is damaged"
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
    """Return what is wrong with an existing output: ``fit/layers/c/0/0 is truncated``, or ``None``.

    A file of a store or a network is wrong if it is missing, or if its length is not the one that
    was written. JSON files are small and are read. Other changes in a store are found when it is
    opened.
    """
    path = Path(output)
    check = KINDS.get(path.suffix) or FOLDERS.get(path.name)
    return check(path) if check else None
