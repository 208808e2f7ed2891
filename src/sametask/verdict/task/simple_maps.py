"""Maps that are too simple to learn a task: a rotation with a scale, and an affine map.

Both are fitted to few shared samples. What they bring across was in the source already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from sametask.statistics.procrustes import scaled_rotation
from sametask.statistics.ridge import Ridge
from sametask.verdict.task.learner import Seen

# Takes the rows of c targets (c, n, t) to the matrices M (c, m, t) and offsets b (c, t) of c maps
# x M + b, each from its own rows of a source.
Fit = Callable[[Tensor], tuple[Tensor, Tensor]]


def _rotating(source: Tensor) -> Fit:
    return partial(scaled_rotation, source)


def _regressing(source: Tensor) -> Fit:
    return Ridge.of(source).fit


# What prepares the rows of a source (c, n, m) for maps to any target.
SIMPLE: dict[str, Callable[[Tensor], Fit]] = {"procrustes": _rotating, "affine": _regressing}


@dataclass(frozen=True)
class Span:
    """Rows (N, r) in a basis (r, t) of the space that they span: y = ``rows`` ``basis``."""

    rows: Tensor
    basis: Tensor


def span(values: Tensor) -> Span:
    """Return values (N, t) in an orthonormal basis of at most N directions.

    Lengths and angles stay the same, so that a simple map fitted in this basis is the map fitted to
    the values themselves. Pictures and convolutional layers have many more neurons than samples.
    """
    if values.shape[1] <= len(values):
        return Span(values, torch.eye(values.shape[1], dtype=values.dtype))
    basis = torch.linalg.qr(values.mT).Q.mT
    return Span(values @ basis.mT, basis)


def in_span(seen: Seen) -> Seen:
    """Return fit and held-out values in a basis of the fit values.

    A simple map ignores what the held-out samples have outside that space.
    """
    reduced = span(seen.fit)
    return Seen(reduced.rows, seen.test @ reduced.basis.mT)
