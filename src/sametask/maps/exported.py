"""A stitched network as one folder: both networks, the map, and what each is given of samples.

The folder needs nothing beside it. Code of strangers is not run: views are those of this library,
and read only what is in the folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import Any

from torch import nn

from sametask.base.errors import StoreError, quoted, reason
from sametask.base.references import resolve
from sametask.maps.answering import AnsweringNetwork, View
from sametask.maps.transformation import Transformation
from sametask.networks import load
from sametask.storage.atomic import replacing
from sametask.storage.damage import STITCHED
from sametask.storage.header import changed_length
from sametask.storage.hub import cached_folder
from sametask.storage.json_files import file_state, read_json, write_json

DESCRIPTION = STITCHED
TRANSFORMATION = "transformation.zarr"
# The two networks, in the order in which an input passes them.
ENDS = ("source", "target")
# Views that a folder may name: their code is that of this library.
VIEWS = (
    "sametask.inputs.listening:listen",
    "sametask.inputs.texts:tokenise",
    "sametask.networks.hearing:hear_words",
)


# What a view or a transcript reads: a folder, or an id of the hub.
READ = ("network", "tokeniser")
# Files that nothing reads: marks of other programs, and weights that are pickles.
LEFT_OUT = shutil.ignore_patterns(".*", "*.bin", "*.h5", "*.msgpack", "*.ot", "*.pt", "*.pth")
# The keys of the description and of its parts, and the types of their values.
KEYS = {
    "source": dict, "target": dict, "direction": str, "rate": int | None, "classes": list,
    "files": dict,
}  # fmt: skip
END_KEYS = {"view": dict, "dtype": str, "transcript": dict | None}
VIEW_KEYS = {"function": str, "arguments": dict}
TRANSCRIPT_KEYS = {"tokeniser": str, "by": str}


def export(
    folder: str | Path, networks: Mapping[str, str], transformation: str, facts: Mapping[str, Any]
) -> None:
    """Write a stitched network to a folder, which replaces an older one.

    ``networks`` has the folder of the ``source`` and of the ``target``, ``transformation`` is the
    store of their maps. ``facts`` has for each end ``view``, ``dtype`` and ``transcript``, and the
    ``direction``, the ``rate`` of sounds and the names of ``classes``. What views and transcripts
    read is copied, from a folder or from the cache of the hub. The description has size and digest
    of every file.
    """
    with replacing(folder) as unfinished:
        unfinished.mkdir(parents=True)
        described = dict(facts)
        for end in ENDS:
            shutil.copytree(networks[end], unfinished / end / "network", ignore=LEFT_OUT)
            copies: dict[Path, str] = {}
            for part in ("view", "transcript"):
                section = _copied(facts[end][part], unfinished, end, copies)
                described[end] = described[end] | {part: section}
        shutil.copytree(transformation, unfinished / TRANSFORMATION, ignore=LEFT_OUT)
        written = sorted(path for path in unfinished.rglob("*") if path.is_file())
        files = {path.relative_to(unfinished).as_posix(): file_state(path) for path in written}
        write_json(unfinished / DESCRIPTION, described | {"files": files})


def _copied(
    section: Mapping[str, Any] | None, folder: Path, end: str, copies: dict[Path, str]
) -> dict[str, Any] | None:
    """Return a view or transcript that names copies of its folders, in the folder of an end.

    ``copies`` are those that are there already; folders of the same name have a number.
    """
    if section is None:
        return None
    named = dict(section.get("arguments", section))
    for key in READ:
        if key not in named:
            continue
        place = _place_of(key, named[key], named.pop("revision", None))
        if place not in copies:
            number = f"-{len(copies) + 1}" if copies else ""
            copies[place] = f"{end}/files/{Path(named[key]).name}{number}"
            shutil.copytree(place, folder / copies[place], ignore=LEFT_OUT)
        named[key] = copies[place]
    return {**section, "arguments": named} if "arguments" in section else named


def _place_of(key: str, source: str, revision: str | None) -> Path:
    """Return the folder that a source names, or that of an id in the cache of the hub."""
    place = Path(source) if Path(source).is_dir() else cached_folder(source, revision)
    if place is None:
        raise StoreError(
            f"{key}: {source}: neither a folder nor in the cache of the hub, so that it cannot be "
            f"copied; `hf download {source}`, and run again"
        )
    return place.resolve()


def load_network(folder: str | Path, *arguments: Any, **options: Any) -> nn.Module:
    """Load what an experiment left of a network: ``results/{experiment}/{network}/network``.

    With the arguments of ``networks.folder.load``. Of a stitched network,
    ``results/{experiment}/network``, it is an ``AnsweringNetwork``, and there are no arguments. It
    runs no code but that of this library and of transformers. Raises as ``networks.folder.load``
    does.
    """
    if not (Path(folder) / DESCRIPTION).is_file():
        return load(folder, *arguments, **options)
    return load_answering(folder)


def load_answering(folder: str | Path) -> AnsweringNetwork:
    """Load a folder of ``export``. Raises ``StoreError`` for a damaged or another folder."""
    folder = Path(folder)
    if not (folder / DESCRIPTION).is_file():
        raise StoreError(
            f"{folder}: no stitched network: it has no {DESCRIPTION}; of an experiment with "
            f"stitching.export, snakemake makes it as the target {folder}"
        )
    facts = _described(folder)
    networks, views = {}, {}
    for end in ENDS:
        networks[end] = load(folder / end / "network", dtype=facts[end]["dtype"])
        views[end] = _view(folder, facts[end]["view"])
    direction = facts["direction"]
    a, b = ENDS if direction == "a_to_b" else ENDS[::-1]
    transformation = Transformation.load(folder / TRANSFORMATION)
    stitched = transformation.stitch(networks[a], networks[b], direction)
    said = facts["target"]["transcript"]
    shown = facts["rate"], tuple(facts["classes"]), said and _placed(folder, said)
    return AnsweringNetwork(stitched, views["source"], views["target"], *shown).eval()


def _described(folder: Path) -> dict[str, Any]:
    """Return the description of a folder, whose files are those that it names."""
    facts = read_json(folder / DESCRIPTION)
    where = f"{folder / DESCRIPTION}"
    _require_keys(where, facts, KEYS)
    for end in ENDS:
        _require_keys(f"{where}: {end}", facts[end], END_KEYS)
        view, said = facts[end]["view"], facts[end]["transcript"]
        _require_keys(f"{where}: {end}.view", view, VIEW_KEYS)
        _require_keys(f"{where}: {end}.transcript", said or {}, TRANSCRIPT_KEYS if said else {})
    wrong = changed_length(folder, facts["files"])
    # Networks and maps have digests of their own, which are compared when they are loaded.
    copied = (name for name in facts["files"] if name.split("/")[1:2] == ["files"])
    changed = (name for name in copied if file_state(folder / name) != facts["files"][name])
    wrong = wrong or next((f"{name} is damaged" for name in changed), None)
    if wrong:
        raise StoreError(f"{folder}: {wrong}; delete it and run again")
    return facts


def _require_keys(where: str, section: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
    """Raise ``StoreError`` unless a section has these keys, with values of these types."""
    for key, kind in keys.items():
        if key not in section or not isinstance(section[key], kind):
            raise StoreError(
                f"{where}: has no {key!r} as this version writes it; delete {DESCRIPTION} and run "
                "again"
            )


def _view(folder: Path, section: Mapping[str, Any]) -> View:
    """Return a view of this library, with the folders that it reads."""
    name = section["function"]
    if name not in VIEWS:
        raise StoreError(
            f"{folder}: names the view {quoted(name)}, which is not of this library and is not run"
        )
    arguments = _placed(folder, section["arguments"])
    try:
        signature(resolve(name)).bind(None, **arguments)
    except TypeError as error:
        raise StoreError(f"{folder / DESCRIPTION}: {name}: {reason(error)}") from error
    return View(name, arguments)


def _placed(folder: Path, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with the whole paths of what they read, which is in the folder."""
    placed = dict(named)
    for key in READ:
        place = (folder / str(named.get(key, "."))).resolve()
        if not place.is_relative_to(folder.resolve()) or not place.is_dir():
            raise StoreError(
                f"{folder / DESCRIPTION}: {key}: {quoted(named[key])} is no folder in {folder}; "
                "delete it and run again"
            )
        if key in named:
            placed[key] = str(place)
    return placed
