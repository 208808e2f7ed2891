"""Tasks with known relations, because each is a function of known latent variables.

Inputs are uniform in [-1, 1]⁴. The latents z₁(x₁, x₂), z₂(x₃), z₃(x₄) are independent of each
other; each has a gradient without zeros, and connected level sets. A task depends on some of them,
or on the square of one, which folds it. These determine its relation to any other task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from sametask.base.relations import A_DETERMINES_B, B_DETERMINES_A, EQUIVALENT, PARTIAL, UNRELATED

INPUTS = 4
LATENTS = (1, 2, 3)
# Mean and standard deviation of the latents before they are standardised, to two digits.
MEAN, SPREAD = (0.0, 0.0, 1.11), (0.78, 0.73, 0.5)
# Where a latent is folded: half-way for the first and the last, off the middle for the second.
FOLDS = {1: 0.0, 2: 0.8, 3: 0.0}
WEAK = 0.2


def latents(inputs: Tensor) -> Tensor:
    """Return z (…, 3) of inputs x (…, 4), each of mean 0 and variance 1 to two digits."""
    x1, x2, x3, x4 = inputs.unbind(dim=-1)
    raw = torch.stack(
        [
            x1 + 0.3 * x1**3 + 0.5 * torch.sin(2 * x2),
            x3 + 0.25 * torch.sin(3 * x3),
            torch.exp(0.8 * x4),
        ],
        dim=-1,
    )
    return (raw - raw.new_tensor(MEAN)) / raw.new_tensor(SPREAD)


def plain(known: Tensor) -> Tensor:
    """Return the latents (…, k) themselves."""
    return known


def diffeomorphism(known: Tensor) -> Tensor:
    """Return a smooth, invertible image (…, k): the same knowledge in other coordinates."""
    first = torch.tanh(0.8 * known[..., :1])
    if known.shape[-1] == 1:
        return first
    # Triangular: every output but `first` is a function of its own latent plus `first`.
    return torch.cat([torch.sinh(0.6 * known[..., 1:]) + first, first], dim=-1)


def surface(known: Tensor) -> Tensor:
    """Return an embedding in two more dimensions (…, k + 2): a bent curve or surface."""
    first = 0.9 * known[..., :1]
    total = 0.5 * known.sum(dim=-1, keepdim=True)
    return torch.cat([first.cos(), first.sin(), known[..., 1:], total], dim=-1)


def weak(known: Tensor) -> Tensor:
    """Return the latents; all but the first are scaled to 4 % of its variance."""
    return torch.cat([known[..., :1], WEAK * known[..., 1:]], dim=-1)


FORMS: dict[str, Callable[[Tensor], Tensor]] = {
    "plain": plain,
    "diffeomorphism": diffeomorphism,
    "surface": surface,
    "weak": weak,
}


@dataclass(frozen=True)
class Task:
    """What a network learns: a form of some latents, of which one may be folded."""

    latents: tuple[int, ...]
    form: str = "plain"
    folded: int | None = None

    @property
    def name(self) -> str:
        """A short name: which latents, in which form."""
        letters = (f"z{k}²" if k == self.folded else f"z{k}" for k in self.latents)
        return f"{self.form} of {', '.join(letters)}"

    @property
    def knowledge(self) -> frozenset[str]:
        """What the targets determine: latents and their squares; of a folded latent, the square."""
        squares = {f"square {k}" for k in self.latents}
        return frozenset(squares | {f"latent {k}" for k in self.latents if k != self.folded})

    @property
    def bottleneck(self) -> int:
        """The units of a bottleneck: one for each latent, more where a fold makes learning hard."""
        return len(self.latents) if self.folded is None else len(LATENTS)

    def targets(self, inputs: Tensor) -> Tensor:
        """Return the targets (…, p) of inputs (…, 4)."""
        known = latents(inputs)[..., [k - 1 for k in self.latents]]
        if self.folded is not None:
            place = self.latents.index(self.folded)
            square = (known[..., place : place + 1] - FOLDS[self.folded]).square()
            known = torch.cat([known[..., :place], square, known[..., place + 1 :]], dim=-1)
        return FORMS[self.form](known)


# A layer that keeps the whole input determines everything.
EVERYTHING = frozenset(
    {f"{kind} {k}" for kind in ("latent", "square") for k in LATENTS} | {"input"}
)


def all_tasks() -> list[Task]:
    """Return every task of the benchmark, in a fixed order."""
    subsets = [chosen for size in LATENTS for chosen in combinations(LATENTS, size)]
    tasks = [
        Task(chosen, form)
        for chosen in subsets
        for form in FORMS
        if form != "weak" or len(chosen) > 1
    ]
    folds = [Task((k,), "plain", k) for k in LATENTS]
    return tasks + folds + [Task((1, 2), "plain", 1), Task((2, 3), "plain", 2)]


def relation(a: frozenset[str], b: frozenset[str]) -> str:
    """Return the relation of two layers with this knowledge, by set inclusion."""
    if a == b:
        return EQUIVALENT
    if a > b:
        return A_DETERMINES_B
    if a < b:
        return B_DETERMINES_A
    return PARTIAL if a & b else UNRELATED
