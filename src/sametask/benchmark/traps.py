"""Traps: pairs of analytic layers with known relations, on which a verdict is easily wrong.

A layer is v = [u, β tanh(u B + c)] A with scaled neurons. The signals u are functions of the
latents of ``tasks`` at the zoo's inputs. A has full rank, so that the layer holds exactly what its
signals hold, and the relation of two layers is that of their signals. Nothing is trained. Kinds:

- ``weak``: a direction with 0.1 to 1 % of the variance, in one layer or in both.
- ``rare``: a direction that 2 to 10 % of the samples carry.
- ``folded``: the square of a latent about a place off the middle, also in a weaker direction.
- ``wide``: 64 to 512 neurons, and fewer than 3 fit samples a neuron.
- ``scaled``: neurons whose scales are spread over 1e-4 to 1e4.
- ``heavy``: neurons with heavy tails, the hyperbolic sine of what they would be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.randomness import generator
from sametask.benchmark.tasks import LATENTS, latents, relation
from sametask.verdict.layers.comparison import Layer

KINDS = ("weak", "rare", "folded", "wide", "scaled", "heavy")
# Neurons of a layer that is not wide; the number of its tanh features, and their size β.
NEURONS, FEATURES, BEND = (8, 24), 4, 0.3
# Neurons of a wide layer, and its fit samples a neuron.
WIDE, SAMPLES = (64, 512), (1.05, 2.9)
# Variances of weak directions, as a part of those of one signal and its tanh features; samples that
# carry rare directions; places and weights of folds.
REST, WEAK, RARE, PLACE, WEIGHT = 1.13, (1e-3, 1e-2), (0.02, 0.1), (0.3, 0.9), (0.3, 1.0)
# Powers of ten of the scales, and the factor in the hyperbolic sine.
SCALES, TAILS = 4.0, (1.0, 2.5)
# What two layers hold: the same, more and less, something each, or nothing in common; in turn.
SAME, LESS, OTHER, NOTHING = "same", "less", "other", "nothing"
TURNS = (SAME, LESS, OTHER, SAME, LESS, NOTHING)


@dataclass(frozen=True)
class Signal:
    """A function of a latent z: itself, its ``fold`` (z − place)², or its ``part`` above a place.

    The part is max(z − place, 0)². ``weight`` is the standard deviation, relative to others.
    """

    latent: int
    kind: str = "latent"
    place: float = 0.0
    weight: float = 1.0

    @property
    def holds(self) -> frozenset[str]:
        """What the signal tells of its latent. The latent itself tells its fold and its part."""
        kinds = ("latent", "fold", "part") if self.kind == "latent" else (self.kind,)
        return frozenset(f"{kind} {self.latent}" for kind in kinds)

    def of(self, known: Tensor) -> Tensor:
        """Return the signal (…) of latents (…, 3), before it is centred and weighted."""
        away = known[..., self.latent - 1] - self.place
        if self.kind == "part":
            away = away.clamp_min(0)
        return away if self.kind == "latent" else away.square()


@dataclass(frozen=True)
class Recipe:
    """How a layer is made of signals.

    ``features`` tanh features stand beside the signals. The scales of the neurons are spread over
    10^±``spread``. With ``tails`` τ, neurons are sinh(τ v), v of about unit variance.
    """

    signals: tuple[Signal, ...]
    neurons: int
    features: int = FEATURES
    spread: float = 0.0
    tails: float = 0.0

    @property
    def knowledge(self) -> frozenset[str]:
        """What the layer holds."""
        return frozenset().union(*(signal.holds for signal in self.signals))

    def neuron_functions(
        self, fit: Tensor, draw: np.random.Generator
    ) -> Callable[[Tensor], Tensor]:
        """Return the layer as a function of inputs (…, 4): (…, m).

        Signals are centred and scaled on the ``fit`` inputs (N, 4).
        """

        def normal(*shape: int) -> Tensor:
            return torch.from_numpy(draw.standard_normal(shape))

        def raw(points: Tensor) -> Tensor:
            known = latents(points)
            return torch.stack([signal.of(known) for signal in self.signals], dim=-1)

        size, at_fit = len(self.signals), raw(fit)
        mean = at_fit.mean(dim=0)
        gain = torch.tensor([signal.weight for signal in self.signals]) / at_fit.std(dim=0)
        inner, shift = normal(size, self.features), normal(self.features)
        mixing = torch.linalg.qr(normal(self.neurons, size + self.features)).Q.mT
        scales = 10 ** torch.from_numpy(draw.uniform(-self.spread, self.spread, self.neurons))

        def neurons(points: Tensor) -> Tensor:
            signals = gain * (raw(points) - mean)
            bent = BEND * torch.tanh(signals @ inner + shift)
            values = torch.cat([signals, bent], dim=-1) @ mixing
            if self.tails:
                values = torch.sinh(self.tails * (self.neurons / size) ** 0.5 * values)
            return scales * values

        return neurons


@dataclass(frozen=True)
class Trap:
    """Two recipes, the kind of trap, and the number of fit samples, ``None`` for all."""

    kind: str
    name: str
    a: Recipe
    b: Recipe
    samples: int | None = None

    @property
    def truth(self) -> str:
        """The relation of both layers, by what they hold."""
        return relation(self.a.knowledge, self.b.knowledge)

    def layers(self, inputs: Mapping[str, Tensor], seed: int) -> tuple[Layer, Layer]:
        """Return both layers at the inputs of the zoo (see ``zoo.draw_inputs``)."""
        layers = []
        for side, recipe in (("a", self.a), ("b", self.b)):
            draw = generator(seed, f"trap {self.name} {side}")
            neurons = recipe.neuron_functions(inputs["fit"], draw)
            layers.append(
                Layer(
                    neurons(inputs["fit"][: self.samples]),
                    neurons(inputs["test"]),
                    neurons(inputs["perturbations"][: self.samples]),
                )
            )
        return layers[0], layers[1]


def _contents(how: str, draw: np.random.Generator) -> tuple[list[Signal], list[Signal]]:
    """Return the signals of two layers: the first latents, then what is special to the kind."""
    one, two, three = (Signal(int(k)) for k in draw.permutation(LATENTS))
    return {
        SAME: ([one, two], [one, two]),
        LESS: ([one, two], [one]),
        OTHER: ([one, two], [one, three]),
        NOTHING: ([one, two], [three]),
    }[how]


def _between(ends: tuple[float, float], draw: np.random.Generator, power: bool = False) -> float:
    """Return a random number between two ends: uniform, or its logarithm is."""
    if power:
        return float(np.exp(draw.uniform(*np.log(ends))))
    return float(draw.uniform(*ends))


@dataclass(frozen=True)
class Maker:
    """Makes the recipes of a trap. ``how`` is what two layers hold, ``known`` the latents (N, 3).

    The place of a fold and the samples that carry a part are the same in both recipes.
    """

    kind: str
    how: str
    known: Tensor
    draw: np.random.Generator
    fold: float
    few: float

    def recipes(self) -> tuple[Recipe, Recipe]:
        """Return both recipes: neurons and scales are drawn for each."""
        more, less = _contents(self.how, self.draw)
        if self.kind == "folded" and self.how == LESS:
            # Where one layer holds less, it holds the fold of what the other holds.
            return self._recipe(more, {}), self._recipe(more, self._folded())
        return self._recipe(more, self._special(more)), self._recipe(less, self._special(less))

    def _folded(self) -> dict[str, Any]:
        return {"kind": "fold", "place": self.fold}

    def _special(self, signals: list[Signal]) -> dict[str, Any]:
        """Return what the kind changes in the last signal."""
        if self.kind == "weak":
            return {"weight": (REST * _between(WEAK, self.draw, power=True)) ** 0.5}
        if self.kind == "rare":
            place = self.known[:, signals[-1].latent - 1].quantile(1 - self.few).item()
            return {"kind": "part", "place": place, "weight": self.few**0.5}
        return self._folded() if self.kind == "folded" else {}

    def _recipe(self, signals: list[Signal], changes: dict[str, Any]) -> Recipe:
        """Return the recipe of a layer with the last of two signals changed."""
        if self.kind == "folded":
            changes = {"weight": _between(WEIGHT, self.draw), **changes}
        if len(signals) > 1:
            signals = [*signals[:-1], replace(signals[-1], **changes)]
        made = Recipe(tuple(signals), int(self.draw.integers(*NEURONS)))
        if self.kind == "wide":
            width = round(_between(WIDE, self.draw, power=True))
            return replace(made, neurons=width, features=width - len(signals))
        if self.kind == "heavy":
            return replace(made, tails=_between(TAILS, self.draw))
        return replace(made, spread=SCALES if self.kind == "scaled" else 0.0)


def draw_traps(each: int, half: str, fit: Tensor, seed: int) -> list[Trap]:
    """Return ``each`` traps of every kind; ``fit`` (N, 4) are the fit inputs.

    The two halves have other latents, widths, weights and weights of neurons: each trap has
    random numbers of its own.
    """
    traps, known = [], latents(fit)
    for kind in KINDS:
        for number in range(each):
            name = f"{half} {kind} {number + 1}"
            draw = generator(seed, f"trap {name}")
            how = TURNS[number % len(TURNS)]
            fold = _between(PLACE, draw) * float(draw.choice([-1, 1]))
            a, b = Maker(kind, how, known, draw, fold, _between(RARE, draw)).recipes()
            samples = None
            if kind == "wide":
                width = max(a.neurons, b.neurons)
                samples = min(len(fit), round(width * _between(SAMPLES, draw)))
            if draw.integers(2):
                a, b = b, a
            traps.append(Trap(kind, name, a, b, samples))
    return traps
