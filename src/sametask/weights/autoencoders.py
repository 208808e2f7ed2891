"""Autoencoders of weights, by name: how each is built, and where it begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import Tensor, nn

from sametask.base.errors import ConfigError, nearest, quoted
from sametask.populations.layout import LayerWeights
from sametask.weights.attention import Decoder, Encoder, Size
from sametask.weights.fitting import Plan
from sametask.weights.models import perceptron
from sametask.weights.noise import PLACES

FRAMES = ("raw", "aligned")
# The signal-to-noise ratio that an autoencoder with noise learns at, in decibels.
LEARNED_AT = 10.0


class Autoencoder(nn.Module):
    """Weights (r, P) to codes (r, c) and back.

    The encoder reads, and the decoder writes, weights less their mean, over their deviation: one
    number for all, so that the squared error of every weight counts the same.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, encoder: nn.Module, decoder: nn.Module, weights: int) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.register_buffer("centre", torch.zeros(weights))
        self.register_buffer("scale", torch.ones(()))

    def encode(self, weights: Tensor) -> Tensor:
        """Return the code of weights."""
        return self.encoder((weights - self.centre) / self.scale)

    def decode(self, code: Tensor) -> Tensor:
        """Return the weights of a code."""
        return self.decoder(code) * self.scale + self.centre

    def forward(self, weights: Tensor) -> Tensor:
        """Return the weights of the code of weights."""
        return self.decode(self.encode(weights))

    def begin(self, learned: Tensor) -> None:
        """Take the mean and the deviation of weights (r, P) that are learned from."""
        self.centre.copy_(learned.mean(dim=0))
        self.scale.copy_((learned - self.centre).square().mean().sqrt())


class Corrected(nn.Module):
    """A linear map, and what a perceptron adds to it: nothing at first."""

    def __init__(self, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(widths[0], widths[-1])
        self.correction = perceptron(widths, dropout)
        last = self.correction[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, rows: Tensor) -> Tensor:
        """Map rows (r, q)."""
        return self.linear(rows) + self.correction(rows)


def _linear_of(part: nn.Module) -> nn.Linear:
    """Return the linear map of a part, which may be corrected."""
    linear = part.linear if isinstance(part, Corrected) else part
    assert isinstance(linear, nn.Linear)
    return linear


class FromPrincipal(Autoencoder):
    """An autoencoder of two linear maps, or of two that are corrected.

    It begins with the leading principal directions: its code is that of PCA, each number over its
    deviation.
    """

    def begin(self, learned: Tensor) -> None:
        """Take mean, deviation and principal directions of weights (r, P)."""
        super().begin(learned)
        read, written = _linear_of(self.encoder), _linear_of(self.decoder)
        rows = ((learned - self.centre) / self.scale).double()
        variances, directions = torch.linalg.eigh(rows.T @ rows / len(rows))
        leading = slice(-len(read.weight), None)
        deviations = variances[leading].clamp_min(1e-12).sqrt()
        kept = directions[:, leading]
        with torch.no_grad():
            read.weight.copy_((kept / deviations).T)
            written.weight.copy_(kept * deviations)
            for part in (read, written):
                part.bias.zero_()


Build = Callable[[Sequence[LayerWeights], int, Size], Autoencoder]


def _count(layers: Sequence[LayerWeights]) -> int:
    return sum(layer.of_units.size for layer in layers)


def _linear(layers: Sequence[LayerWeights], code: int, size: Size) -> Autoencoder:
    weights = _count(layers)
    return FromPrincipal(nn.Linear(weights, code), nn.Linear(code, weights), weights)


def _perceptron(layers: Sequence[LayerWeights], code: int, size: Size) -> Autoencoder:
    weights, width = _count(layers), 512
    encoder = Corrected([weights, width, width, code], size.dropout)
    decoder = Corrected([code, width, width, weights], size.dropout)
    return FromPrincipal(encoder, decoder, weights)


def _attention(
    layers: Sequence[LayerWeights], code: int, size: Size, globals: int, neck: Sequence[nn.Module]
) -> Autoencoder:
    encoder = Encoder(layers, "unit", size, globals)
    read = nn.Linear(encoder.read * size.width, code)
    decoder = Decoder(layers, "unit", size, code, shared=globals > 0)
    return Autoencoder(nn.Sequential(encoder, nn.Flatten(), read, *neck), decoder, _count(layers))


def _attention_1(layers: Sequence[LayerWeights], code: int, size: Size) -> Autoencoder:
    return _attention(layers, code, size, 0, [nn.Tanh()])


def _attention_2(layers: Sequence[LayerWeights], code: int, size: Size) -> Autoencoder:
    return _attention(layers, code, size, 1, [])


@dataclass(frozen=True)
class Kind:
    """An autoencoder of a kind: how it is built, and how long it is trained, if it is.

    ``dropout`` is the share that is dropped where units are in canonical order; where they are
    shuffled, nothing is. ``answers``: it learns as well what decoded networks answer.
    """

    build: Build
    plan: Plan | None = None
    dropout: float = 0.0
    answers: bool = False


LONG = Plan(steps=1500, batch=256)
KINDS = {
    "pca": Kind(_linear),
    "perceptron": Kind(_perceptron, LONG, dropout=0.3),
    "perceptron-answers": Kind(_perceptron, LONG, dropout=0.3, answers=True),
    "attention-1": Kind(_attention_1, Plan(steps=700, batch=128, learning_rate=4e-3), dropout=0.1),
    "attention-2": Kind(_attention_2, Plan(steps=1200, batch=128, learning_rate=4e-3), dropout=0.1),
}


@dataclass(frozen=True)
class Named:
    """An autoencoder: of a kind, of weights in raw or aligned order, perhaps with noise.

    ``noise`` is the place, one of ``PLACES``, where noise is added while it learns.
    """

    kind: Kind
    frame: str
    noise: str | None = None

    def built(self, layers: Sequence[LayerWeights], code: int, size: Size) -> Autoencoder:
        """Return it with codes of so many numbers; it has learned nothing yet."""
        dropout = self.kind.dropout if self.frame == "aligned" else 0.0
        return self.kind.build(layers, code, replace(size, dropout=dropout))


# pca-raw, …, attention-2-aligned; perceptron-aligned-noisy-code, …
AUTOENCODERS: dict[str, Named] = {
    f"{kind}-{frame}": Named(KINDS[kind], frame) for kind, frame in product(KINDS, FRAMES)
}
AUTOENCODERS |= {
    f"{name}-noisy-{place}": replace(named, noise=place)
    for (name, named), place in product(AUTOENCODERS.items(), PLACES)
    if named.kind.plan
}


def autoencoder_named(name: str) -> Named:
    """Return an autoencoder by its name, or raise ``ConfigError`` with the nearest names."""
    if name not in AUTOENCODERS:
        raise ConfigError(f"codes: no autoencoder {quoted(name)}; {nearest(name, AUTOENCODERS)}")
    return AUTOENCODERS[name]
