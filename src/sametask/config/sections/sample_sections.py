"""The samples of an experiment: their number, their perturbations, their task."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from sametask.config.sections.section import (
    MANY,
    MANY_PAIRED,
    Count,
    CountOrNone,
    Length,
    Name,
    Real,
    Reference,
    Section,
    Unit,
)

# Smallest number of fit samples that are a network's own, if networks do not share all of them.
OWN_SAMPLES = 8
# Kinds of perturbations, beside a function of the user.
NOISE, DATA, INSIDE = "noise", "data", "inside"


# What the positions of a sequence are; views tell those of ``TOLD``.
STEPS: Literal["steps"] = "steps"
WORDS: Literal["words"] = "words"
FRAMES: Literal["frames"] = "frames"
TOLD = (WORDS, FRAMES)


class Positions(Section):
    """Sequences: a sample is a slice of equidistant steps, a word of a text, a frame of a sound."""

    of: Literal["steps", "words", "frames"] = Field(
        STEPS,
        description="`steps`: slices of equidistant steps. `words`: the words of texts, each the "
        "mean of its tokens, which pair networks with different tokenisers. `frames`: points in "
        "time of sounds, which pair networks with different strides.",
    )
    per_sample: Count = Field(
        1,
        description="Steps p of a slice; p divides the steps T of a sequence into T/p slices. "
        "Required for `steps`.",
    )
    samples: int = Field(
        2600,
        ge=8,
        le=MANY_PAIRED,
        description="Slices that the map is fitted on, drawn from those of all fit samples. If "
        "there are fewer, all are used.",
    )
    per_clip: Count = Field(
        64,
        description="For `frames`: the number of frames of each fit sample, drawn at random, that "
        "the map is fitted on, and around which perturbations are recorded.",
    )
    context: CountOrNone = Field(
        0,
        description="Positions before and after each one that some maps see as well: beside "
        "`affine` and `direct_rbf` there are `affine_window` and `direct_rbf_window`. All other "
        "maps see one position. 0: no such maps.",
    )

    @property
    def frames(self) -> int | None:
        """The number of frames of a fit sample that are drawn; ``None`` if all positions count."""
        return self.per_clip if self.of == FRAMES else None

    @model_validator(mode="after")
    def _steps_of_slices(self) -> Positions:
        asked = "per_sample" in self.model_fields_set
        if self.of == STEPS and not asked:
            raise ValueError(
                "give per_sample, the number of steps of a slice, or `of: words`, `of: frames`"
            )
        if self.of != STEPS and self.per_sample != 1:
            raise ValueError(f"per_sample: a position is one of the {self.of}; leave it out")
        if self.of != FRAMES and "per_clip" in self.model_fields_set:
            raise ValueError(f"per_clip: of frames, but `of` is {self.of}; leave it out")
        return self


class Reconstruct(Section):
    """How well a subset of a network's neurons reconstructs its inputs and outputs."""

    of: list[Literal["input", "output"]] = Field(
        ["input", "output"],
        min_length=1,
        description="What is reconstructed; `reconstruct: input` is short for `{of: [input]}`.",
    )
    neurons: Count | None = Field(
        None,
        description="The largest number of neurons k. Without it, 4d + 3, or all measured "
        "neurons if there are fewer.",
    )
    dimension: Count | None = Field(
        None, description="The dimension d of the inputs, if they do not come from a domain."
    )
    choices: int = Field(
        20, ge=20, le=10_000, description="Random choices of k neurons, for every k."
    )
    samples: int = Field(
        500, ge=50, le=MANY_PAIRED, description="Fit samples that a reconstruction is fitted on."
    )


class Samples(Section):
    """How many inputs the map is fitted on and tested on, and how they are placed."""

    fit: int = Field(ge=8, le=MANY_PAIRED, description="Samples that the map is fitted on.")
    test: int = Field(
        ge=2, le=MANY_PAIRED, description="Held-out samples that every figure is measured on."
    )
    placement: Literal["equidistant", "random", "sobol"] = Field(
        "equidistant",
        description="Placement in a domain. Rows of a data set are always drawn at random.",
    )
    test_shift: Real = Field(
        0.0, description="Added to equidistant test samples, so that none is a fit sample."
    )
    anchors: CountOrNone | None = Field(
        None,
        description="Number of fit samples that all networks share; the other fit samples of "
        "each network are its own. Without it, all samples are shared.",
    )

    @model_validator(mode="after")
    def _own_ones_left(self) -> Samples:
        most = self.fit - OWN_SAMPLES
        if self.anchors is not None and self.anchors > most:
            raise ValueError(
                f"anchors: {self.anchors} asked for, but {self.fit} fit samples allow at most "
                f"{most}"
            )
        return self


class Study(Section):
    """Held-out error against the number of shared inputs, over random choices of them."""

    anchors: list[Annotated[int, Field(ge=1, le=MANY_PAIRED)]] = Field(
        [1, 2, 3, 5, 10, 30, 100, 300],
        min_length=1,
        description="The numbers of shared inputs to try.",
    )
    choices: int = Field(
        20, ge=20, le=10_000, description="Random choices of shared inputs, for every number."
    )

    @field_validator("anchors")
    @classmethod
    def _ascending(cls, value: list[int]) -> list[int]:
        return sorted(set(value))


class Perturbations(Section):
    """The perturbations around each sample: changed copies of its input."""

    count: int = Field(
        1024,
        ge=4,
        le=MANY // 10,
        description="Number of perturbations of each sample. Fewer than four determine no "
        "direction.",
    )
    delta: Length = Field(
        description="Reach of the perturbations, in units of the inputs. Their standard "
        "deviation is delta / 4: of every number for `noise`, along the leading local direction "
        "for `data`. A function has its own; delta is then only the unit of distances."
    )
    along: Literal["noise", "data", "inside"] | Reference = Field(
        NOISE,
        description="How an input is changed. `noise`: white noise on all its numbers. `data`: "
        "steps towards its nearest fit samples and away from them, for inputs of many dimensions "
        "from a data set. `inside`: white noise on what the network has at the place that its "
        "`perturb` names, in units of that, for tokens. Or `package.module:function`, which gets "
        "(inputs (n, …), count, a NumPy generator) and returns perturbations (n, count, …).",
    )
    arguments: dict[str, Any] = Field(
        {},
        description="Keyword arguments of the function. Files that they name are watched: if one "
        "changes, networks are recorded again.",
    )
    neighbours: Count = Field(
        16, description="For `along: data`: the number of nearest fit samples."
    )

    @model_validator(mode="after")
    def _arguments_of_a_function(self) -> Perturbations:
        if self.arguments and self.reference is None:
            raise ValueError(f"arguments: of a function, but along is {self.along}; leave them out")
        return self

    @property
    def reference(self) -> str | None:
        """The function of the user that makes the perturbations, if there is one."""
        return None if self.along in (NOISE, DATA, INSIDE) else self.along

    def causes(self, axes: int) -> int | None:
        """Return the number of independent numbers that change an input of so many ``axes``.

        ``None`` for a function, of which it is not known, and for what is changed inside a
        network.
        """
        if self.along == DATA:
            return self.neighbours
        return axes if self.along == NOISE else None


class Task(Section):
    """What the networks were meant to learn. It decides metrics and figures."""

    shown: ClassVar[frozenset[str]] = frozenset(
        {"metric", "metric_unit", "classes", "output", "unit"}
    )

    kind: Literal["regression", "classification", "reconstruction", "transcription"] = Field(
        description="Which metrics apply. `reconstruction`: the output is to be the input. "
        "`transcription`: the output is a text, by `networks.*.transcript`."
    )
    target: Reference | None = Field(
        None, description="`package.module:function` from inputs to targets, for domains."
    )
    metric: Reference | None = Field(
        None,
        description="A figure of your own: `package.module:function` from (outputs (n, …), targets "
        "(n, …)) to one finite number, an error or a score. Targets are those of the task, and "
        "then the target network's own outputs; for a classification, classes (n,) either way.",
    )
    metric_unit: Unit | None = Field(
        None, description='Unit of the metric. Without it, `unit`; "" for none.'
    )
    classes: list[Name] | None = Field(
        None,
        min_length=2,
        description="Names of the classes in figures and tables, in the order of their numbers.",
    )
    output: Name | None = Field(
        None, description="Name of what the networks put out, in figures and tables."
    )
    unit: Unit | None = Field(None, description="Unit of what the networks put out.")

    @model_validator(mode="after")
    def _applicable(self) -> Task:
        if self.classes is not None and self.kind != "classification":
            raise ValueError(f"classes: names of classes, but kind is {self.kind}")
        if self.classes is not None and len(set(self.classes)) < len(self.classes):
            raise ValueError("classes: two classes of one name")
        if self.metric_unit is not None and self.metric is None:
            raise ValueError("metric_unit: the unit of `metric`, which is not given; valid: unit")
        return self
