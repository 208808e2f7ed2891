"""The typed model of an experiment: every key, its meaning, its range.

``sametask.experiments`` reads the files. ``sametask.schema`` writes the JSON schema in
``workflow/schemas`` and the table in ``docs/configuration.md`` from this module; a test keeps them
in step.
"""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sametask.errors import nearest

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
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


class Interval(Section):
    """Inputs are the numbers of an interval."""

    domain: Literal["interval"]
    low: float = Field(description="Lower end of the interval.")
    high: float = Field(description="Upper end of the interval.")

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        return self


class Box(Section):
    """Inputs are the points of an axis-parallel box."""

    domain: Literal["box"]
    low: list[float] = Field(min_length=1, description="Lower corner.")
    high: list[float] = Field(min_length=1, description="Upper corner.")

    @model_validator(mode="after")
    def _ordered(self) -> Box:
        if len(self.low) != len(self.high):
            raise ValueError(f"low has {len(self.low)} numbers and high {len(self.high)}")
        for axis, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            if not low < high:
                raise ValueError(f"axis {axis}: low ({low}) must be below high ({high})")
        return self


class Array(Section):
    """Inputs are the rows of an array on disk, or of the digits that scikit-learn ships."""

    domain: Literal["array"]
    source: str = Field(description="`digits`, or a file that ends in .npy, .npz, .h5 or .hdf5.")
    inputs: str = Field("inputs", description="Name of the inputs in an .npz or HDF5 file.")
    labels: str | None = Field(None, description="Name of the labels in that file, if any.")


class Samples(Section):
    """How many inputs the map is fitted on and judged by, and how they are placed."""

    fit: int = Field(ge=8, description="Samples that the map is fitted on.")
    test: int = Field(ge=2, description="Held-out samples that every figure is measured on.")
    placement: Literal["equidistant", "random", "sobol"] = Field(
        "equidistant", description="Placement in a domain; rows of an array are always drawn."
    )
    test_shift: float = Field(
        0.0, description="Added to equidistant test samples, so that none is a fit sample."
    )


class Neighbours(Section):
    """The small cloud of perturbed inputs around each sample."""

    count: int = Field(1024, ge=2, description="Neighbours of each sample.")
    delta: float = Field(gt=0, description="Reach; the standard deviation is delta / 4.")


class Task(Section):
    """What the networks were meant to learn; judges the networks and draws the figures."""

    kind: Literal["regression", "classification"] = Field(description="Which metrics apply.")
    target: Reference | None = Field(
        None, description="`package.module:function` from inputs to targets, for domains."
    )


class Training(Section):
    """How a rule trains the network."""

    low: float | None = Field(None, description="Train only above this input (domains).")
    high: float | None = Field(None, description="Train only below this input (domains).")
    samples: int = Field(10240, ge=1, description="Training inputs drawn from a domain.")
    validation: int = Field(512, ge=0, description="Inputs for early stopping; 0 switches it off.")
    learning_rate: float = Field(1e-3, gt=0, description="Peak step size of AdamW.")
    schedule: Literal["constant", "one_cycle"] = Field(
        "constant", description="Course of the learning rate."
    )
    weight_decay: float = Field(0.0, ge=0, description="Decoupled weight decay; 0 is Adam.")
    noise: float = Field(0.0, ge=0, description="Standard deviation of noise on the inputs.")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Share given to other classes.")
    batch: int = Field(64, ge=1, description="Samples in a step.")
    epochs: int = Field(200, ge=1, description="Passes over the training data at most.")
    patience: int = Field(10, ge=1, description="Epochs without a new best before stopping.")


class Network(Section):
    """One network, how to get it, and what is measured of it."""

    factory: Reference = Field(description="`package.module:function` that builds the network.")
    arguments: dict[str, Any] = Field({}, description="Keyword arguments of the factory.")
    train: Training | None = Field(None, description="Train it by a rule …")
    checkpoint: str | None = Field(
        None, description="… or load these weights: .safetensors, or .pt read as weights only."
    )
    layers: list[str] = Field(min_length=1, description="Names of the layers to measure.")
    neurons: Literal["all"] | list[int] = Field(
        "all", description="Measured neurons: positions in the concatenated layers."
    )
    dtype: Literal["float32", "float64"] = Field("float64", description="Precision of its passes.")
    batch: int = Field(4096, ge=1, description="Inputs in one forward pass.")
    gpu: int = Field(0, ge=0, le=1, description="GPUs that its training and passes need.")

    @field_validator("layers", mode="before")
    @classmethod
    def _one_layer(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("neurons")
    @classmethod
    def _distinct(cls, value: Any) -> Any:
        if value != "all" and (not value or len(set(value)) < len(value) or min(value) < 0):
            raise ValueError("neurons must be distinct positions, counted from 0")
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> Network:
        if (self.train is None) == (self.checkpoint is None):
            raise ValueError("give exactly one of `train` and `checkpoint`")
        return self


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

    smoothing: float = Field(
        0.0,
        ge=0,
        description="Ridge on the radial basis functions to and from coordinates; `direct_rbf` "
        "chooses its own.",
    )


class Run(Section):
    """What one call of the workflow makes: the content of ``config/config.yaml``."""

    experiments: list[str] = Field(min_length=1, description="Files of config/experiments/.")


class Experiment(Section):
    """One experiment: networks, inputs, and the settings of every stage."""

    description: str = Field(min_length=1, description="One sentence for the report.")
    seed: int = Field(0, ge=0, description="Everything random is drawn from it.")
    inputs: Interval | Box | Array = Field(discriminator="domain", description="Where inputs live.")
    samples: Samples = Field(description="How many inputs, and where.")
    neighbours: Neighbours = Field(description="The perturbed inputs around each sample.")
    task: Task | None = Field(None, description="What was to be learned, if it is known.")
    networks: dict[Name, Network] = Field(min_length=2, description="Two or more networks.")
    geometry: Geometry = Field(Geometry(), description="Local inverse covariances.")
    diffusion: Diffusion = Field(Diffusion(), description="Diffusion maps.")
    alignment: Alignment = Field(Alignment(), description="The rotation and its null.")
    maps: Maps = Field(Maps(), description="The interpolators inside the maps.")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every pair of networks once, in the order in which they are listed."""
        return list(combinations(self.networks, 2))

    @model_validator(mode="after")
    def _consistent(self) -> Experiment:
        limit = self.samples.fit - 2
        if self.diffusion.coordinates > limit:
            raise ValueError(
                f"diffusion.coordinates: {self.diffusion.coordinates} asked for, but "
                f"{self.samples.fit} fit samples allow at most {limit}"
            )
        if self.diffusion.neighbour >= self.samples.fit:
            raise ValueError(
                f"diffusion.neighbour: {self.diffusion.neighbour} asked for, but samples.fit is "
                f"{self.samples.fit}; at most {self.samples.fit - 1}"
            )
        return self

    @model_validator(mode="after")
    def _trainable(self) -> Experiment:
        known = self.task is not None and (
            self.task.target is not None or isinstance(self.inputs, Array)
        )
        for name, network in self.networks.items():
            if network.train is not None and not known:
                raise ValueError(
                    f"networks.{name}.train needs targets: add `task` with a `target`, or labels"
                )
        return self
