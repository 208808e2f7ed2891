"""Principal components of a layer's neurons, which are measured in the place of a wide layer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.magnitude import varies
from sametask.config.sections.network_sections import PrincipalComponents

# Neurons up to which `neurons: auto` measures all of them. Beyond, their perturbations take much
# disk, and splines need more samples than there are.
WIDEST = 256
# Variance at the fit samples that `components: auto` holds.
HELD = 0.999
# Components of less variance than this, relative to the first, are round-off.
NEGLIGIBLE = 1e-12

# The arrays of components in a store, and their axes.
ARRAYS = {"mean": ["layer_neuron"], "matrix": ["layer_neuron", "component"]}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Components:
    """y = (h − h̄) V: the leading principal components of the neurons h at the fit samples.

    ``mean`` h̄ (t,) and the orthonormal columns of ``matrix`` V (t, k) are in float64, ``held`` is
    the share of the variance of all neurons that the k components hold. In another orthonormal
    basis of the same layer, y differs only by signs, and by a rotation among components of equal
    variance: components do not depend on the basis as single neurons do.
    """

    mean: Tensor
    matrix: Tensor
    held: float

    @classmethod
    def read(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Components:
        """Return the components of values of ``plain`` and of ``arrays``."""
        mean, matrix = (torch.from_numpy(arrays[name]) for name in ARRAYS)
        return cls(mean, matrix, values["held"])

    @property
    def count(self) -> int:
        """The number k of components."""
        return self.matrix.shape[1]

    @classmethod
    def of(cls, activations: Tensor, wanted: int | str) -> Components:
        """Return the components of activations (…, t) at the fit samples, and at their steps.

        ``wanted`` is their number, or ``auto``: the fewest that hold 99.9 % of the variance. There
        are fewer than ``wanted`` if the activations have fewer directions. Neurons that vary by
        round-off alone have no weight, and a layer of only such neurons has a single component,
        which is zero. Raises ``DataError`` for more components than neurons or samples allow.
        """
        rows = activations.reshape(-1, activations.shape[-1])
        values = rows.double()
        most = min(len(values) - 1, values.shape[1])
        if not isinstance(wanted, str) and wanted > most:
            raise DataError(
                f"neurons.components: {wanted} asked for, but {len(values)} activations of "
                f"{values.shape[1]} neurons have at most {most}"
            )
        mean = values.mean(dim=0)
        moving = varies(rows, 0)
        variances, vectors = _principal((values - mean) * moving)
        count = _number(variances, wanted)
        held = (variances[:count].sum() / variances.sum()).item() if variances[0] > 0 else 1.0
        return cls(mean, (vectors[:, :count] * moving.mT).contiguous(), held)

    def project(self, neurons: Tensor) -> Tensor:
        """Return the components (…, p k) of neurons (…, p t), at each of p steps."""
        steps = neurons.unflatten(-1, (-1, len(self.mean)))
        scores = (steps.double() - self.mean.to(neurons.device)) @ self.matrix.to(neurons.device)
        return scores.flatten(-2).to(neurons.dtype)

    def project_differences(self, differences: Tensor) -> Tensor:
        """Return the components (…, k) of differences of neurons (…, t): without the mean."""
        return (differences.double() @ self.matrix.to(differences.device)).to(differences.dtype)

    def project_perturbed(self, neurons: Tensor) -> Tensor:
        """Return the components (n, M, …, k) of neurons (n, M, …, t) at M perturbations of samples.

        Differences from the first perturbation are projected, without neurons that vary by
        round-off alone. Sums over neurons have round-off of their own, beside which a dead layer
        would seem to react.
        """
        first = neurons[:, :1]
        differences = (neurons - first) * varies(neurons, 1)
        return self.project(first) + self.project_differences(differences)

    def plain(self) -> dict[str, Any]:
        """Return what the description of a layout says of its components."""
        return {"count": self.count, "held": self.held}

    @property
    def arrays(self) -> dict[str, Tensor]:
        """The arrays that ``read`` needs, by name."""
        return {"mean": self.mean, "matrix": self.matrix}


def _principal(away: Tensor) -> tuple[Tensor, Tensor]:
    """Return descending variances (q,) and principal directions (t, q) of centred rows (n, t).

    The entry of largest size of every direction is positive: signs do not depend on the solver.
    """
    if len(away) > 2 * away.shape[1]:
        # As accurate, in the memory of a square matrix.
        away = torch.linalg.qr(away, mode="r").R
    _, singular, directions = torch.linalg.svd(away, full_matrices=False)
    largest = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True))
    return singular.square(), (directions * largest.sign()).mT


def _number(variances: Tensor, wanted: int | str) -> int:
    """Return how many components of descending ``variances`` (q,) are kept."""
    most = max(1, int((variances > NEGLIGIBLE * variances[0]).sum()))
    if not isinstance(wanted, str):
        if wanted > most:
            log.warning("the activations have %d components, not %d", most, wanted)
        return min(wanted, most)
    if not variances[0] > 0:
        return 1
    held = variances.cumsum(0) / variances.sum()
    return min(most, int((held < HELD).sum()) + 1)


def wanted_components(
    neurons: str | Sequence[int] | PrincipalComponents, total: int
) -> int | str | None:
    """Return how many components of ``total`` neurons are measured, or ``auto``.

    ``neurons`` is the key of a network's section; ``None`` means that neurons are measured.
    """
    if isinstance(neurons, PrincipalComponents):
        return neurons.components
    return "auto" if neurons == "auto" and total > WIDEST else None
