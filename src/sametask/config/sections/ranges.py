"""Numbers that networks may differ in: one for all, or a range that each draws its own from."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from sametask.config.sections.section import LARGEST, NotNegative, Section


class Range(Section):
    """What each network draws a number of its own from."""

    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        return self


class Uniform(Range):
    """A uniform distribution of probabilities."""

    low: float = Field(ge=0, lt=1, description="Lower end.")
    high: float = Field(ge=0, lt=1, description="Upper end.")

    def at(self, place: float) -> float:
        """Return the number at a ``place`` from 0, the lower end, to 1."""
        return self.low + place * (self.high - self.low)


class LogUniform(Range):
    """The distribution of numbers whose logarithm is uniform."""

    low: float = Field(gt=0, le=LARGEST, description="Lower end.")
    high: float = Field(gt=0, le=LARGEST, description="Upper end.")

    def at(self, place: float) -> float:
        """Return the number at a ``place`` from 0, the lower end, to 1."""
        return self.low * (self.high / self.low) ** place


def _number_or_range(value: Any) -> str:
    """Return which of both a value is to be: errors name only this one."""
    return "[range]" if isinstance(value, dict | Range) else "[number]"


_EITHER = Discriminator(_number_or_range)
_OneRange = Annotated[LogUniform, Tag("[range]")]
LearningRate = Annotated[
    Annotated[float, Field(gt=0, le=LARGEST), Tag("[number]")] | _OneRange, _EITHER
]
WeightDecay = Annotated[Annotated[NotNegative, Tag("[number]")] | _OneRange, _EITHER]
Probability = Annotated[
    Annotated[float, Field(ge=0, lt=1), Tag("[number]")] | Annotated[Uniform, Tag("[range]")],
    _EITHER,
]
