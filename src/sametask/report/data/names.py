"""The names and units of axes, classes and outputs that an experiment gives to its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sametask.config.sections.data_set_sections import Splits
from sametask.config.sections.input_sections import (
    Box,
    Circle,
    InputsSection,
    Interval,
    Product,
    inputs_section,
)
from sametask.config.sections.sample_sections import Task


@dataclass(frozen=True)
class Names:
    """What figures, tables and texts call things.

    ``axes`` are the labels of the axes of the inputs, with units; ``None`` if these have no names.
    ``metric`` is that of the user. Units are empty where there is none. ``texts`` is whether the
    samples are texts; ``rate`` is how many numbers a second samples have that are sounds.
    """

    axes: Sequence[str] | None = None
    classes: Sequence[str] = ()
    output: str = "output"
    unit: str = ""
    metric: str = "metric"
    metric_unit: str = ""
    texts: bool = False
    rate: int | None = None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Names:
        """Return the names in the sections ``inputs`` and ``task``, as far as they are known."""
        inputs, task = facts.get("inputs"), facts.get("task")
        axes = axis_labels(inputs_section(inputs)) if inputs else None
        texts = inputs is not None and inputs["domain"] == "text"
        rate = inputs["rate"] if inputs is not None and inputs["domain"] == "speech" else None
        if not task:
            return cls(axes, texts=texts, rate=rate)
        section = Task(**task)
        unit = section.unit or ""
        metric_unit = unit if section.metric_unit is None else section.metric_unit
        return cls(
            axes,
            section.classes or (),
            section.output or "output",
            unit,
            _spoken(section.metric) if section.metric else "metric",
            metric_unit,
            texts,
            rate,
        )

    def of_axes(self) -> Names:
        """Return the names without those of the task, for networks that have a task of their own.

        The metric of the user is measured on these, too.
        """
        return Names(
            self.axes,
            metric=self.metric,
            metric_unit=self.metric_unit,
            texts=self.texts,
            rate=self.rate,
        )

    @property
    def output_label(self) -> str:
        """The label of an axis of outputs: their name and unit."""
        return with_unit(self.output, self.unit)

    @property
    def squared(self) -> str:
        """The unit of a mean square of outputs; empty if outputs have none."""
        return self.unit and (f"{self.unit}²" if self.unit.isalpha() else f"({self.unit})²")

    def class_text(self, number: int) -> str:
        """Return the name of a class, or its number if it has none."""
        return self.classes[number] if 0 <= number < len(self.classes) else str(number)

    def class_words(self, number: int) -> str:
        """Return a class as a sentence mentions it: ``class 1``, or ``class “positive”``."""
        text = self.class_text(number)
        return f"class {number}" if text == str(number) else f"class “{text}”"


def with_unit(name: str, unit: str) -> str:
    """Return ``name (unit)``, or the name alone if the unit is empty."""
    return f"{name} ({unit})" if unit else name


def _spoken(reference: str) -> str:
    """Return the name of a function in words: ``pitch error`` of ``mynets:pitch_error``."""
    name = reference.partition(":")[2].rpartition(".")[2]
    return name.replace("_", " ").strip() or name


def axis_labels(inputs: InputsSection) -> list[str] | None:
    """Return the label of each axis of the inputs, with its unit; ``None`` if axes have no names.

    An axis of a domain that has no name is numbered; an angle of period 2π is in radians.
    """
    axes = _axes(inputs)
    labels = []
    for place, (name, unit, is_angle) in enumerate(axes, start=1):
        kind = "angle" if is_angle else "input"
        number = "x" if len(axes) == 1 else place
        radians = "rad" if is_angle else ""
        labels.append(with_unit(name or f"{kind} {number}", radians if unit is None else unit))
    return labels or None


def _axes(inputs: InputsSection) -> list[tuple[str | None, str | None, bool]]:
    """Return the name, the unit, and whether it is an angle in radians, of each axis."""
    if isinstance(inputs, Product):
        return [axis for part in inputs.axes for axis in _axes(part)]
    if isinstance(inputs, Circle):
        return [(inputs.name, inputs.unit, math.isclose(inputs.period, math.tau))]
    if isinstance(inputs, Interval):
        return [(inputs.name, inputs.unit, False)]
    if isinstance(inputs, Splits):
        return []
    names, units = inputs.names, inputs.units
    count = len(inputs.low) if isinstance(inputs, Box) else len(names or units or [])
    return [
        (names[place] if names else None, units[place] if units else None, False)
        for place in range(count)
    ]
