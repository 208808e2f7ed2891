"""The provenance of an artifact: the settings of its rule, and a digest of the code that made it.

The digest is a parameter of every rule, so that rules run again if their code is edited.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sametask.storage.header import read_header
from sametask.storage.imports import SOURCE, imported_files, module_files, parse
from sametask.storage.json_files import file_digest

# The largest file, in bytes, that is read whenever a run is planned.
LARGE = 2**26


def _without_docstrings(tree: ast.Module) -> str:
    """Return a dump of the syntax of a file, without comments, layout and docstrings."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                body[:1] = [ast.Pass()]
    return ast.dump(tree)


@cache
def _read(path: Path) -> tuple[bytes, frozenset[Path]]:
    """Return the digest of a file and the files that it imports, anywhere in it.

    If a file is not Python, or cannot be parsed, the digest is of all its bytes.
    """
    tree = parse(path) if path.suffix == ".py" else None
    if tree is None:
        return _contents(path), frozenset()
    imported = frozenset(imported_files(path, tree))
    try:
        return hashlib.sha256(_without_docstrings(tree).encode()).digest(), imported
    except RecursionError:
        return _contents(path), imported


def _contents(path: Path) -> bytes:
    """Return the digest of all bytes of a file; nothing if it cannot be read."""
    try:
        return bytes.fromhex(file_digest(path))
    except OSError:
        return b""


def reference_files(*references: str) -> list[Path]:
    """Return the files of ``package.module:function`` references, without importing them.

    They are searched in the same folders as in ``references.resolve``. A missing one is left out
    here: the error comes when the network or the samples are made.
    """
    places = [str(SOURCE.parent), str(Path.cwd()), *sys.path]
    named = (reference.partition(":")[0] for reference in references)
    return [file for name in named for file in module_files(name, places)]


def code_files(*paths: Path) -> list[Path]:
    """Return these files and all modules of the library or the user that they import.

    Modules that are imported by other modules are included.
    """
    seen: set[Path] = set()
    waiting = {path.resolve() for path in paths}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting |= _read(path)[1] - seen
    return sorted(seen)


def code_digest(*paths: str | Path) -> str:
    """Return a digest of scripts or modules and of the modules that they import.

    It changes if their code changes, but not with comments or docstrings.
    """
    total = hashlib.sha256()
    files = code_files(*(Path(path) for path in paths))
    # Sorted by name, without folders: modules of the user may move.
    for name, digest in sorted((path.name, _read(path)[0]) for path in files):
        total.update(name.encode())
        total.update(digest)
    return total.hexdigest()[:16]


def named_files(value: Any) -> list[str]:
    """Return the files that settings name: every text in them that is the path of a file.

    Of a folder, such as that of a tokeniser, the files in it.
    """
    if isinstance(value, Mapping):
        return [file for item in value.values() for file in named_files(item)]
    if isinstance(value, list | tuple):
        return [file for item in value for file in named_files(item)]
    return _files_at(value) if isinstance(value, str) and value else []


def _files_at(text: str) -> list[str]:
    # Snakemake does not find paths with two slashes in a row.
    path = Path(text)
    try:
        if path.is_dir():
            return sorted(str(file) for file in path.iterdir() if file.is_file())
        return [str(path)] if path.is_file() else []
    except (OSError, ValueError):
        return []


def file_states(paths: Iterable[str]) -> dict[str, Any]:
    """Return the state of files of the user: a digest of the contents, whatever their dates.

    For large files it is the size and the time of the last change.
    """
    return {path: _state(Path(path)) for path in sorted(set(paths))}


def _state(path: Path) -> Any:
    try:
        status = path.stat()
        if status.st_size > LARGE:
            return [status.st_size, status.st_mtime_ns]
        return file_digest(path)
    except OSError:
        return None


def provenance(rule: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the provenance that a store keeps: rule, code digest, settings and their digest.

    ``params`` are the rule's parameters; ``code`` among them is the digest of its code.
    """
    settings = {name: value for name, value in params.items() if name != "code"}
    written = json.dumps(settings, sort_keys=True)
    return {
        "rule": rule,
        "code": params["code"],
        "config": json.loads(written),
        "config_digest": hashlib.sha256(written.encode()).hexdigest()[:16],
    }


def is_made_by(store: str | Path, params: Mapping[str, Any]) -> bool:
    """Return whether the provenance of a store has the code and settings of ``params``."""
    try:
        header = read_header(store)
    except ValueError:
        return False
    now = provenance(header.get("rule", ""), params)
    return all(header.get(key) == value for key, value in now.items())
