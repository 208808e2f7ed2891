"""Where the files of a pretrained network are: in a folder, or in the local cache of the hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sametask.base.errors import ConfigError, NetworkError, UnreachableError, nearest, reason
from sametask.storage.pretrained_files import CONFIGURATION, INDEX, WEIGHTS

# What is taken from the hub. The parts of one network have no other names there.
EVERYTHING = (CONFIGURATION, WEIGHTS, INDEX, "model-*-of-*.safetensors")
WITHOUT_WEIGHTS = (CONFIGURATION, INDEX)
TOKENISER = (
    CONFIGURATION, "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*",
    "merges.txt", "*.model",
)  # fmt: skip
OFFLINE = "HF_HUB_OFFLINE"
NEEDED = "pretrained: needs transformers; pip install 'sametask[text]', or `make setup`"


def local_folder(source: str, revision: str | None, key: str = "source") -> Path | None:
    """Return the folder that a source names, or ``None`` if it is an id of the hub.

    Messages name the ``key`` of the source. Raises ``ConfigError`` for a folder with a revision,
    ``NetworkError`` for a path without one.
    """
    folder = Path(source)
    if folder.is_dir():
        if revision is not None:
            raise ConfigError(
                f"revision: {revision} is one of the hub, but {key}: {source} is a folder here; "
                "leave it out"
            )
        return folder
    # An id is a name, or an owner and a name.
    if folder.is_absolute() or source.startswith((".", "~")) or source.count("/") > 1:
        beside = [str(path) for path in folder.parent.glob("*") if path.is_dir()]
        raise NetworkError(f"{key}: {source}: no such folder; {nearest(source, beside)}")
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
    source: str,
    revision: str | None,
    never: bool,
    files: Sequence[str] = EVERYTHING,
    key: str = "source",
) -> Path:
    """Return the folder of an id of the hub in the local cache, after a download if need be.

    ``never`` forbids a download, as ``HF_HUB_OFFLINE=1`` does; files may then be missing in it.
    Raises ``NetworkError`` if there is no such network, ``UnreachableError`` without a connection;
    messages name the ``key`` of the source.
    """
    try:
        return _snapshot(source, revision, never, files)
    except (OSError, ValueError) as error:
        known = _known_fault(f"{key}: {source}", revision, error)
        if known is not None:
            raise NetworkError(known) from error
        raise UnreachableError(_unreachable(key, source, never, error)) from error


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


def _known_fault(source: str, revision: str | None, error: Exception) -> str | None:
    """Return the message on what the hub refuses to give, or ``None`` if it was not asked."""
    from huggingface_hub import errors

    if isinstance(error, errors.HFValidationError):
        return f"{source}: neither a folder here nor an id of the hub ({reason(error)})"
    if isinstance(error, errors.GatedRepoError):
        return f"{source}: its owner gives it on request only; log in with `hf auth login`"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{source}: the hub has no revision {revision} of it"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"{source}: neither a folder here nor public on the hub"
    return None


def _unreachable(key: str, source: str, never: bool, error: Exception) -> str:
    """Return the message on what is not here, without a connection to the hub."""
    if never or os.environ.get(OFFLINE):
        how = "`download: never`" if never else OFFLINE
        why = f"not in the cache of the hub, and {how} forbids a download"
    else:
        why = f"no connection to the hub ({reason(error)})"
    return (
        f"{key}: {source}: no such folder here, and {why}; where there is a connection, "
        f"`hf download {source} --local-dir FOLDER`, then {key}: FOLDER"
    )
