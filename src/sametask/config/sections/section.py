"""What every part of a configuration has in common."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sametask.base.errors import nearest, quoted

REFERENCE = r"^\w+(\.\w+)*:\w+(\.\w+)*$"
Reference = Annotated[str, Field(pattern=REFERENCE)]
# Beside the square of a larger number, ordinary numbers are lost in round-off.
LARGEST = 1e12
Real = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
NotNegative = Annotated[float, Field(ge=0, le=LARGEST)]
# What a figure writes at an axis or beside a number; an empty unit is none.
Name = Annotated[str, Field(min_length=1, max_length=60)]
Unit = Annotated[str, Field(max_length=30)]
# A reach, or a period.
Length = Annotated[float, Field(gt=0, le=LARGEST)]
# Largest number of steps of a loop, and of samples of which a kernel has all pairs (320 GB).
MANY, MANY_PAIRED = 10_000_000, 200_000
Count = Annotated[int, Field(ge=1, le=MANY)]
CountOrNone = Annotated[int, Field(ge=0, le=MANY)]


class Section(BaseModel):
    """A part of the configuration; unknown keys and truth values are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    # Keys that a file may have beside the fields.
    beside: ClassVar[tuple[str, ...]] = ()
    # Fields that neither samples nor networks depend on: names, units, metrics.
    shown: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        # A key that is a word of Python, such as `class`, is the alias of a field.
        fields = [field.alias or name for name, field in cls.model_fields.items()]
        for key, value in data.items() if isinstance(data, dict) else ():
            if key not in fields:
                raise ValueError(
                    f"unknown key {quoted(key)}; {nearest(key, [*cls.beside, *fields])}"
                )
            if any(
                isinstance(item, bool) for item in (value if isinstance(value, list) else [value])
            ):
                raise ValueError(
                    f"{key}: takes no truth value, which yes, no, on, off, true and false are in "
                    "YAML; quote the word"
                )
        return data

    def plain(self) -> dict[str, Any]:
        """Return the section as JSON values, the form that rules and artifacts carry."""
        return self.model_dump(mode="json", by_alias=True)

    def decisive(self) -> dict[str, Any]:
        """Return what samples and networks depend on: the values of ``plain`` without ``shown``.

        Rules that take these do not run again if a name changes.
        """
        values: dict[str, Any] = {}
        fields = type(self).model_fields
        for key, value in self.plain().items():
            if key not in self.shown:
                held = getattr(self, key) if key in fields else None
                values[key] = _decisive(held, value)
        return values


def _decisive(held: Any, plain: Any) -> Any:
    """Return the ``plain`` value of what a section ``held``, or of sections in a list."""
    if isinstance(held, Section):
        return held.decisive()
    if isinstance(held, list):
        return [_decisive(*both) for both in zip(held, plain, strict=True)]
    return plain
