"""What every part of a configuration has in common."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sametask.base.errors import nearest, quoted

REFERENCE = r"^\w+(\.\w+)*:\w+$"
Reference = Annotated[str, Field(pattern=REFERENCE)]
# Beyond it, sums of squares keep no digit of ordinary numbers. None is as large in earnest.
LARGEST = 1e12
Real = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
NotNegative = Annotated[float, Field(ge=0, le=LARGEST)]
# A reach, or a period.
Length = Annotated[float, Field(gt=0, le=LARGEST)]
# Of what is looped over, and of samples that kernels of all pairs are made of (320 GB at most):
# more than can be meant.
MANY, MANY_PAIRED = 10_000_000, 200_000
Count = Annotated[int, Field(ge=1, le=MANY)]
CountOrNone = Annotated[int, Field(ge=0, le=MANY)]


class Section(BaseModel):
    """A part of the configuration in which no unknown key is accepted, and no truth value."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    # What a file may have beside the fields.
    beside: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        for key, value in data.items() if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(
                    f"unknown key {quoted(key)}; {nearest(key, [*cls.beside, *cls.model_fields])}"
                )
            if any(
                isinstance(one, bool) for one in (value if isinstance(value, list) else [value])
            ):
                raise ValueError(
                    f"{key}: takes no truth value, which yes, no, on, off, true and false are in "
                    "YAML; quote the word"
                )
        return data

    def plain(self) -> dict[str, Any]:
        """Return the section as JSON values, the form that rules and artifacts carry."""
        return self.model_dump(mode="json")
