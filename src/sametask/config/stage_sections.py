"""The settings of every stage, from the local geometry to the verdict."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from sametask.config.section import LARGEST, MANY, Count, NotNegative, Section


class Geometry(Section):
    """The local inverse covariances."""

    source: Literal["covariance", "response", "jacobian"] = Field(
        "covariance",
        description="Sampled neighbourhoods, their regression on the perturbations, or exact "
        "derivatives.",
    )
    rank: Literal["auto"] | Count = Field(
        "auto", description="Directions kept in every local covariance."
    )
    ridge: NotNegative = Field(
        0.0,
        description="Added to all eigenvalues, as a share of the leading one; for inputs of many "
        "dimensions, whose spectrum has no end.",
    )


class Diffusion(Section):
    """The diffusion map of each network."""

    engine: Literal["native", "datafold"] = Field("native", description="Who solves it.")
    coordinates: Literal["auto"] | Count = Field(
        10,
        description="Eigenvectors kept; `auto`: those before the widest relative gap in the decay "
        "rates behind the 10th to the 30th.",
    )
    bandwidth: Literal["knn", "slope"] | Annotated[float, Field(gt=0, le=LARGEST**2)] = Field(
        "knn", description="Rule for the bandwidth ε, or ε itself (squared input units)."
    )
    neighbour: Literal["auto"] | Count = Field(
        2,
        description="`knn`: ε is the median squared distance to this nearest neighbour, of those "
        "whose activations differ; `auto`: as many as are expected within two spacings.",
    )
    selection: Literal["leading", "non-harmonic"] = Field(
        "leading", description="Keep the first eigenvectors, or those that add a direction."
    )

    @model_validator(mode="after")
    def _countable(self) -> Diffusion:
        if self.coordinates == "auto" and self.selection != "leading":
            raise ValueError(f"coordinates: auto with selection {self.selection}; valid: leading")
        return self


class Alignment(Section):
    """The rotation between the two networks' coordinates."""

    shuffles: int = Field(
        999,
        ge=1,
        le=MANY,
        description="Shuffled pairings of held-out samples in the null distribution.",
    )
    confidence: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="Networks that share only `samples.anchors` inputs: what is less likely right "
        "than this is reported as not found.",
    )


class Maps(Section):
    """The interpolators inside the maps."""

    smoothing: Literal["auto"] | NotNegative = Field(
        0.0,
        description="Ridge on the radial basis functions to and from coordinates; `auto`: each "
        "chooses its own by leave-one-out, as `direct_rbf` always does. So does one whose samples "
        "coincide up to round-off with different targets, whatever stands here.",
    )
    fill: list[Literal["mean", "zero"]] = Field(
        [],
        description="Compare with what the thesis did for neurons that are not measured: fill "
        "them with the mean of the measured ones at their step, or with zeros. Without it, all are "
        "lifted.",
    )

    @field_validator("fill", mode="before")
    @classmethod
    def _one_way(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Stitching(Section):
    """The stitched network: the front of one network, a map, the back of the other."""

    target_input: Literal["dummy", "source", "own"] = Field(
        "dummy",
        description="What the target is given while its layers are replaced: zeros, what the "
        "source is given, or what it would itself be given for the sample.",
    )


class Verdict(Section):
    """What the relation between two layers is decided by (see docs/method.md)."""

    determined: float = Field(
        0.95,
        gt=0,
        le=1,
        description="A layer is a function of the other when the lower end of its held-out R² "
        "reaches this …",
    )
    share: float = Field(
        0.01,
        gt=0,
        lt=1,
        description="… and no local direction is new that has at least this share of the leading "
        "one's variance.",
    )
    correlation: float = Field(
        0.9,
        gt=0,
        le=1,
        description="A local direction is shared from this median canonical correlation on.",
    )
    related: float = Field(
        0.01,
        gt=0,
        lt=1,
        description="Partly shared, not unrelated, from this lower end of an R² on.",
    )
    level: float = Field(
        0.01,
        ge=1e-6,
        lt=1,
        description="Equivalent only if the residual of the aligned coordinates is as small as "
        "this under shuffled pairings at most so often.",
    )
    resamples: int = Field(
        999, ge=99, le=100_000, description="Bootstrap resamples behind each interval."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Coverage of the intervals.")
    different_task: str | None = Field(
        None, description="A network of this experiment that learned something else: a control."
    )
