"""A stitched network as one folder: both networks, the map, and what each is given of samples.

The folder needs nothing beside it. Code of strangers is not run: views are those of this library.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from sametask.base.errors import StoreError, quoted
from sametask.maps.answering import AnsweringNetwork, View
from sametask.maps.transformation import Transformation
from sametask.networks import load
from sametask.storage.atomic import replacing
from sametask.storage.json_files import read_json, write_json

DESCRIPTION = "answering.json"
TRANSFORMATION = "transformation.zarr"
# The two networks, in the order in which an input passes them.
ENDS = ("source", "target")
# Views that a folder may name: their code is that of this library.
VIEWS = (
    "sametask.inputs.listening:listen",
    "sametask.inputs.texts:tokenise",
    "sametask.networks.hearing:hear_words",
)


def export(
    folder: str | Path, networks: Mapping[str, str], transformation: str, facts: Mapping[str, Any]
) -> None:
    """Write a stitched network to a folder, which replaces an older one.

    ``networks`` has the folder of the ``source`` and of the ``target``, ``transformation`` is the
    store of their maps. ``facts`` has for each end ``view``, ``dtype`` and ``transcript``, and the
    ``direction``, the ``rate`` of sounds and the names of ``classes``. Folders that views and
    transcripts name are copied.
    """
    with replacing(folder) as unfinished:
        unfinished.mkdir(parents=True)
        described = dict(facts)
        for end in ENDS:
            shutil.copytree(networks[end], unfinished / end / "network")
            for part in ("view", "transcript"):
                described[end] = described[end] | {part: _copied(facts[end][part], unfinished, end)}
        shutil.copytree(transformation, unfinished / TRANSFORMATION)
        write_json(unfinished / DESCRIPTION, described)


def _copied(section: Mapping[str, Any] | None, folder: Path, end: str) -> dict[str, Any] | None:
    """Return a view or transcript that names copies of its folders, in the folder of an end."""
    if section is None:
        return None
    named = dict(section.get("arguments", section))
    for key, value in named.items():
        if isinstance(value, str) and Path(value).is_dir():
            copy = Path(end) / "files" / Path(value).name
            shutil.copytree(value, folder / copy, dirs_exist_ok=True)
            named[key] = str(copy)
    return {**section, "arguments": named} if "arguments" in section else named


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
    facts = read_json(folder / DESCRIPTION)
    networks, views = {}, {}
    for end in ENDS:
        networks[end] = load(folder / end / "network", dtype=facts[end]["dtype"])
        views[end] = _view(folder, facts[end]["view"])
    direction = facts["direction"]
    a, b = ENDS if direction == "a_to_b" else ENDS[::-1]
    transformation = Transformation.load(folder / TRANSFORMATION)
    stitched = transformation.stitch(networks[a], networks[b], direction)
    said = _placed(folder, facts["target"]["transcript"])
    shown = facts["rate"], tuple(facts["classes"]), said
    return AnsweringNetwork(stitched, views["source"], views["target"], *shown)


def _view(folder: Path, section: Mapping[str, Any]) -> View:
    """Return a view of this library, with the folders that it reads."""
    if section["function"] not in VIEWS:
        raise StoreError(
            f"{folder}: names the view {quoted(section['function'])}, which is not of this library "
            "and is not run"
        )
    return View(section["function"], _placed(folder, section["arguments"]) or {})


def _placed(folder: Path, named: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return arguments with the paths of the folders that they name."""
    if named is None:
        return None
    return {
        key: str(folder / value)
        if isinstance(value, str) and value.startswith(ENDS) and (folder / value).is_dir()
        else value
        for key, value in named.items()
    }
