"""Singular spectrum analysis of a series: the section ``neurons.ssa``."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, model_validator

from sametask.config.sections.section import Count, Section


class Steps(Section):
    """Numbers at equal distances."""

    first: Count = Field(description="The smallest.")
    last: Count = Field(description="Upper end; it is one of them if the steps reach it.")
    step: Count = Field(description="Distance between two of them.")

    @model_validator(mode="after")
    def _ordered(self) -> Steps:
        if self.first > self.last:
            raise ValueError(f"first ({self.first}) is larger than last ({self.last})")
        return self


def _numbers(given: Iterable[int | Steps]) -> list[int]:
    """Return all numbers that are listed, each once, in their order."""
    listed = (
        range(one.first, one.last + 1, one.step) if isinstance(one, Steps) else [one]
        for one in given
    )
    return sorted({number for some in listed for number in some})


class Ssa(Section):
    """How a series is taken apart: the lengths of windows, and how many terms are kept."""

    windows: list[Count | Steps] = Field(
        [Steps(first=1, last=241, step=10)], min_length=1, description="Numbers in a window."
    )
    ranks: list[Count | Steps] = Field(
        [Steps(first=1, last=241, step=10)], min_length=1, description="Terms that are kept."
    )
    terms: Count = Field(
        2, description="Terms of the reconstruction that is drawn, at the largest window."
    )

    def all_windows(self) -> list[int]:
        """Return the lengths of windows in ascending order."""
        return _numbers(self.windows)

    def all_ranks(self) -> list[int]:
        """Return the numbers of terms in ascending order."""
        return _numbers(self.ranks)
