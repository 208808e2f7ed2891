"""Zoos of networks as pickled data sets of Schürholt et al., the tetris zoos among them.

A file is a dictionary of ``trainset``, ``testset`` and perhaps ``valset``. Each is an object of the
class SimCLRDataset with a list entry for every checkpoint: ``data_in`` (its weights as a vector, or
as a dictionary of tensors), ``paths`` (the folder of its run), ``epochs``, and lists of
``properties``. ``layer_lst``, ``use_bias`` and ``checkpoint_base`` say which weights are whose.

Source: the code of "Self-supervised representation learning on neural network weights for model
characteristic prediction" (2021), HSG-AIML/NeurIPS_2021-Weight_Space_Learning, commit 871742d.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError, about, nearest, quoted
from sametask.populations.imported.pickles import Held, read_pickled
from sametask.populations.imported.runs import Runs
from sametask.populations.imported.tensors import numbers_of
from sametask.populations.imported.zoo import Zoo, assemble
from sametask.populations.layout import LayerWeights, read_layers

PACKAGE = "checkpoints_to_datasets"
DATA_SETS = tuple(
    f"{package}.{name}"
    for package in (PACKAGE, f"modules.{PACKAGE}")
    for name in ("dataset_simclr.SimCLRDataset", "random_erasing.RandomErasingVector")
)
PATHS = tuple(
    f"{module}.{kind}"
    for module in ("pathlib", "pathlib._local")
    for kind in ("PosixPath", "WindowsPath")
)
# The half of each data set. Validation is part of learning.
HALVES = {"trainset": 0, "valset": 0, "testset": 1}
# What all checkpoints of a network have in common, by the key of the properties.
OWN = {
    "model::nlin": "activation",
    "model::init_type": "initialiser",
    "optim::optimizer": "optimiser",
    "optim::lr": "learning_rate",
    "optim::wd": "weight_decay",
    "model::dropout": "dropout",
}
ACCURACY, GAP = "test_acc", "ggap"
FIGURES = ("test/accuracy", "train/accuracy")


def _taken(state: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return what a mapping has under a name, which has to be of a kind."""
    if name not in state:
        raise DataError(f"has no {quoted(name)}; {nearest(name, state)}")
    if not isinstance(state[name], kind):
        raise DataError(f"{quoted(name)} is a {type(state[name]).__name__}, no {kind.__name__}")
    return state[name]


def _tensor(state: Mapping[str, Any], name: str) -> Tensor:
    """Return a tensor that a mapping has under a name."""
    return numbers_of(_taken(state, name, Tensor), name)


def _each(state: Mapping[str, Any], name: str, count: int) -> list[Any]:
    """Return a list with an entry for each of so many checkpoints."""
    values: list[Any] = _taken(state, name, list)
    if len(values) != count:
        raise DataError(f"{quoted(name)} has {len(values)} entries for {count} checkpoints")
    return values


def _data_sets(content: Any) -> dict[str, dict[str, Any]]:
    """Return the states of the data sets of a file, by name."""
    if not isinstance(content, dict):
        raise DataError(f"holds a {type(content).__name__}, no dictionary of data sets")
    sets = {name: content[name] for name in HALVES if content.get(name) is not None}
    for name in ("trainset", "testset"):
        if name not in sets:
            raise DataError(f"has no {quoted(name)}; {nearest(name, content)}")
    for name, one in sets.items():
        if not isinstance(one, Held):
            raise DataError(f"{quoted(name)} is a {type(one).__name__}, no data set")
    return {name: one.state for name, one in sets.items()}


def _names(state: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """Return the names of each layer's kernel and of its biases, in the order of the vectors."""
    with_biases = _taken(state, "use_bias", bool)
    listed = _taken(state, "layer_lst", list)
    if not listed or not all(isinstance(one, tuple) and one for one in listed):
        raise DataError(f"'layer_lst' is {quoted(listed)}, no list of pairs such as (0, 'fc')")
    stems = [f"module_list.{number}" for number, *_ in listed]
    return [(f"{stem}.weight", f"{stem}.bias" if with_biases else None) for stem in stems]


def _layers(state: Mapping[str, Any]) -> list[LayerWeights]:
    """Return where the weights of the layers are in a vector: kernel by kernel, biases after."""
    first = _taken(state, "data_in", list)[:1]
    base = first[0] if first and isinstance(first[0], dict) else None
    base = base or _taken(state, "checkpoint_base", dict)
    layers, start = [], 0
    for kernel, bias in _names(state):
        sizes = tuple(_tensor(base, kernel).shape)
        if len(sizes) < 2:
            raise DataError(f"{quoted(kernel)} has the shape {sizes}; units and inputs are needed")
        units, inputs, *places = sizes
        shape = units, inputs, math.prod(places)
        after = start + math.prod(shape)
        layers.append(LayerWeights(start, shape, bias=after if bias else None))
        start = after + (units if bias else 0)
    return read_layers([layer.plain() for layer in layers], start)


def _weights(state: Mapping[str, Any], width: int) -> np.ndarray:
    """Return the weights (k, width) of the checkpoints of a data set, in single precision."""
    names = [name for both in _names(state) for name in both if name]
    vectors = []
    for number, entry in enumerate(_taken(state, "data_in", list)):
        parts = [_tensor(entry, name) for name in names] if isinstance(entry, dict) else None
        parts = parts or [_tensor({"data_in": entry}, "data_in")]
        vector = torch.cat([part.flatten() for part in parts]).float()
        if len(vector) != width:
            raise DataError(f"checkpoint {number} has {len(vector)} weights, the layers {width}")
        vectors.append(vector)
    return torch.stack(vectors).numpy() if vectors else np.zeros((0, width), np.float32)


def _run(path: Any) -> str:
    """Return the name of a run: its folder, as a text or as the parts of a path."""
    parts = path.arguments if isinstance(path, Held) else (path,)
    if not parts or not all(isinstance(part, str) and part for part in parts):
        raise DataError(f"a run has the path {quoted(path)}, which is none")
    return str(PurePosixPath(*parts))


def _accuracies(properties: Mapping[str, Any], count: int) -> np.ndarray:
    """Return the accuracies (k, 2) of checkpoints: on test and training images."""
    try:
        test, gap = (
            np.array(_each(properties, key, count), float).reshape(count) for key in (ACCURACY, GAP)
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{ACCURACY} and {GAP} are not all numbers") from error
    # The sum has round-off: an accuracy of 1 is no more than that.
    return np.stack([test, np.round(test + gap, 9)], axis=1)


def _add(runs: Runs, state: Mapping[str, Any], names: Sequence[str], keys: Sequence[str]) -> None:
    """Add the checkpoints of a data set, whose runs have these names, to the runs."""
    properties = _taken(state, "properties", dict)
    figures = _accuracies(properties, len(names))
    epochs = _each(state, "epochs", len(names))
    own = [_each(properties, key, len(names)) for key in keys]
    for row, (name, epoch) in enumerate(zip(names, epochs, strict=True)):
        if type(epoch) is not int or not 0 <= epoch < 2**53:
            raise DataError(f"a checkpoint has the epoch {quoted(epoch)}")
        runs.add(name, epoch, figures[row].tolist(), [str(values[row]) for values in own])


def _share(halves: dict[str, int], names: Sequence[str], half: int) -> None:
    """Put runs into a half; ``DataError`` if one of them is in the other."""
    for name in names:
        if halves.setdefault(name, half) != half:
            raise DataError(
                f"run {quoted(name)} is in another data set as well; all checkpoints of a network "
                "belong in one half"
            )


def _gathered(sets: Mapping[str, Mapping[str, Any]]) -> Zoo:
    """Return the zoo of data sets, all of which have networks with the layers of trainset."""
    with about("trainset"):
        layers = _layers(sets["trainset"])
    width = sum(layer.of_units.size for layer in layers)
    keys = [key for key in OWN if key in _taken(sets["trainset"], "properties", dict)]
    runs, parts = Runs(FIGURES, [OWN[key] for key in keys]), []
    halves: dict[str, int] = {}
    for title, state in sets.items():
        with about(title):
            if _layers(state) != layers:
                raise DataError("its networks have other layers than those of trainset")
            parts.append(_weights(state, width))
            names = [_run(path) for path in _each(state, "paths", len(parts[-1]))]
            _share(halves, names, HALVES[title])
            _add(runs, state, names, keys)
    weights = np.concatenate(parts)
    lacks = {
        "not finite": ~np.isfinite(weights).all(axis=1),
        "without accuracy": np.isnan([runs.figures[name] for name in FIGURES]).any(axis=0),
    }
    return assemble(runs, layers, weights.__getitem__, lacks, halves)


def read_lab(path: Path) -> Zoo:
    """Return the zoo of a pickled file. Networks of ``testset`` are the half ``test``.

    Weights that are not finite and checkpoints without an accuracy are left out. ``DataError``
    if the data sets have networks of different sizes, or share a run between the halves.
    """
    content = read_pickled(path, (*DATA_SETS, *PATHS))
    with about(str(path)):
        return _gathered(_data_sets(content))
