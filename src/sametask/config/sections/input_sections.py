"""The inputs of an experiment: a domain, or a data set."""

from __future__ import annotations

from collections.abc import Mapping
from math import tau
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter, model_validator

from sametask.config.names import FilePath
from sametask.config.sections.data_set_sections import Speech, Text
from sametask.config.sections.section import (
    MANY,
    Length,
    Name,
    Real,
    Reference,
    Section,
    Unit,
)

# Largest number of axes of a domain.
AXES = 1000


def _require_extent(low: float, high: float) -> None:
    """Refuse an empty interval, and one that is too short to tell samples apart."""
    if not low < high:
        raise ValueError(f"low ({low}) must be below high ({high})")
    if high - low < 1e-9 * max(abs(low), abs(high)):
        raise ValueError(f"low ({low}) and high ({high}) differ by little more than round-off")


# The name and the unit of the only axis of a domain, and those of several axes.
AxisName = Annotated[Name | None, Field(description="Name of the axis in figures and tables.")]
AxisUnit = Annotated[Unit | None, Field(description="Unit of the axis, written behind its name.")]
AxisNames = Annotated[
    list[Name] | None, Field(description="Names of the axes in figures and tables, one for each.")
]
AxisUnits = Annotated[
    list[Unit] | None,
    Field(description='Units of the axes, one for each; "" for an axis without one.'),
]
SHOWN_OF_AXIS, SHOWN_OF_AXES = frozenset({"name", "unit"}), frozenset({"names", "units"})


def require_named(section: Box | Array, axes: int) -> None:
    """Raise ``ValueError`` for another number of names or units than of ``axes``."""
    for key, texts in (("names", section.names), ("units", section.units)):
        if texts is not None and len(texts) != axes:
            raise ValueError(f"{key}: {len(texts)} given, but an input has {axes} axes")


class Interval(Section):
    """Inputs are the numbers of an interval."""

    shown: ClassVar[frozenset[str]] = SHOWN_OF_AXIS

    domain: Literal["interval"]
    low: Real = Field(description="Lower end of the interval.")
    high: Real = Field(description="Upper end of the interval.")
    name: AxisName = None
    unit: AxisUnit = None

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        _require_extent(self.low, self.high)
        return self


class Box(Section):
    """Inputs are the points of an axis-parallel box."""

    shown: ClassVar[frozenset[str]] = SHOWN_OF_AXES

    domain: Literal["box"]
    low: list[Real] = Field(min_length=1, max_length=AXES, description="Lower corner.")
    high: list[Real] = Field(min_length=1, max_length=AXES, description="Upper corner.")
    names: AxisNames = None
    units: AxisUnits = None

    @model_validator(mode="after")
    def _ordered(self) -> Box:
        if len(self.low) != len(self.high):
            raise ValueError(f"low has {len(self.low)} numbers and high {len(self.high)}")
        for axis, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            try:
                _require_extent(low, high)
            except ValueError as error:
                raise ValueError(f"axis {axis}: {error}") from error
        require_named(self, len(self.low))
        return self


class Circle(Section):
    """Inputs are angles: the numbers from 0 to the period, where both ends are the same point."""

    shown: ClassVar[frozenset[str]] = SHOWN_OF_AXIS

    domain: Literal["circle"]
    period: Length = Field(tau, description="Length of a turn; radians by default.")
    name: AxisName = None
    unit: AxisUnit = None


class Product(Section):
    """Inputs are one number from each of several intervals and circles: a cylinder, a torus."""

    domain: Literal["product"]
    axes: list[Annotated[Interval | Circle, Field(discriminator="domain")]] = Field(
        min_length=2,
        max_length=AXES,
        description="Sections with `domain: interval` or `domain: circle`.",
    )


class Simulation(Section):
    """A file of inputs that a rule simulates, block by block."""

    function: Reference = Field(
        description="`package.module:function` from `(count, seed)` to named arrays (count, …)."
    )
    count: int = Field(ge=1, le=100 * MANY, description="Rows of the file.")
    arguments: dict[str, Any] = Field({}, description="Further keyword arguments of the function.")


class Array(Section):
    """Inputs are the rows of an array on disk, or of the digits that scikit-learn ships."""

    shown: ClassVar[frozenset[str]] = SHOWN_OF_AXES

    domain: Literal["array"]
    source: FilePath | None = Field(
        None,
        description="`digits`, or a file that ends in .npy, .npz, .h5 or .hdf5. Either this or "
        "`simulate`.",
    )
    inputs: str = Field("inputs", description="Name of the inputs in an .npz or HDF5 file.")
    labels: str | None = Field(
        None,
        description="Name of the labels in that file, if any. If a row has several truth "
        "values, the label is whether any of them is true.",
    )
    simulate: Simulation | None = Field(
        None,
        description="How to simulate the file, `results/{experiment}/simulated.h5`, instead of "
        "`source`.",
    )
    names: AxisNames = None
    units: AxisUnits = None

    @model_validator(mode="after")
    def _one_source(self) -> Array:
        if (self.source is None) == (self.simulate is None):
            raise ValueError("give exactly one of `source` and `simulate`")
        return self


# Where inputs come from: a domain, or the rows of a data set.
DomainSection = Interval | Box | Circle | Product
DataSet = Array | Text | Speech
InputsSection = DomainSection | DataSet
_INPUTS: TypeAdapter[InputsSection] = TypeAdapter(
    Annotated[InputsSection, Field(discriminator="domain")]
)


def inputs_section(values: Mapping[str, Any]) -> InputsSection:
    """Return the section ``inputs`` of the plain values that rules carry.

    If a rule has simulated the data set, ``source`` is its file.
    """
    simulated = values.get("source") and values.get("simulate")
    return _INPUTS.validate_python({**values, "simulate": None} if simulated else values)
