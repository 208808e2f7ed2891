"""Where an artifact comes from: the settings of its rule, and a digest of the code that made it.

The digest is a parameter of every rule, so that editing the library reruns what it touches.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sametask.header import read_header

SOURCE = Path(__file__).parent


def _module_files(name: str) -> list[Path]:
    """Return the files that importing ``sametask.x.y`` runs: the packages on the way and itself."""
    parts = name.split(".")[1:]
    files = [SOURCE.joinpath(*parts[:depth], "__init__.py") for depth in range(len(parts) + 1)]
    return [path for path in (*files, SOURCE.joinpath(*parts).with_suffix(".py")) if path.is_file()]


def _without_docstrings(tree: ast.Module) -> str:
    """Return a dump of what a file does: comments, layout and docstrings do not count."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                body[:1] = [ast.Pass()]
    return ast.dump(tree)


@cache
def _read(path: Path) -> tuple[bytes, frozenset[Path]]:
    """Return the digest of a file and the library's files that it imports, anywhere in it."""
    tree = ast.parse(path.read_text())
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    ours = (name for name in names if name.split(".")[0] == "sametask")
    found = frozenset(path for name in ours for path in _module_files(name))
    return hashlib.sha256(_without_docstrings(tree).encode()).digest(), found


def reference_files(*references: str) -> list[Path]:
    """Return the files behind ``package.module:function`` references, without importing them.

    They are looked for as ``references.resolve`` does. One that is not found is left out here:
    building the network or the samples says what is wrong with it.
    """
    places = [SOURCE.parent, Path.cwd(), *map(Path, sys.path)]
    found = []
    for reference in references:
        parts = reference.partition(":")[0].split(".")
        files = (
            file
            for place in places
            for file in (
                place.joinpath(*parts).with_suffix(".py"),
                place.joinpath(*parts, "__init__.py"),
            )
            if file.is_file()
        )
        found += [file for file in [next(files, None)] if file]
    return found


def code_files(*paths: Path) -> list[Path]:
    """Return these files and every library module that they import, directly or through others."""
    seen: set[Path] = set()
    waiting = {path.resolve() for path in paths}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting |= _read(path)[1] - seen
    return sorted(seen)


def code_digest(*paths: str | Path) -> str:
    """Return a digest of scripts or modules and of the library modules that they use.

    It changes when something that runs changes, and not with comments or docstrings.
    """
    total = hashlib.sha256()
    for path in code_files(*(Path(path) for path in paths)):
        total.update(path.name.encode())
        total.update(_read(path)[0])
    return total.hexdigest()[:16]


def provenance(rule: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a store says of its making: rule, code digest, settings and their digest.

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
    """Return whether a store says that it was made by the code and settings of ``params``."""
    header = read_header(store)
    if header is None:
        return False
    now = provenance(header.get("rule", ""), params)
    return all(header.get(key) == value for key, value in now.items())
