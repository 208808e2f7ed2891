"""Neural differential equations (Chen et al., NeurIPS 2018)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor

from sametask.base.errors import ConfigError
from sametask.config.sections.ensemble_section import Ode
from sametask.neurons.networks.stack import Networks, chain
from sametask.populations.layout import LayerWeights


def _solver() -> Callable[..., Tensor]:
    """Return what solves differential equations; ``ConfigError`` without ``torchdiffeq``."""
    try:
        from torchdiffeq import odeint
    except ImportError:
        raise ConfigError(
            "network.kind: ode needs the library torchdiffeq; pip install 'sametask[neurons]'"
        ) from None
    return cast("Callable[..., Tensor]", odeint)


class NeuralOdes(Networks):
    """A window is mapped to a code z(0); ż = f(z), and a number is read from z at each time.

    The times are at equal distances from 0 to 1, and the steps of the Runge–Kutta method of fourth
    order go from one to the next. f has a hidden layer with tanh.
    """

    def __init__(self, network: Ode, layers: Sequence[LayerWeights], weights: Tensor) -> None:
        self.encoder = chain(weights, layers[:1], [])
        self.field = chain(weights, layers[1:3], ["tanh"])
        self.reader = chain(weights, layers[3:], [])
        super().__init__(self.encoder, self.field, self.reader)
        self.solve = _solver()
        self.times = torch.linspace(0, 1, network.outputs)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the numbers (n, b, times)."""
        start = self.encoder(inputs)[-1]
        codes = self.solve(lambda _, code: self.field(code)[-1], start, self.times, method="rk4")
        return torch.cat([self.reader(code)[-1] for code in codes], dim=2)
