"""How a teacher is distilled: the key ``distillation`` of what is asked of neurons."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from sametask.config.sections.section import LARGEST, Count, Section
from sametask.config.sections.words import DISTINCT

Positive = Annotated[float, Field(gt=0, le=LARGEST)]


class Distillation(Section):
    """A teacher, a student with fewer neurons, and the priors that the student may have."""

    teacher: list[Count] = Field([20, 20], min_length=1, description="Hidden units of the teacher.")
    student: list[Count] = Field(
        [7, 8],
        min_length=1,
        description="Hidden units of the student. With fewer layers than the teacher, the last "
        "layers of the teacher are removed, which must have as many units as those before.",
    )
    rows: Annotated[list[Count], DISTINCT] = Field(
        [20, 50, 100, 200], min_length=1, description="Rows that a student learns from."
    )
    seeds: int = Field(10, ge=3, le=1000, description="Divisions of the rows, each with its start.")
    validation: float = Field(
        0.15, gt=0, lt=1, description="The share of the rows that settings are chosen by."
    )
    precision: Positive = Field(1.0, description="τ in the teacher's own prior N(0, I / τ).")
    scales: Annotated[list[Positive], DISTINCT] = Field(
        [0.01, 0.1, 1.0], min_length=1, description="Scales c that a prior's covariance may have."
    )
    temperatures: Annotated[list[Positive], DISTINCT] = Field(
        [0.01, 0.1, 1.0], min_length=1, description="Weights T that the prior may have in the loss."
    )
    steps: int = Field(400, ge=10, le=1_000_000, description="Steps of Adam of each network.")
    learning_rate: Positive = Field(0.01, description="Learning rate.")

    @model_validator(mode="after")
    def _smaller(self) -> Distillation:
        if len(self.student) > len(self.teacher):
            raise ValueError("student: has more layers than teacher")
        both = zip(self.student, self.teacher, strict=False)
        if any(few > many for few, many in both):
            raise ValueError("student: a layer has more units than that of teacher")
        removed = self.teacher[len(self.student) - 1 :]
        if len(set(removed)) > 1:
            raise ValueError(
                f"student: removes layers of teacher with {removed} units, which must be equal"
            )
        if 1.0 not in self.scales or 1.0 not in self.temperatures:
            raise ValueError("scales, temperatures: need 1, the prior as it is")
        return self
