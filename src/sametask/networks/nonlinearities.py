"""The activation functions between linear layers, by their names in configurations."""

from __future__ import annotations

from torch import Tensor, nn

from sametask.base.errors import ConfigError, nearest


class Sine(nn.Module):
    """x ↦ sin x."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Apply to inputs of any shape."""
        return inputs.sin()


NONLINEARITIES: dict[str, type[nn.Module]] = {
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
    "relu": nn.ReLU,
    "sine": Sine,
    "identity": nn.Identity,
}


def nonlinearity(name: str) -> nn.Module:
    """Return a new module by name; ``ConfigError`` gives the nearest names if there is none."""
    if name not in NONLINEARITIES:
        raise ConfigError(f"no activation {name!r}; {nearest(name, NONLINEARITIES)}")
    return NONLINEARITIES[name]()
