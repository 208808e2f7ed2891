"""What all estimators but the bootstrap begin from: a network of an ensemble, and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed, generator
from sametask.config.sections.covariances_section import Covariances
from sametask.networks.nonlinearities import nonlinearity
from sametask.neurons.covariances.descent import Path, descend
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.neurons.covariances.sandwich import Group, groups
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members

# The split whose rows and networks are studied.
SPLIT = 0


@dataclass(frozen=True)
class Network:
    """Networks (r, P) near an optimum on each of r data sets; ``layer`` is the studied one.

    An ensemble has one data set; to check an estimator, it has many at once.
    """

    objective: Objective
    start: Tensor
    sample: Sample
    layer: int
    settings: Covariances
    seed: int

    @classmethod
    def first(
        cls,
        members: Members,
        rows: Rows,
        layer: int,
        settings: Covariances,
        seed: int,
        weight_decay: float = 0.0,
    ) -> Network:
        """Return the first network that did not diverge, and the rows that are not held out.

        Networks are trained for the mean square error and ½ ``weight_decay`` ‖w‖²: of ½‖y − f‖²
        with k outputs, the decay is k/2 times that. ``DataError`` if all diverged.
        """
        present = members.present[SPLIT].nonzero()[0]
        if not present.size:
            raise DataError("no network of the ensemble is left: all diverged")
        learned = ~rows.held_out[SPLIT]
        decay = weight_decay * (1.0 if rows.classified else rows.outputs / 2)
        return cls(
            Objective(members.layers, nonlinearity(members.activation), rows.classified, decay),
            torch.from_numpy(members.weights[SPLIT, present[:1]]).double(),
            Sample.of(rows.seen(SPLIT)[learned], rows.wanted[learned]),
            layer,
            settings,
            seed,
        )

    @cached_property
    def path(self) -> Path:
        """The averaged descent from the start on."""
        seed = derived_seed(self.seed, "averaged descent")
        return descend(self.objective, self.start, self.sample, self.settings.descent, seed)

    @cached_property
    def measured(self) -> Sample:
        """The rows that curvature is measured on: all, or as many drawn at random as are asked."""
        order = generator(self.seed, "rows of the curvature").permutation(len(self.sample))
        return self.sample.at(torch.from_numpy(np.sort(order[: self.settings.rows])))

    @cached_property
    def groups(self) -> list[Group]:
        """The weights whose curvature is measured together."""
        return groups(self.objective.layers, self.layer)

    @property
    def places(self) -> Tensor:
        """The places (K, d) of the neurons' weights."""
        return torch.from_numpy(self.objective.layers[self.layer - 1].of_units)
