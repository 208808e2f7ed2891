"""Maps that are too simple to learn a task: a rotation with a scale, and an affine map.

Both are fitted to few shared samples. What they bring across was in the source already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from sametask.statistics.centred import Centred
from sametask.statistics.procrustes import rotate
from sametask.statistics.ridge import Ridge
from sametask.verdict.task.learner import Seen

# Takes c targets (c, n, t), and their products Xᵀ Y (c, m, t) with the rows of a source, to the
# matrices (c, m, t) of c maps between centred rows.
Fit = Callable[[Centred, Tensor], Tensor]


def _rotating(source: Centred) -> Fit:
    return partial(rotate, source)


def _regressing(source: Centred) -> Fit:
    return Ridge.of(source).fit


# What prepares the rows of a source (c, n, m) for maps to any target.
SIMPLE: dict[str, Callable[[Centred], Fit]] = {"procrustes": _rotating, "affine": _regressing}


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
