"""What is merged or left out of the networks of an ensemble: the section ``neurons.shrink``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from sametask.config.sections.section import Count, Section

# Clusters that are merged, and orders in which neurons are left out.
Method = Literal[
    "rho1",
    "rho2",
    "medoids",
    "own",
    "low-variance",
    "collinear",
    "qpfs",
    "qpfs-rho2",
    "magnitude",
    "torch-pruning",
]


class Shrink(Section):
    """How networks are made smaller, and how many neurons they are left with."""

    methods: Annotated[list[Method], Field(min_length=1)] = Field(
        ["rho1", "rho2", "own", "magnitude"],
        description="What decides. Clusters: `rho1`, k-means of the means of neurons; `rho2`, "
        "k-means of neurons as Gaussians, by the Wasserstein distance; `medoids`, about single "
        "neurons by that distance; `own`, of each network's own rows. Neurons that are left out: "
        "`low-variance`, those that are hardly known; `collinear`; `qpfs` and `qpfs-rho2`, by a "
        "quadratic programme; `magnitude`; `torch-pruning`, by that library. Verdicts are reached "
        "on the first.",
    )
    sizes: Literal["auto"] | Annotated[list[Count], Field(min_length=1)] = Field(
        "auto", description="How many neurons are left."
    )
    layers: Annotated[list[Count], Field(min_length=1)] | None = Field(
        None,
        description="The layers whose neurons are merged or left out, each by itself; left out: "
        "`neurons.layer`. Outputs can only be tied.",
    )

    @field_validator("methods", "layers")
    @classmethod
    def _each_once(cls, names: list | None) -> list | None:
        if names and len(set(names)) < len(names):
            raise ValueError("one is named twice")
        return names
