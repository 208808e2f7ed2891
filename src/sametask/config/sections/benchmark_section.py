"""The settings of the same-task benchmark: the content of ``config/same-task.yaml``."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from sametask.config.sections.section import (
    LARGEST,
    MANY,
    MANY_PAIRED,
    Count,
    CountOrNone,
    Length,
    Section,
)
from sametask.config.sections.stage_sections import Verdict
from sametask.statistics.sizes import TEST_SAMPLES


class ZooTraining(Section):
    """The settings that the networks of the zoo depend on."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    untrained: Count = Field(2, description="Number of untrained networks of every architecture.")
    steps: Count = Field(5000, description="Training steps of all networks together.")
    batch: Count = Field(256, description="Inputs in a step.")
    learning_rate: float = Field(
        4e-3, gt=0, le=LARGEST, description="Peak of the one-cycle learning rate."
    )


class SameTask(ZooTraining):
    """A zoo of networks with known relations, and how its pairs are judged."""

    fit: int = Field(
        600, ge=50, le=MANY_PAIRED, description="Samples that regressions are fitted on."
    )
    test: int = Field(400, ge=TEST_SAMPLES, le=MANY_PAIRED, description="Held-out samples.")
    perturbations: int = Field(
        96, ge=16, le=MANY // 10, description="Perturbations of a fit sample."
    )
    delta: Length = Field(
        0.05,
        description="Reach of the perturbations, in units of the inputs. Their standard "
        "deviation is delta / 4.",
    )
    pairs: int = Field(
        20, ge=5, le=MANY, description="Number of pairs for each relation, kind of layer, and half."
    )
    traps: int = Field(
        12,
        ge=3,
        le=MANY,
        description="Number of traps of each kind and half: analytic layers on "
        "which a verdict is easily wrong.",
    )
    shuffles: int = Field(
        999, ge=99, le=MANY, description="Shuffled pairings in the null distribution."
    )
    match_pairs: Count = Field(
        6, description="Number of such pairs that are matched by few shared inputs."
    )
    match_anchors: CountOrNone = Field(
        5, description="Number of inputs that both networks of a match share."
    )
    verdict: Verdict = Field(
        Verdict(), description="The thresholds of the verdict that are tested."
    )

    @property
    def training(self) -> dict[str, Any]:
        """The settings that the networks of the zoo depend on, as plain values."""
        return {name: getattr(self, name) for name in ZooTraining.model_fields}
