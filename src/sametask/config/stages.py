"""The settings of every stage, from the local geometry to the verdict."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sametask.config.section import Section


class Geometry(Section):
    """The local inverse covariances."""

    source: Literal["neighbours", "jacobian"] = Field(
        "neighbours", description="Sampled neighbourhoods, or exact derivatives."
    )
    rank: Literal["auto"] | Annotated[int, Field(ge=1)] = Field(
        "auto", description="Directions kept in every local covariance."
    )
    ridge: float = Field(
        0.0,
        ge=0,
        description="Added to all eigenvalues, as a share of the leading one; for inputs of many "
        "dimensions, whose spectrum has no end.",
    )


class Diffusion(Section):
    """The diffusion map of each network."""

    engine: Literal["native", "datafold"] = Field("native", description="Who solves it.")
    coordinates: int = Field(10, ge=1, description="Eigenvectors kept.")
    bandwidth: Literal["knn", "slope"] | Annotated[float, Field(gt=0)] = Field(
        "knn", description="Rule for the bandwidth ε, or ε itself (squared input units)."
    )
    neighbour: int = Field(
        2, ge=1, description="`knn`: ε is the median squared distance to this nearest neighbour."
    )
    selection: Literal["leading", "non-harmonic"] = Field(
        "leading", description="Keep the first eigenvectors, or those that add a direction."
    )


class Alignment(Section):
    """The rotation between the two networks' coordinates."""

    shuffles: int = Field(999, ge=1, description="Shuffled pairings in the null distribution.")


class Maps(Section):
    """The interpolators inside the maps."""

    smoothing: float = Field(0.0, ge=0, description="Ridge on the radial basis functions.")
