"""Where the files of a pretrained network are: in a folder, or in the local cache of the hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sametask.base.errors import ConfigError, NetworkError, nearest, reason
from sametask.storage.pretrained_files import CONFIGURATION, INDEX, WEIGHTS

# What is taken from the hub. The parts of one network have no other names there.
EVERYTHING = (CONFIGURATION, WEIGHTS, INDEX, "model-*-of-*.safetensors")
WITHOUT_WEIGHTS = (CONFIGURATION, INDEX)
OFFLINE = "HF_HUB_OFFLINE"
# Where rules of the workflow make networks.
RESULTS = "results/"
NEEDED = "pretrained: needs transformers; pip install 'sametask[text]', or `make setup`"


def local_folder(source: str, revision: str | None) -> Path | None:
    """Return the folder that a source names, or ``None`` if it is an id of the hub.

    Raises ``ConfigError`` for a folder with a revision, ``NetworkError`` for a path without one.
    """
    folder = Path(source)
    if folder.is_dir():
        if revision is not None:
            raise ConfigError(
                f"revision: {revision} is one of the hub, but source: {source} is a folder here; "
                "leave it out"
            )
        return folder
    if source.startswith(RESULTS):
        raise NetworkError(
            f"source: {source}: not made yet; a rule makes it: snakemake --cores all {source}"
        )
    # An id is a name, or an owner and a name.
    if folder.is_absolute() or source.startswith((".", "~")) or source.count("/") > 1:
        beside = [str(path) for path in folder.parent.glob("*") if path.is_dir()]
        raise NetworkError(f"source: {source}: no such folder; {nearest(source, beside)}")
    return None


def cached_folder(source: str, revision: str | None) -> Path | None:
    """Return the folder of an id of the hub in the local cache, or ``None`` if it is not there.

    Files may be missing in it.
    """
    try:
        return _snapshot(source, revision, True, EVERYTHING)
    except (OSError, ValueError):
        return None


def downloaded_folder(
    source: str, revision: str | None, never: bool, files: Sequence[str] = EVERYTHING
) -> Path:
    """Return the folder of an id of the hub in the local cache, after a download if need be.

    ``never`` forbids a download, as ``HF_HUB_OFFLINE=1`` does; files may then be missing in it.
    Raises ``NetworkError`` if there is no such network, or no connection.
    """
    try:
        return _snapshot(source, revision, never, files)
    except (OSError, ValueError) as error:
        raise NetworkError(_why_not(source, revision, never, error)) from error


def _snapshot(source: str, revision: str | None, never: bool, files: Sequence[str]) -> Path:
    """Return the folder with a state of a network, in the cache of the hub."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise NetworkError(NEEDED) from error
    chosen: dict[str, Any] = {"allow_patterns": list(files), "local_files_only": never}
    try:
        return Path(snapshot_download(source, revision=revision, **chosen))
    except OSError as error:
        # Without a connection, it is known that files are missing; which ones is said later.
        partly = getattr(error, "snapshot_path", None)
        if partly is None:
            raise
        return Path(partly)


def _why_not(source: str, revision: str | None, never: bool, error: Exception) -> str:
    """Return the message on a network that cannot be taken from the hub."""
    from huggingface_hub import errors

    if isinstance(error, errors.HFValidationError):
        return f"source: {source}: neither a folder here nor an id of the hub ({reason(error)})"
    if isinstance(error, errors.GatedRepoError):
        return f"source: {source}: its owner gives it on request only; log in with `hf auth login`"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"revision: {revision}: the hub has no such revision of {source}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"source: {source}: neither a folder here nor a public network of the hub"
    if never or os.environ.get(OFFLINE):
        how = "`download: never`" if never else OFFLINE
        why = f"not in the cache of the hub, and {how} forbids a download"
    else:
        why = f"no connection to the hub ({reason(error)})"
    return (
        f"source: {source}: no such folder here, and {why}; where there is a connection, "
        f"`hf download {source} --local-dir FOLDER`, then source: FOLDER"
    )
