"""Find the files that a Python file imports, without running any of them.

Files of the library and of the user are followed; the standard library and installed packages are
not.
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

SOURCE = Path(__file__).parents[1]
# Folders of installed packages.
INSTALLED = ("site-packages", "dist-packages")


@cache
def _standard() -> tuple[Path, ...]:
    return tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))


def _holds_sources(place: Path) -> bool:
    """Return whether a folder of ``sys.path`` holds modules of the user or of the library."""
    if not place.is_dir() or set(INSTALLED) & set(place.parts):
        return False
    return not any(place.is_relative_to(standard) for standard in _standard())


def source_folders() -> list[str]:
    """Return the folders in which modules of the user are searched, ``PYTHONPATH`` among them."""
    named = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    places = dict.fromkeys([SOURCE.parent, Path.cwd(), *map(Path, named), *map(Path, sys.path)])
    return [str(place) for place in places if _holds_sources(place)]


def module_files(name: str, places: Sequence[str]) -> list[Path]:
    """Return the files that importing ``a.b.c`` runs: its packages, and the module itself.

    It ends with the last name that is a module: ``c`` may be a function.
    """
    files: list[Path] = []
    for part in name.split("."):
        spec = PathFinder.find_spec(part, places) if part else None
        if spec is None:
            break
        # A namespace package has no file.
        if spec.has_location and spec.origin and Path(spec.origin).is_file():
            files.append(Path(spec.origin).resolve())
        places = list(spec.submodule_search_locations or ())
    return files


@cache
def _library_files(name: str) -> list[Path]:
    return module_files(name, [str(SOURCE.parent)])


def parse(path: Path) -> ast.Module | None:
    """Return the syntax tree of a file, or ``None`` if it cannot be parsed."""
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every import of a file, anywhere in it: the number of leading dots, and the name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield node.level, module
            yield from ((node.level, f"{module}.{alias.name}".lstrip(".")) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)


def _called_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the arguments of ``import_module`` and ``__import__`` that are literal text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            text = node.args[0].value
            if name in ("import_module", "__import__") and isinstance(text, str):
                yield len(text) - len(text.lstrip(".")), text.lstrip(".")


def _files_of_import(path: Path, dots: int, name: str) -> list[Path]:
    """Return the files that one import of a user's file runs."""
    if not dots:
        # A module may add its own folder to the path before it imports its neighbours.
        places = [str(path.parent), *source_folders()]
        return _with_siblings(name, module_files(name.removesuffix(".*"), places))
    folder = path.parents[min(dots, len(path.parents)) - 1]
    package = folder / "__init__.py"
    files = module_files(name.removesuffix(".*"), [str(folder)])
    return _with_siblings(name, ([package] if package.is_file() else []) + files)


def _with_siblings(name: str, files: list[Path]) -> list[Path]:
    """Add every module of a package if all of the package is imported, ``name.*``."""
    if name.endswith("*") and files and files[-1].name == "__init__.py":
        return [*files, *files[-1].parent.glob("*.py")]
    return files


def imported_files(path: Path, tree: ast.Module) -> set[Path]:
    """Return the files of the library or of the user that a file imports."""
    if path.is_relative_to(SOURCE):
        names = {name for _, name in _imported_names(tree) if name.split(".")[0] == "sametask"}
        return {file for name in names for file in _library_files(name)}
    if set(INSTALLED) & set(path.parts):
        return set()
    named = {*_imported_names(tree), *_called_names(tree)}
    return {file for dots, name in named for file in _files_of_import(path, dots, name)}
