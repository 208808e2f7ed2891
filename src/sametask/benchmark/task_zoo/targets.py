"""What the networks of the task zoo learn, and which target holds which other one.

A target is a function of the labels or of the inputs of a data set. Its ``contains`` names the
targets that are functions of it in a simple form: those that merge its classes, or that are some
of its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

import numpy as np
import torch
from scipy.stats.contingency import association, crosstab
from torch import Tensor

from sametask.base.randomness import generator
from sametask.benchmark.task_zoo.data_sets import FOUR_INPUTS, NAMES, DataSet
from sametask.benchmark.tasks import Task

PERMUTED, RANDOM, AUTOENCODER = "permuted labels", "random labels", "autoencoder"
# Targets that only the rows themselves explain: every network has its own.
MEMORISED = (PERMUTED, RANDOM)
PROGRESSION = "progression"
# The task that most networks of four inputs learn, and others that depend on the same latents.
FOLDED, OTHER_FORMS = Task((1, 2), folded=1), ("diffeomorphism", "surface")
# Principal components of the inputs that the nonlinear functions depend on.
COMPONENTS = 3
# A network has learned its task if its fidelity to the truth reaches this: Cohen's kappa of
# classes, or R². On held-out rows, or where only the rows explain the target,.
LEARNED = 0.6
# The progression of diabetes is noisy. Linear regression explains less than half of it, and
# networks that are not held back learn the noise.
LEARNED_PROGRESSION, DECAY_PROGRESSION = 0.3, 3.0
# Thresholds of curves that are more related to another target, by Cramér's V, are passed over.
RELATED = 0.35


@dataclass(frozen=True)
class Target:
    """A target of all rows of a data set: labels (N,) of classes, or columns (N, p).

    ``like`` names the target of which it is another form, if any; then it contains ``perhaps`` what
    that target contains.
    """

    name: str
    values: Tensor
    contains: frozenset[str] = frozenset()
    like: str | None = None
    perhaps: frozenset[str] = frozenset()

    @property
    def classifies(self) -> bool:
        """Whether the values are labels of classes."""
        return not self.values.is_floating_point()

    @property
    def width(self) -> int:
        """The outputs that a network needs for it."""
        return int(self.values.max()) + 1 if self.classifies else self.values.shape[1]

    @property
    def least(self) -> float | None:
        """The fidelity from which a network has learned it; ``None`` if it cannot be learned."""
        if self.name in MEMORISED:
            return None
        return LEARNED_PROGRESSION if self.name == PROGRESSION else LEARNED

    @property
    def decay(self) -> float | None:
        """The weight decay that it needs, if not that of all others."""
        return DECAY_PROGRESSION if self.name == PROGRESSION else None


def curved(data: DataSet, number: int) -> Tensor:
    """Return a nonlinear function (N,) of the inputs, of mean 0 and variance 1.

    f = sin(1.5 u·c) + ½ (v·c)² + ½ w·c, where c are the three leading principal components of the
    inputs, standardised, and u, v and w are random unit vectors, others for every ``number``.
    """
    known = data.inputs[data.trained]
    mean = known.mean(dim=0)
    axes = torch.linalg.svd(known - mean, full_matrices=False).Vh[:COMPONENTS]
    components = (data.inputs - mean) @ axes.mT
    components = components / components[data.trained].std(dim=0)
    draw = generator(number, f"curved target {data.name}")
    u, v, w = (
        torch.from_numpy(direction / np.linalg.norm(direction))
        for direction in draw.standard_normal((3, COMPONENTS))
    )
    values = torch.sin(1.5 * components @ u) + (components @ v).square() / 2 + components @ w / 2
    return (values - values[data.trained].mean()) / values[data.trained].std()


def above_median(data: DataSet, values: Tensor) -> Tensor:
    """Return classes (N,): 1 where values (N,) exceed the median of the trained rows."""
    return (values > values[data.trained].median()).long()


def _labels(data: DataSet) -> Tensor:
    assert data.labels is not None
    return data.labels


def is_function(labels: Tensor, of: Tensor) -> bool:
    """Return whether labels (N,) follow from others (N,): one label for each of the others."""
    table = torch.zeros(int(of.max()) + 1, int(labels.max()) + 1)
    table[of, labels] = 1
    return bool((table.sum(dim=1) <= 1).all())


def related(first: Tensor, second: Tensor) -> float:
    """Return Cramér's V of two labels (N,): 0 if they are independent."""
    return float(association(crosstab(first.numpy(), second.numpy()).count, method="cramer"))


def _merging(labels: Mapping[str, Tensor]) -> dict[str, Target]:
    """Return targets that are classes; one contains all others that follow from its classes."""
    contained = {
        name: frozenset(
            other
            for other, smaller in labels.items()
            if is_function(smaller, values) and not is_function(values, smaller)
        )
        for name, values in labels.items()
    }
    return {name: Target(name, values, contained[name]) for name, values in labels.items()}


def _digits(data: DataSet) -> dict[str, Target]:
    digit = _labels(data)
    images = data.inputs.reshape(-1, 8, 8)
    brighter = (images[:, :4] - images[:, 4:]).sum(dim=(1, 2))
    return _merging(
        {
            "classes": digit,
            "parity": digit % 2,
            "5 or more": (digit >= 5).long(),
            "modulo 3": digit % 3,
            # The other half of the classes is thrown together into one.
            "half of the classes": digit.clamp_max(5),
            "brighter half": above_median(data, brighter),
        }
    )


def _classes(data: DataSet) -> dict[str, Target]:
    """Return the classes, the second of three classes against the rest, and other thresholds.

    Curves are the first that are hardly related to what stands before them.
    """
    known = {"classes": _labels(data)}
    if data.classes > 2:
        known["class 1 or not"] = (known["classes"] == 1).long()
    known["second feature"] = above_median(data, data.inputs[:, 1])
    numbers = count(1)
    for name in ("curve 1", "curve 2"):
        curves = (above_median(data, curved(data, number)) for number in numbers)
        known[name] = next(
            curve
            for curve in curves
            if max(related(curve[data.trained], other[data.trained]) for other in known.values())
            < RELATED
        )
    return _merging(known)


def _diabetes(data: DataSet) -> dict[str, Target]:
    progression = _labels(data)
    known = progression[data.trained]
    columns = {
        PROGRESSION: ((progression - known.mean()) / known.std())[:, None],
        **{f"curve {k}": curved(data, k)[:, None] for k in (1, 2, 3)},
    }
    pair = ("curve 1", "curve 2")
    both = torch.cat([columns[name] for name in pair], dim=1)
    return {
        **{name: Target(name, values) for name, values in columns.items()},
        "curves 1 and 2": Target("curves 1 and 2", both, frozenset(pair)),
    }


def _four_inputs(data: DataSet) -> dict[str, Target]:
    """Return forms of latents of which one is folded; the plain form contains that of fewer.

    Without a fold, a latent is nearly a linear function of the inputs, which need no network then.
    """
    tasks = [Task((k,), folded=k) for k in (1, 2, 3)] + [FOLDED, Task((2, 3), folded=2)]
    values = {task.name: Target(task.name, task.targets(data.inputs)) for task in tasks}
    for task in tasks[3:]:
        (fewer,) = (other for other in tasks[:3] if other.folded == task.folded)
        values[task.name] = replace(values[task.name], contains=frozenset({fewer.name}))
    unlike = [replace(FOLDED, form=form) for form in OTHER_FORMS] + [replace(FOLDED, folded=None)]
    contained = values[FOLDED.name].contains
    return values | {
        form.name: Target(form.name, form.targets(data.inputs), like=FOLDED.name, perhaps=contained)
        for form in unlike
    }


MEANINGFUL: dict[str, Callable[[DataSet], dict[str, Target]]] = {
    "digits": _digits,
    "diabetes": _diabetes,
    FOUR_INPUTS: _four_inputs,
}


@lru_cache(maxsize=len(NAMES))
def targets(data: DataSet) -> dict[str, Target]:
    """Return the targets of a data set that mean something, by name."""
    known = MEANINGFUL.get(data.name, _classes)(data)
    return {**known, AUTOENCODER: Target(AUTOENCODER, data.inputs)}


def memorised(data: DataSet, like: Target, name: str, seed: int) -> Target:
    """Return a target that the inputs do not explain: ``like`` permuted, or drawn at random."""
    draw = generator(seed, f"{name} {data.name}")
    rows = len(like.values)
    if name == PERMUTED:
        return Target(name, like.values[torch.from_numpy(draw.permutation(rows))])
    if like.classifies:
        return Target(name, torch.from_numpy(draw.integers(like.width, size=rows)))
    return Target(name, torch.from_numpy(draw.standard_normal((rows, like.width))))
