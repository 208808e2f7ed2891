"""The files that a Python file imports, found without running any of them.

Those of the library and the user's own are followed; the standard library and what is installed
are not.
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
# Where packages are installed, and the standard library.
INSTALLED = ("site-packages", "dist-packages")


@cache
def _standard() -> tuple[Path, ...]:
    return tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))


def _is_own(place: Path) -> bool:
    """Return whether a folder of ``sys.path`` holds the user's modules, or the library's."""
    if not place.is_dir() or set(INSTALLED) & set(place.parts):
        return False
    return not any(place.is_relative_to(standard) for standard in _standard())


def own_places() -> list[str]:
    """Return the folders in which a user's modules are looked for: also of ``PYTHONPATH``."""
    named = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    places = dict.fromkeys([SOURCE.parent, Path.cwd(), *map(Path, named), *map(Path, sys.path)])
    return [str(place) for place in places if _is_own(place)]


def module_files(name: str, places: Sequence[str]) -> list[Path]:
    """Return the files that importing ``a.b.c`` runs: the packages on the way and itself.

    As many of them as there are: what ``c`` names may be no module.
    """
    found: list[Path] = []
    for part in name.split("."):
        spec = PathFinder.find_spec(part, places) if part else None
        if spec is None:
            break
        # A namespace package has no file.
        if spec.has_location and spec.origin and Path(spec.origin).is_file():
            found.append(Path(spec.origin).resolve())
        places = list(spec.submodule_search_locations or ())
    return found


@cache
def _library_files(name: str) -> list[Path]:
    return module_files(name, [str(SOURCE.parent)])


def parse(path: Path) -> ast.Module | None:
    """Return the syntax of a file, or nothing where it has none: importing it says why."""
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield all that a file imports, anywhere in it: how many dots in front, and the name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield node.level, module
            yield from ((node.level, f"{module}.{one.name}".lstrip(".")) for one in node.names)
        elif isinstance(node, ast.Import):
            yield from ((0, one.name) for one in node.names)


def _called_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield what ``import_module`` and ``__import__`` are called with, where that is a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            text = node.args[0].value
            if name in ("import_module", "__import__") and isinstance(text, str):
                yield len(text) - len(text.lstrip(".")), text.lstrip(".")


def _found_by(path: Path, dots: int, name: str) -> list[Path]:
    """Return the files behind one import of a user's file."""
    if not dots:
        # A module may put its own folder on the path before it imports what is beside it.
        places = [str(path.parent), *own_places()]
        return _with_siblings(name, module_files(name.removesuffix(".*"), places))
    folder = path.parents[min(dots, len(path.parents)) - 1]
    package = folder / "__init__.py"
    found = module_files(name.removesuffix(".*"), [str(folder)])
    return _with_siblings(name, ([package] if package.is_file() else []) + found)


def _with_siblings(name: str, found: list[Path]) -> list[Path]:
    """Return also every module of a package of which everything is imported, ``name.*``."""
    if name.endswith("*") and found and found[-1].name == "__init__.py":
        return [*found, *found[-1].parent.glob("*.py")]
    return found


def imported_files(path: Path, tree: ast.Module) -> set[Path]:
    """Return the files that a file imports, of the library or the user's own."""
    if path.is_relative_to(SOURCE):
        names = {name for _, name in _imported_names(tree) if name.split(".")[0] == "sametask"}
        return {file for name in names for file in _library_files(name)}
    if set(INSTALLED) & set(path.parts):
        return set()
    named = {*_imported_names(tree), *_called_names(tree)}
    return {file for dots, name in named for file in _found_by(path, dots, name)}
