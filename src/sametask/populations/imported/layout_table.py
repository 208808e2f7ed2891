"""The layout of a zoo of Google: which of the numbers of a network are which weights."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from pathlib import Path

from sametask.base.errors import DataError, about, quoted
from sametask.populations.imported.tables import read_table, whole_in
from sametask.populations.layout import LayerWeights, read_layers

COLUMNS = ("varname", "start_idx", "end_idx", "shape")
# TensorFlow keeps kernels as (height, width, in, out), or (in, out) for a dense layer.
KERNEL_AXES = ("place", "in", "out")
# Longest text of a shape.
LONGEST = 100


@dataclass(frozen=True)
class Variable:
    """A kernel or the biases of a layer: their place among the weights, and their shape."""

    layer: str
    kind: str
    start: int
    shape: tuple[int, ...]


def read_shape(text: str, where: str) -> tuple[int, ...]:
    """Return the shape that a text such as ``(3, 3, 1, 16)`` is. Nothing in it is evaluated."""
    try:
        shape = ast.literal_eval(text) if len(text) <= LONGEST else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        shape = None
    sizes = shape if isinstance(shape, tuple) else ()
    if not sizes or not all(type(size) is int and size > 0 for size in sizes):
        raise DataError(f"{where}: {quoted(text)} is no shape, such as (3, 3, 1, 16)")
    return sizes


def _variables(path: Path, weights: int) -> list[Variable]:
    """Return the variables of a layout, which all lie within so many weights."""
    found: list[Variable] = []
    for line, (name, first, last, text) in read_table(path, COLUMNS):
        where = f"{path}: line {line}"
        layer, _, kind = name.rpartition("/")
        if kind not in ("kernel:0", "bias:0"):
            raise DataError(f"{where}: {quoted(name)} is neither a kernel:0 nor a bias:0")
        if any((one.layer, one.kind) == (layer, kind) for one in found):
            raise DataError(f"{where}: {quoted(name)} is there twice")
        shape = read_shape(text, where)
        start, end = whole_in(first, where), whole_in(last, where)
        if end - start != math.prod(shape) or end > weights:
            raise DataError(
                f"{where}: {quoted(name)} of shape {shape} does not fill {start} to {end} "
                f"of {weights} weights"
            )
        found.append(Variable(layer, kind, start, shape))
    return sorted(found, key=lambda variable: variable.start)


def _layer(path: Path, kernel: Variable, biases: dict[str, Variable]) -> LayerWeights:
    *places, inputs, units = kernel.shape
    bias = biases.pop(kernel.layer, None)
    if bias and bias.shape != (units,):
        raise DataError(
            f"{path}: the biases of {quoted(kernel.layer)} have the shape {bias.shape}, and its "
            f"kernel has {units} units"
        )
    shape = (math.prod(places), inputs, units)
    return LayerWeights(kernel.start, shape, KERNEL_AXES, bias.start if bias else None)


def read_layout(path: Path, weights: int) -> list[LayerWeights]:
    """Return the layers of networks with so many weights, from the first to the last.

    ``DataError`` for a line that is no kernel and no biases, for shapes that do not fit the places,
    and for biases without a kernel; ``StoreError`` unless each weight is in one layer.
    """
    variables = _variables(path, weights)
    biases = {one.layer: one for one in variables if one.kind == "bias:0"}
    kernels = [one for one in variables if one.kind == "kernel:0"]
    for kernel in kernels:
        if len(kernel.shape) not in (2, 4):
            raise DataError(f"{path}: no kernel of a dense layer or of images: {kernel.shape}")
    layers = [_layer(path, kernel, biases) for kernel in kernels]
    if biases:
        raise DataError(f"{path}: biases of {quoted(next(iter(biases)))}, which has no kernel")
    if not layers:
        raise DataError(f"{path}: names no kernel")
    with about(str(path)):
        return read_layers([layer.plain() for layer in layers], weights)
