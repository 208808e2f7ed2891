"""What every part of a configuration has in common."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sametask.base.errors import nearest, quoted

REFERENCE = r"^\w+(\.\w+)*:\w+$"
Reference = Annotated[str, Field(pattern=REFERENCE)]
# Beside the square of a larger number, ordinary numbers are lost in round-off.
LARGEST = 1e12
Real = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
NotNegative = Annotated[float, Field(ge=0, le=LARGEST)]
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
