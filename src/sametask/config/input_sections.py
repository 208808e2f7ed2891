"""The inputs of an experiment: where they live, how many are drawn, what is to be learned."""

from __future__ import annotations

from collections.abc import Mapping
from math import tau
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, field_validator, model_validator

from sametask.config.names import FilePath
from sametask.config.section import (
    MANY,
    MANY_PAIRED,
    Count,
    CountOrNone,
    Length,
    Real,
    Reference,
    Section,
)

# Fit samples that a network has for itself, at least, where networks do not share all of them.
OWN_SAMPLES = 8
# Axes of a domain, at most.
AXES = 1000


def _require_extent(low: float, high: float) -> None:
    """Refuse an interval without numbers in it, or too few of them to tell samples apart."""
    if not low < high:
        raise ValueError(f"low ({low}) must be below high ({high})")
    if high - low < 1e-9 * max(abs(low), abs(high)):
        raise ValueError(f"low ({low}) and high ({high}) differ by little more than round-off")


class Interval(Section):
    """Inputs are the numbers of an interval."""

    domain: Literal["interval"]
    low: Real = Field(description="Lower end of the interval.")
    high: Real = Field(description="Upper end of the interval.")

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        _require_extent(self.low, self.high)
        return self


class Box(Section):
    """Inputs are the points of an axis-parallel box."""

    domain: Literal["box"]
    low: list[Real] = Field(min_length=1, max_length=AXES, description="Lower corner.")
    high: list[Real] = Field(min_length=1, max_length=AXES, description="Upper corner.")

    @model_validator(mode="after")
    def _ordered(self) -> Box:
        if len(self.low) != len(self.high):
            raise ValueError(f"low has {len(self.low)} numbers and high {len(self.high)}")
        for axis, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            try:
                _require_extent(low, high)
            except ValueError as error:
                raise ValueError(f"axis {axis}: {error}") from error
        return self


class Circle(Section):
    """Inputs are angles: the numbers from 0 to the period, where both ends are the same point."""

    domain: Literal["circle"]
    period: Length = Field(tau, description="Length of a turn; radians by default.")


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

    @model_validator(mode="after")
    def _one_source(self) -> Array:
        if (self.source is None) == (self.simulate is None):
            raise ValueError("give exactly one of `source` and `simulate`")
        return self


# Where inputs live: a domain, or a data set.
DomainSection = Interval | Box | Circle | Product
InputsSection = DomainSection | Array
_INPUTS: TypeAdapter[InputsSection] = TypeAdapter(
    Annotated[InputsSection, Field(discriminator="domain")]
)


def inputs_section(values: Mapping[str, Any]) -> InputsSection:
    """Return the section ``inputs`` of the plain values that rules carry.

    Of a data set that a rule has simulated, they name the file as its ``source``.
    """
    simulated = values.get("source") and values.get("simulate")
    return _INPUTS.validate_python({**values, "simulate": None} if simulated else values)


class Positions(Section):
    """Sequences: a sample is a slice of some equidistant steps of one."""

    per_sample: Count = Field(
        description="Steps p of a slice; p divides the steps T of a sequence into T/p slices."
    )
    samples: int = Field(
        2600,
        ge=8,
        le=MANY_PAIRED,
        description="Slices that the map is fitted on, drawn from those of all fit samples. If "
        "there are fewer, all are used.",
    )


class Reconstruct(Section):
    """How well a subset of a network's neurons reconstructs its inputs and outputs."""

    of: list[Literal["input", "output"]] = Field(
        ["input", "output"],
        min_length=1,
        description="What is reconstructed; `reconstruct: input` is short for `{of: [input]}`.",
    )
    neurons: Count | None = Field(
        None,
        description="The largest number of neurons k. Without it, 4d + 3, or all measured "
        "neurons if there are fewer.",
    )
    dimension: Count | None = Field(
        None, description="The dimension d of the inputs, if they do not come from a domain."
    )
    choices: int = Field(
        20, ge=20, le=10_000, description="Random choices of k neurons, for every k."
    )
    samples: int = Field(
        500, ge=50, le=MANY_PAIRED, description="Fit samples that a reconstruction is fitted on."
    )


class Samples(Section):
    """How many inputs the map is fitted on and tested on, and how they are placed."""

    fit: int = Field(ge=8, le=MANY_PAIRED, description="Samples that the map is fitted on.")
    test: int = Field(
        ge=2, le=MANY_PAIRED, description="Held-out samples that every figure is measured on."
    )
    placement: Literal["equidistant", "random", "sobol"] = Field(
        "equidistant",
        description="Placement in a domain. Rows of an array are always drawn at random.",
    )
    test_shift: Real = Field(
        0.0, description="Added to equidistant test samples, so that none is a fit sample."
    )
    anchors: CountOrNone | None = Field(
        None,
        description="Number of fit samples that all networks share; the other fit samples of "
        "each network are its own. Without it, all samples are shared.",
    )

    @model_validator(mode="after")
    def _own_ones_left(self) -> Samples:
        most = self.fit - OWN_SAMPLES
        if self.anchors is not None and self.anchors > most:
            raise ValueError(
                f"anchors: {self.anchors} asked for, but {self.fit} fit samples allow at most "
                f"{most}"
            )
        return self


class Study(Section):
    """Held-out error against the number of shared inputs, over random choices of them."""

    anchors: list[Annotated[int, Field(ge=1, le=MANY_PAIRED)]] = Field(
        [1, 2, 3, 5, 10, 30, 100, 300],
        min_length=1,
        description="The numbers of shared inputs to try.",
    )
    choices: int = Field(
        20, ge=20, le=10_000, description="Random choices of shared inputs, for every number."
    )

    @field_validator("anchors")
    @classmethod
    def _ascending(cls, value: list[int]) -> list[int]:
        return sorted(set(value))


class Perturbations(Section):
    """The perturbations around each sample: noisy copies of its input."""

    count: int = Field(
        1024,
        ge=4,
        le=MANY // 10,
        description="Number of perturbations of each sample. Fewer than four determine no "
        "direction.",
    )
    delta: Length = Field(
        description="Reach of the perturbations, in units of the inputs. Their standard "
        "deviation is delta / 4."
    )


class Task(Section):
    """What the networks were meant to learn. It decides metrics and figures."""

    kind: Literal["regression", "classification", "reconstruction"] = Field(
        description="Which metrics apply. `reconstruction`: the output is to be the input."
    )
    target: Reference | None = Field(
        None, description="`package.module:function` from inputs to targets, for domains."
    )
