"""Attention over the weights of a network: its units, layers or single weights are the tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import torch
from torch import Tensor, nn

from sametask.base.errors import ConfigError, nearest, quoted
from sametask.populations.layout import LayerWeights

GROUPINGS = ("weight", "unit", "layer")


@dataclass(frozen=True)
class Size:
    """The sizes of a transformer: of its tokens, its feed-forward parts, and how many of each."""

    width: int = 32
    blocks: int = 4
    heads: int = 4
    inner: int = 128
    dropout: float = 0.0


# The source gives four blocks of width 128 100,000 parameters, which cannot be. An autoencoder has
# 104,000 with the first of these sizes, and 1.07 million with the second.
SIZES = {"size": Size(), "d128": Size(width=128, inner=256)}


def token_places(layers: Sequence[LayerWeights], grouping: str) -> list[Tensor]:
    """Return for every layer the places (t, q) of the q weights in each of its t tokens.

    Biases belong to the unit that they are of. ``ConfigError`` for a grouping that there is not.
    """
    if grouping not in GROUPINGS:
        raise ConfigError(f"no grouping {quoted(grouping)}; {nearest(grouping, GROUPINGS)}")
    units = [torch.from_numpy(layer.of_units) for layer in layers]
    shapes = {"weight": (-1, 1), "layer": (1, -1)}
    return [each.reshape(shapes.get(grouping, each.shape)) for each in units]


def positions(tokens: int, width: int) -> Tensor:
    """Return sines and cosines (tokens, width) of the number of each token (Vaswani et al. 2017).

    The wavelengths are 2π · 10000^(2i / width).
    """
    rates = torch.exp(-log(10000) * torch.arange(0, width, 2) / width)
    angles = torch.arange(tokens)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]


class TokenMaps(nn.Module):
    """Affine maps of tokens (n, t, i) to (n, t, o): one for all, or one for each of t ``maps``."""

    def __init__(self, maps: int, inputs: int, outputs: int) -> None:
        super().__init__()
        reach = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(maps, inputs, outputs).uniform_(-reach, reach))
        self.bias = nn.Parameter(torch.empty(maps, outputs).uniform_(-reach, reach))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map the tokens."""
        return (tokens.transpose(0, 1) @ self.weight).transpose(0, 1) + self.bias


class Block(nn.Module):
    """Attention, then a feed-forward part; each adds to what it reads, normalised before."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        if size.width % size.heads:
            raise ConfigError(f"a width of {size.width} cannot be divided by {size.heads} heads")
        self.heads = size.heads
        self.before, self.between = nn.LayerNorm(size.width), nn.LayerNorm(size.width)
        self.all = nn.Linear(size.width, 3 * size.width)
        self.mixed = nn.Linear(size.width, size.width)
        self.forward_part = nn.Sequential(
            nn.Linear(size.width, size.inner), nn.GELU(), nn.Linear(size.inner, size.width)
        )
        self.dropout = nn.Dropout(size.dropout)

    def attend(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return tokens (n, t, width) after the attention, and its maps (n, heads, t, t).

        A map says how much each token (row) takes from each (column): rows sum to 1.
        """
        split = self.all(self.before(tokens)).unflatten(-1, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        maps = (query @ key.mT * query.shape[-1] ** -0.5).softmax(dim=-1)
        mixed = self.mixed((maps @ value).transpose(1, 2).flatten(2))
        return tokens + self.dropout(mixed), maps

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return the tokens (n, t, width) that come out, and the maps of the attention."""
        tokens, maps = self.attend(tokens)
        return tokens + self.dropout(self.forward_part(self.between(tokens))), maps


class Encoder(nn.Module):
    """Weights (n, P) to K tokens (n, K, width) by blocks of attention.

    With K ``globals``, learned tokens stand before those of the weights, and only they are read;
    all tokens of a layer have one embedder, and sines and cosines say which is which. Without, all
    tokens are read, and each has an embedder of its own (the second and the first autoencoder of
    the source).
    """

    positions: Tensor

    def __init__(
        self, layers: Sequence[LayerWeights], grouping: str, size: Size, globals: int = 0
    ) -> None:
        super().__init__()
        self.places, self.globals = token_places(layers, grouping), globals
        self.embedders = nn.ModuleList(
            TokenMaps(1 if globals else len(places), places.shape[1], size.width)
            for places in self.places
        )
        count = sum(map(len, self.places))
        self.read = globals or count
        code = positions(count, size.width)
        self.register_buffer("positions", code if globals else torch.zeros_like(code))
        self.first = nn.Parameter(torch.randn(globals, size.width) * size.width**-0.5)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.blocks))
        self.last = nn.LayerNorm(size.width)

    def tokens(self, weights: Tensor) -> Tensor:
        """Return the tokens (n, globals + t, width) that the first block reads."""
        embedded = [
            embedder(weights[:, places])
            for embedder, places in zip(self.embedders, self.places, strict=True)
        ]
        units = torch.cat(embedded, dim=1) + self.positions
        return torch.cat([self.first.expand(len(weights), -1, -1), units], dim=1)

    def forward(self, weights: Tensor) -> Tensor:
        """Return the tokens (n, K, width) that are read."""
        tokens = self.tokens(weights)
        for block in self.blocks:
            tokens, _ = block(tokens)
        return self.last(tokens[:, : self.read])

    def attention(self, weights: Tensor) -> Tensor:
        """Return the maps (n, blocks, heads, t, t) of all blocks; global tokens come first."""
        tokens, all_maps = self.tokens(weights), []
        for block in self.blocks:
            tokens, maps = block(tokens)
            all_maps.append(maps)
        return torch.stack(all_maps, dim=1)


class Decoder(nn.Module):
    """A code (n, c) to weights (n, P): to a token for each unit, through blocks, to its weights.

    ``shared``: all tokens are made of the code alike, with sines and cosines that tell them apart,
    and those of a layer are read alike. Otherwise each has maps of its own.
    """

    positions: Tensor

    def __init__(
        self, layers: Sequence[LayerWeights], grouping: str, size: Size, code: int, shared: bool
    ) -> None:
        super().__init__()
        self.places = token_places(layers, grouping)
        count = sum(map(len, self.places))
        self.spread = TokenMaps(1 if shared else count, code, size.width)
        table = positions(count, size.width)
        self.register_buffer("positions", table if shared else torch.zeros_like(table))
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.blocks))
        self.last = nn.LayerNorm(size.width)
        self.heads = nn.ModuleList(
            TokenMaps(1 if shared else len(places), size.width, places.shape[1])
            for places in self.places
        )

    def forward(self, code: Tensor) -> Tensor:
        """Return the weights."""
        copies = code[:, None].expand(-1, len(self.positions), -1)
        tokens = self.spread(copies) + self.positions
        for block in self.blocks:
            tokens, _ = block(tokens)
        parts = self.last(tokens).split([len(places) for places in self.places], dim=1)
        values = [head(part).flatten(1) for head, part in zip(self.heads, parts, strict=True)]
        order = torch.cat([places.flatten() for places in self.places]).argsort()
        return torch.cat(values, dim=1)[:, order.to(code.device)]
