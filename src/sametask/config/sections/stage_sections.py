"""The settings of every stage, from the local geometry to the verdict."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from sametask.config.sections.section import LARGEST, MANY, Count, NotNegative, Section

# The reference of a verdict on tasks: each network's recipe, trained again.
AUTO = "auto"
# A control of every verdict (see docs/method.md).
Control = Literal["shuffled", "untrained", "different_task"]


class Geometry(Section):
    """The local inverse covariances."""

    source: Literal["covariance", "response", "jacobian"] = Field(
        "covariance",
        description="`covariance` of the perturbed activations, `response`: their regression "
        "on the perturbations, `jacobian`: exact derivatives.",
    )
    rank: Literal["auto"] | Count = Field(
        "auto",
        description="Number of directions kept in every local covariance. `auto`: those in "
        "which the layer responds to its inputs; with a ridge, up to 64.",
    )
    ridge: Literal["auto"] | NotNegative = Field(
        "auto",
        description="Added to all eigenvalues, relative to the leading one. For inputs of many "
        "dimensions, whose spectrum has no clear end. `auto`: 0.03, or 0 for inputs of at most "
        "three dimensions and with `samples.anchors`.",
    )


class Diffusion(Section):
    """The diffusion map of each network."""

    engine: Literal["native", "datafold"] = Field(
        "native", description="The program that computes it."
    )
    coordinates: Literal["auto"] | Count = Field(
        10,
        description="Number of eigenvectors kept. `auto`: the number k with the largest ratio "
        "of the decay rates of eigenvectors k + 1 and k, 10 ≤ k ≤ 30.",
    )
    bandwidth: Literal["knn", "slope"] | Annotated[float, Field(gt=0, le=LARGEST**2)] = Field(
        "knn", description="Rule for the bandwidth ε, or ε itself (squared units of the inputs)."
    )
    neighbour: Literal["auto"] | Count = Field(
        "auto",
        description="For `knn`: ε is the median squared distance to the neighbour of this "
        "number, among neighbours with different activations. `auto`: as many neighbours as "
        "are expected within two spacings; with a ridge, half of the samples.",
    )
    selection: Literal["leading", "non-harmonic"] = Field(
        "leading",
        description="`leading`: keep the first eigenvectors. `non-harmonic`: keep those that "
        "add a new direction.",
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
        description="Number of shuffled pairings of held-out samples in the null distribution.",
    )
    confidence: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="For networks that share only `samples.anchors` inputs: a match whose "
        "confidence is lower is reported as not found.",
    )


class Maps(Section):
    """The splines inside the maps."""

    smoothing: Literal["auto"] | NotNegative = Field(
        0.0,
        description="Ridge of the radial basis functions to and from coordinates. `auto`: each "
        "chooses its own by leave-one-out cross-validation, as `direct_rbf` always does. If "
        "samples coincide up to round-off and have different targets, `auto` is used whatever "
        "this value is.",
    )
    fill: list[Literal["mean", "zero"]] = Field(
        [],
        description="Additional maps for comparison, which treat neurons that are not measured "
        "as the thesis did: fill them with the mean of the measured ones at their step, or "
        "with zeros. The other maps lift all neurons.",
    )

    @field_validator("fill", mode="before")
    @classmethod
    def _one_way(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Export(Section):
    """Which stitched network is written as one folder, `results/{experiment}/network`."""

    source: str = Field(description="The network whose front it has.")
    target: str = Field(description="The network whose back it has, and whose answers it gives.")


class Stitching(Section):
    """The stitched network: the front of one network, a map, the back of the other."""

    target_input: Literal["dummy", "source", "own"] = Field(
        "dummy",
        description="The input of the target while its layers are replaced. `dummy`: zeros, "
        "`source`: the input of the source, `own`: the target's own input for the sample.",
    )
    export: Export | None = Field(
        None,
        description="Write a stitched network, by the default map, to "
        "`results/{experiment}/network`, which `sametask answer` and `load_network` read.",
    )


class TaskVerdict(Section):
    """How it is decided whether two networks learned the same task."""

    choices: int = Field(
        20, ge=3, le=10_000, description="Random choices of shared samples, for every number."
    )
    share: float = Field(
        0.55,
        gt=0,
        lt=1,
        description="A network learned the other's task if the task share of its answers is at "
        "least this: 0 is the best floor (raw input, untrained copy), 1 the ceiling (another "
        "network of the target's recipe, or the target itself). One half is what a network "
        "reaches that does half of the task.",
    )
    layer_share: float = Field(
        0.15,
        gt=0,
        lt=1,
        description="And if the task share of its layer is at least this: clearly above the "
        "floors. A layer holds more than its network uses, and in another form.",
    )
    needed: float = Field(
        0.95,
        gt=0,
        le=1,
        description="Shared samples suffice if the median fidelity reaches this fraction of what "
        "the ceiling reaches with all samples.",
    )

    @property
    def limits(self) -> dict[str, float]:
        """The least task share by place."""
        return {"layer": self.layer_share, "answers": self.share}


class Verdict(Section):
    """The thresholds that decide the relation between two layers (see docs/method.md)."""

    determined: float = Field(
        0.95,
        gt=0,
        le=1,
        description="First condition for a layer to be a function of the other: the lower end "
        "of its R² on held-out samples is at least this.",
    )
    share: float = Field(
        0.01,
        gt=0,
        lt=1,
        description="Second condition: the layer adds no local direction. A direction counts "
        "if its variance, relative to that of the leading one, is at least this.",
    )
    source_share: float = Field(
        1e-4,
        gt=0,
        lt=1,
        description="A local direction of the target is looked for among all directions of the "
        "source whose variance, relative to that of its leading one, is at least this, and at "
        "least among those that count.",
    )
    correlation: float = Field(
        0.9,
        gt=0,
        le=1,
        description="A local direction is shared if its median canonical correlation is at "
        "least this.",
    )
    component_share: float = Field(
        1e-3,
        gt=0,
        lt=1,
        description="Third condition: the source explains every principal component of the "
        "layer that has at least this share of its variance.",
    )
    component_r2: float = Field(
        0.9,
        gt=0,
        le=1,
        description="A principal component is explained if the lower end of its R² on held-out "
        "samples is at least this.",
    )
    related: float = Field(
        0.01,
        gt=0,
        lt=1,
        description="Layers are partly shared, not unrelated, if the lower end of an R² is at "
        "least this.",
    )
    level: float = Field(
        0.01,
        ge=1e-6,
        lt=1,
        description="Layers are equivalent only if the p-value of the residual of the aligned "
        "coordinates, under shuffled pairings, is at most this.",
    )
    resamples: int = Field(
        999, ge=99, le=100_000, description="Number of bootstrap resamples for each interval."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Coverage of the intervals.")
    task: TaskVerdict = Field(TaskVerdict(), description="The verdict on the task.")
    different_task: str | None = Field(
        None, description="A network of this experiment that learned another task, as a control."
    )
    reference: str | None = Field(
        AUTO,
        description="The ceiling of the verdict on the task. `auto`: the recipe of each network "
        "that a rule trains, trained again with another seed. Or the name of a network of this "
        "experiment that learned the same task. `null`: each target itself.",
    )
    controls: list[Control] = Field(
        ["shuffled", "untrained", "different_task"],
        description="Which controls there are: `shuffled` pairs, `untrained` copies of both "
        "networks (each is recorded as its network is), and the network of `different_task`. The "
        "last two are floors of the verdict on the task, too.",
    )

    @field_validator("controls", mode="before")
    @classmethod
    def _one_control(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value
