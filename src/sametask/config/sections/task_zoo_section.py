"""The settings of the task zoo: the content of ``config/task-zoo.yaml``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sametask.config.sections.section import LARGEST, MANY, MANY_PAIRED, Count, Section
from sametask.config.sections.stage_sections import TaskVerdict

DataSetName = Literal["digits", "breast cancer", "wine", "iris", "diabetes", "four inputs"]


class TaskZooTraining(Section):
    """The settings that the networks of the task zoo depend on."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    data_sets: list[DataSetName] = Field(
        ["digits", "breast cancer", "wine", "iris", "diabetes", "four inputs"],
        min_length=1,
        description="The data sets whose networks are trained and compared.",
    )
    steps: int = Field(
        400, ge=100, le=MANY, description="Training steps of all networks of a data set together."
    )
    batch: Count = Field(128, description="Inputs in a step.")
    learning_rate: float = Field(
        4e-3, gt=0, le=LARGEST, description="Peak of the one-cycle learning rate."
    )
    weight_decay: float = Field(0.05, ge=0, le=LARGEST, description="Weight decay of AdamW.")


class TaskZoo(TaskZooTraining):
    """Networks whose tasks are known, and how their pairs are judged."""

    fit: int = Field(
        600, ge=50, le=MANY_PAIRED, description="Largest number of rows that maps are fitted on."
    )
    verdict: TaskVerdict = Field(
        TaskVerdict(),
        description="What is tried: the number of choices, and the threshold of the task share.",
    )
    same: Count = Field(
        8, description="Pairs of the same task for each data set and half, at hidden layers and at "
        "outputs."
    )  # fmt: skip
    contained: Count = Field(4, description="Pairs of which one task contains the other, likewise.")
    other: Count = Field(
        50, description="Pairs of other tasks for each data set, in the held-out half."
    )
    calibrating: Count = Field(
        14, description="Pairs of other tasks for each data set, in the calibration half."
    )
    graded: Count = Field(
        6, description="Pairs with a graded network for each data set, in the held-out half."
    )

    @property
    def training(self) -> dict[str, Any]:
        """The settings that the networks depend on, as plain values."""
        return {name: getattr(self, name) for name in TaskZooTraining.model_fields}
