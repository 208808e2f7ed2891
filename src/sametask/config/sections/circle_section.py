"""Whether neurons run round a circle: the key ``circle`` of ``neurons``."""

from __future__ import annotations

from pydantic import Field

from sametask.config.sections.section import Count, Length, Section


class CircleSearch(Section):
    """A search for a circle, and ensembles of simulated gait in which one is to be found."""

    surrogates: int = Field(
        499, ge=199, le=1_000_000, description="Series without a rhythm that p rests on."
    )
    dominant: list[Length] = Field(
        [],
        description="For each, an ensemble learns a gait whose strongest harmonic has this "
        "frequency (Hz); only where `data.of` is `gait`.",
    )
    narrower: Count | None = Field(
        None,
        description="The held-out error with so many hidden units is compared with that of the "
        "ensemble; only where the network is an autoencoder.",
    )
    members: int = Field(20, ge=2, le=10_000, description="Networks of each of these ensembles.")
