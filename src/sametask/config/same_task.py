"""The settings of the same-task benchmark: the content of ``config/same-task.yaml``."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from sametask.config.inputs import TEST_SAMPLES
from sametask.config.section import Section
from sametask.config.stages import Verdict


class SameTask(Section):
    """A zoo of networks with known relations, and how its pairs are judged."""

    seed: int = Field(0, ge=0, description="Everything random is drawn from it.")
    untrained: int = Field(2, ge=1, description="Untrained networks of every architecture.")
    steps: int = Field(5000, ge=1, description="Training steps of all networks together.")
    batch: int = Field(256, ge=1, description="Inputs in a step.")
    learning_rate: float = Field(4e-3, gt=0, description="Peak of the one-cycle learning rate.")
    fit: int = Field(600, ge=50, description="Samples that regressions are fitted on.")
    test: int = Field(400, ge=TEST_SAMPLES, description="Held-out samples.")
    neighbours: int = Field(96, ge=16, description="Neighbours of each fit sample.")
    delta: float = Field(0.05, gt=0, description="Reach; the standard deviation is delta / 4.")
    pairs: int = Field(20, ge=5, description="Pairs of each relation, kind of layer, and half.")
    shuffles: int = Field(999, ge=99, description="Shuffled pairings in the null distribution.")
    match_pairs: int = Field(
        6, ge=1, description="The same, of those that are matched by few shared inputs."
    )
    match_anchors: int = Field(5, ge=0, description="Inputs that both networks of a match share.")
    verdict: Verdict = Field(Verdict(), description="The thresholds that are tested.")

    @property
    def training(self) -> dict[str, Any]:
        """Those settings that the networks of the zoo depend on, as plain values."""
        names = ("seed", "untrained", "steps", "batch", "learning_rate")
        return {name: getattr(self, name) for name in names}
