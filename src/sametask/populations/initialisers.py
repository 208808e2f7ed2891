"""How the weights of a layer are drawn at the start, by the names of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import init

Draw = Callable[..., Tensor]


def _fan_in(weight: Tensor, generator: torch.Generator) -> Tensor:
    """Draw U(−b, b) with b = 1 / √fan_in."""
    bound = weight[0].numel() ** -0.5
    return init.uniform_(weight, -bound, bound, generator=generator)


INITIALISERS: dict[str, Draw] = {
    "uniform": partial(init.uniform_, a=0.0, b=1.0),
    "normal": init.normal_,
    "truncated_normal": partial(init.trunc_normal_, std=0.1, a=-0.2, b=0.2),
    "xavier_uniform": init.xavier_uniform_,
    "xavier_normal": init.xavier_normal_,
    "kaiming_uniform": init.kaiming_uniform_,
    "kaiming_normal": init.kaiming_normal_,
    "fan_in": _fan_in,
}


def drawn(initialiser: str, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Return weights (units, inputs, …) of a layer, drawn by one of ``INITIALISERS``.

    Whatever the size of the layer, ``uniform`` is U[0, 1], ``normal`` is N(0, 1), and
    ``truncated_normal`` is N(0, 0.1²) without what is beyond two standard deviations. ``xavier``
    are those of Glorot & Bengio 2010, ``kaiming`` those of He et al. 2015; ``fan_in`` is U(−b, b)
    with b = 1 / √fan_in. The fan_in is the number of weights into a unit.
    """
    return INITIALISERS[initialiser](torch.empty(shape), generator=random)
