"""What every part of a configuration has in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sametask.errors import nearest

Reference = Annotated[str, Field(pattern=r"^[\w.]+:\w+$")]


class Section(BaseModel):
    """A part of the configuration in which no unknown key is accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(f"unknown key {key!r}; {nearest(key, cls.model_fields)}")
        return data

    def plain(self) -> dict[str, Any]:
        """Return the section as JSON values, the form that rules and artifacts carry."""
        return self.model_dump(mode="json")
