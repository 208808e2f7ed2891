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


def _last(signals: list[Signal], **changes: Any) -> tuple[Signal, ...]:
    """Return two signals, of which the last is changed; a single one stays as it is."""
    return (*signals[:-1], replace(signals[-1], **changes)) if len(signals) > 1 else (*signals,)


def _recipes(kind: str, how: str, draw: np.random.Generator, fit: Tensor) -> tuple[Recipe, Recipe]:
    """Return the recipes of a trap; its neurons and scales are drawn for each side."""

    def between(ends: tuple[float, float], power: bool = False) -> float:
        low, high = np.log(ends) if power else ends
        drawn = float(draw.uniform(low, high))
        return float(np.exp(drawn)) if power else drawn

    sides = _contents(how, draw)
    # The place of a fold or of a part is the same on both sides, for the same latent.
    fold, few = between(PLACE) * draw.choice([-1, 1]), between(RARE)
    known = latents(fit)
    recipes = []
    for number, signals in enumerate(sides):
        changes: dict[str, Any] = {}
        if kind == "weak":
            changes = {"weight": (REST * between(WEAK, power=True)) ** 0.5}
        elif kind == "rare":
            place = known[:, signals[-1].latent - 1].quantile(1 - few).item()
            changes = {"kind": "part", "place": place, "weight": few**0.5}
        elif kind == "folded":
            changes = {"weight": between(WEIGHT)}
            # Where one layer holds less, it holds the fold of what the other holds.
            if how != LESS or number == 1:
                changes |= {"kind": "fold", "place": fold}
        if kind == "folded" and how == LESS:
            signals = sides[0]
        made = Recipe(_last(signals, **changes), int(draw.integers(*NEURONS)))
        if kind == "wide":
            width = round(between(WIDE, power=True))
            made = replace(made, neurons=width, features=width - len(signals))
        elif kind == "scaled":
            made = replace(made, spread=SCALES)
        elif kind == "heavy":
            made = replace(made, tails=between(TAILS))
        recipes.append(made)
    return recipes[0], recipes[1]


KINDS = ("weak", "rare", "folded", "wide", "scaled", "heavy")


def draw_traps(each: int, half: str, fit: Tensor, seed: int) -> list[Trap]:
    """Return ``each`` traps of every kind; ``fit`` (N, 4) are the fit inputs.

    The two halves have other latents, widths, weights and weights of neurons: each trap has
    random numbers of its own.
    """
    traps = []
    for kind in KINDS:
        for number in range(each):
            name = f"{half} {kind} {number + 1}"
            draw = generator(seed, f"trap {name}")
            how = TURNS[number % len(TURNS)]
            a, b = _recipes(kind, how, draw, fit)
            samples = None
            if kind == "wide":
                width = max(a.neurons, b.neurons)
                samples = min(len(fit), round(width * float(draw.uniform(*SAMPLES))))
            if draw.integers(2):
                a, b = b, a
            traps.append(Trap(kind, name, a, b, samples))
    return traps
