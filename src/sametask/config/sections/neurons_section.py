"""What is asked of the neurons of an ensemble: the section ``neurons`` of its settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sametask.config.sections.circle_section import CircleSearch
from sametask.config.sections.covariances_section import Covariances, Estimator
from sametask.config.sections.distillation_section import Distillation
from sametask.config.sections.section import Count, Section
from sametask.config.sections.shrinking_section import Shrink
from sametask.config.sections.ssa_section import Ssa
from sametask.config.sections.words import DISTINCT

# How the units of all networks are brought into correspondence.
Gauge = Literal["none", "permutation", "permutation-scale", "procrustes"]


class Neurons(Section):
    """Everything that the page of an ensemble shows; what is left out is not made."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of what is drawn to study them.")
    layer: Count = Field(
        1, description="The layer whose rows are the neurons; 1 is the first one after the inputs."
    )
    gauges: Annotated[list[Gauge], DISTINCT] = Field(
        ["none", "permutation"],
        min_length=1,
        description="How the units of all networks are brought into correspondence. Everything "
        "else rests on the last one.",
    )
    shrink: Shrink | None = Field(
        None, description="Neurons are merged or left out, and what is left is judged."
    )
    ssa: Ssa | None = Field(None, description="Singular spectrum analysis of the series.")
    estimators: Annotated[list[Estimator], DISTINCT] = Field(
        ["bootstrap", "bootstrap-ledoit-wolf"],
        min_length=1,
        description="How the mean and covariance of every neuron are estimated.",
    )
    covariances: Covariances = Field(Covariances(), description="What decides these estimates.")
    distillation: Distillation | None = Field(
        None, description="A teacher that is distilled; left out: none."
    )
    circle: CircleSearch | None = Field(
        None, description="Whether neurons, in their order, run round a circle."
    )
