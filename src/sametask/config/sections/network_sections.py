"""The networks of an experiment: how to get them, and what is measured of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from sametask.base.errors import quoted
from sametask.config.names import FilePath
from sametask.config.sections.pretrained_section import PRETRAINED, Pretrained
from sametask.config.sections.section import (
    LARGEST,
    Count,
    CountOrNone,
    NotNegative,
    Real,
    Reference,
    Section,
)

NAMES = (
    "Names of the layers to measure. If a layer runs more than once in a pass, add the number of "
    "the call: `act#2`. `head:input` is what a layer takes in; `lstm:1:0` and "
    "`encoder:last_hidden_state` are parts of what it puts out."
)
# Ending of the names of untrained copies, the controls of every verdict.
UNTRAINED = "_untrained"
# Ending of the names of networks that are trained again with another seed.
REFERENCE = "_reference"
COPIES = (UNTRAINED, REFERENCE)


def name_of_original(name: str) -> str:
    """Return the name of the network that a name, perhaps of a copy, stands for."""
    for ending in COPIES:
        name = name.removesuffix(ending)
    return name


class Training(Section):
    """How a rule trains the network."""

    low: Real | None = Field(None, description="Train only above this input (domains).")
    high: Real | None = Field(None, description="Train only below this input (domains).")
    target: Reference | None = Field(
        None,
        description="`package.module:function` from inputs to targets, instead of the target "
        "of the task, for a network that learns another task.",
    )
    samples: Count = Field(10240, description="Training inputs drawn from a domain.")
    validation: CountOrNone = Field(
        512, description="Inputs for early stopping; 0 switches it off."
    )
    learning_rate: float = Field(
        1e-3, gt=0, le=LARGEST, description="Largest learning rate of AdamW."
    )
    schedule: Literal["constant", "one_cycle"] = Field(
        "constant", description="How the learning rate changes during training."
    )
    weight_decay: NotNegative = Field(0.0, description="Decoupled weight decay; 0 is Adam.")
    noise: NotNegative = Field(0.0, description="Standard deviation of noise on the inputs.")
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Probability that the targets give to other classes."
    )
    batch: Count = Field(64, description="Samples in a step.")
    epochs: Count = Field(200, description="Largest number of passes over the training data.")
    patience: Count = Field(
        10, description="Training stops after so many epochs without an improvement."
    )


class View(Section):
    """What a network is given instead of the sample itself."""

    function: Reference = Field(
        description="`package.module:function` from samples (n, …) to the network's inputs (n, …)."
    )
    arguments: dict[str, Any] = Field({}, description="Keyword arguments of the function.")


class Transcript(Section):
    """How the text is read that a network puts out, and what it should be."""

    tokeniser: FilePath = Field(
        description="A folder of `save_pretrained` of its tokeniser, or an id of the hub."
    )
    by: Literal["ctc", "tokens"] = Field(
        description="`ctc`: the likeliest token of each step, repetitions once and blanks left "
        "out. `tokens`: the likeliest token of each step."
    )
    column: str | None = Field(
        None, min_length=1, description="The column of `inputs.texts` that it should say, if any."
    )
    beams: Count | None = Field(
        None,
        description="For a network that generates: stitched networks are compared with it by so "
        "many beams as well, in a column of their own.",
    )


class PrincipalComponents(Section):
    """Principal components of a layer's neurons, measured in the place of single neurons."""

    components: Literal["auto"] | Count = Field(
        description="Number of leading principal components of the activations at the fit "
        "samples. `auto`: the fewest that hold 99.9 % of their variance."
    )


def _kind_of_neurons(value: Any) -> str:
    """Return which alternative of ``Neurons`` a value is to be: errors name only this one."""
    if isinstance(value, Mapping | PrincipalComponents):
        return "[components]"
    return "[list]" if isinstance(value, list) else "[word]"


Neurons = Annotated[
    Annotated[Literal["auto", "all"], Tag("[word]")]
    | Annotated[PrincipalComponents, Tag("[components]")]
    | Annotated[list[CountOrNone], Tag("[list]")],
    Discriminator(_kind_of_neurons),
]


class Network(Section):
    """One network: how to build it, its weights, and what is measured of it."""

    factory: Reference | None = Field(
        None, description="`package.module:function` that builds the network."
    )
    pretrained: Pretrained | None = Field(
        None, description="A pretrained network of transformers, instead of `factory`."
    )
    arguments: dict[str, Any] = Field(
        {}, description="Keyword arguments of the factory, or of the class of `pretrained`."
    )
    train: Training | None = Field(
        None,
        description="How a rule trains the network. With neither this nor `checkpoint`, a factory "
        "gives it its weights.",
    )
    checkpoint: FilePath | None = Field(
        None,
        description="File of its weights, instead of `train`: .safetensors, or .pt, which is "
        "read as weights only.",
    )
    view: View | None = Field(
        None,
        description="What the network sees of a sample, for example a picture of an object at "
        "an angle. Without it, the network sees the sample itself, with cosine and sine "
        "instead of an angle.",
    )
    layers: list[str] = Field(min_length=1, description=NAMES)
    neurons: Neurons = Field(
        "auto",
        description="What is measured of the layers. `auto`: all neurons if there are at most "
        "256, else `{components: auto}`. `all`: all neurons. A list: neurons at these positions "
        "in the concatenated layers. With time, neurons and components of one step.",
    )
    axes: list[Literal["batch", "time", "neuron"]] | None = Field(
        None,
        description="The axes of the layers' outputs, in their order, for example `[time, "
        "batch, neuron]`. Without them, the first is the batch and all others are neurons.",
    )
    pool: Literal["mean", "first", "last", "max"] | None = Field(
        None,
        description="Pool what the layers put out at the steps of a sample, without padding, to "
        "one row. Such layers are only read: there is no stitched network to them. An answer with "
        "a row for each token is pooled in the same way. Without `axes`, the axes are `[batch, "
        "time, neuron]`.",
    )
    perturb: str | None = Field(
        None,
        description="Name of the place, as in `layers`, where `perturbations.along: inside` adds "
        "its noise, such as the embedding of tokens.",
    )
    transcript: Transcript | None = Field(
        None, description="For `task.kind: transcription`: how its outputs are read as text."
    )
    dtype: Literal["float32", "float64"] = Field(
        "float64",
        description="Precision of its forward passes. For `pretrained`, the default is float32, "
        "also where its weights are of half precision.",
    )
    batch: Count = Field(4096, description="Largest number of inputs in one forward pass.")
    gpu: int = Field(
        0, ge=0, le=1, description="Number of GPUs for its training and its forward passes."
    )

    @property
    def built_by(self) -> dict[str, Any]:
        """Its factory and the arguments of it, which are those that its folder names too."""
        if self.pretrained is None:
            return {"factory": self.factory, "arguments": self.arguments}
        # Whether files may be downloaded changes nothing in the network.
        left_out = {"download"} | ({"generate"} if self.pretrained.generate is None else set())
        section = self.pretrained.model_dump(mode="json", by_alias=True, exclude=left_out)
        return {"factory": PRETRAINED, "arguments": {**section, "arguments": self.arguments}}

    @property
    def has_own_weights(self) -> bool:
        """Whether its factory gives it its weights."""
        return not (self.pretrained or self.train or self.checkpoint)

    @property
    def own_target(self) -> str | None:
        """The target function of this network, if it is trained for another task."""
        return self.train.target if self.train else None

    @field_validator("layers", mode="before")
    @classmethod
    def _one_layer(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]

    @field_validator("arguments")
    @classmethod
    def _kept_as_json(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, argument in value.items():
            try:
                json.dumps(argument, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"{name}: {quoted(argument)} cannot be kept in network.json; valid: text, "
                    "finite numbers, truth values, null, and lists and mappings of these"
                ) from error
        return value

    @field_validator("neurons")
    @classmethod
    def _distinct(cls, value: Any) -> Any:
        if isinstance(value, list) and (not value or len(set(value)) < len(value)):
            raise ValueError("neurons must be distinct positions, counted from 0")
        return value

    @field_validator("axes")
    @classmethod
    def _one_batch(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and (value.count("batch") != 1 or value.count("time") > 1):
            raise ValueError(
                f"[{', '.join(value)}] must name batch once, time at most once, and neuron for the "
                "others, as in [batch, time, neuron]"
            )
        return value

    @model_validator(mode="before")
    @classmethod
    def _single_precision(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("pretrained") is not None:
            return {"dtype": "float32"} | data
        return data

    @model_validator(mode="after")
    def _one_origin(self) -> Network:
        if (self.factory is None) == (self.pretrained is None):
            raise ValueError("give exactly one of `factory` and `pretrained`")
        given = [key for key in ("train", "checkpoint") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError("give at most one of `train` and `checkpoint`")
        if given and self.pretrained:
            raise ValueError(
                f"{given[0]}: pretrained has weights of its own; leave one of them out"
            )
        return self
