"""The settings of an ensemble of networks: the content of a file in ``config/ensembles``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sametask.config.sections.ensemble_checks import require_answerable
from sametask.config.sections.ensemble_data_sections import (
    EnsembleData,
    Iris,
    LinearGaussian,
    Series,
)
from sametask.config.sections.neurons_section import Gauge, Neurons
from sametask.config.sections.section import LARGEST, MANY, Count, NotNegative, Section
from sametask.config.sections.words import DISTINCT

# Where the randomness of weights comes from: other initial weights, and rows drawn anew; rows drawn
# anew only; a group of rows left out.
Scheme = Literal["seeds", "bootstrap", "jackknife"]
Nonlinearity = Literal["relu", "tanh"]
# By kind of network, how many matrices it has beside those of a perceptron's hidden layers.
MATRICES = {
    "perceptron": 1,
    "linear": 1,
    "autoencoder": 2,
    "recurrent": 3,
    "variational": 4,
    "ode": 4,
}


class Perceptron(Section):
    """Layers with biases, for classes or for numbers."""

    kind: Literal["perceptron"] = "perceptron"
    hidden: list[Count] = Field([128], min_length=1, description="Units of the hidden layers.")
    activation: Nonlinearity = Field("relu", description="Activation of the hidden units.")


class Autoencoder(Section):
    """Two layers with biases that give a window back: nonlinear principal components."""

    kind: Literal["autoencoder"] = "autoencoder"
    inputs: Count = Field(20, description="Numbers of a window that the network sees.")
    hidden: Count = Field(3, description="Hidden units.")
    outputs: Count = Field(20, description="Numbers that it gives back.")
    activation: Literal["relu", "tanh", "identity"] = Field(
        "relu", description="Activation of the hidden units."
    )
    orthogonal: Literal["first", "both", "none"] = Field(
        "first", description="Which layers have orthonormal rows or columns."
    )

    @model_validator(mode="after")
    def _narrow(self) -> Autoencoder:
        sides = {"first": ["inputs"], "both": ["inputs", "outputs"], "none": []}
        for side in sides[self.orthogonal]:
            if self.hidden > getattr(self, side):
                raise ValueError(
                    f"orthogonal: {self.orthogonal} takes at most as many hidden units as "
                    f"{side}, {getattr(self, side)}, but there are {self.hidden}; use none"
                )
        return self


class Recurrent(Section):
    """hₜ = tanh(W hₜ₋₁ + V xₜ), sₜ₊₁ = tanh(w·hₜ), where xₜ is a window of numbers and h₀ = 0."""

    kind: Literal["recurrent"] = "recurrent"
    inputs: Count = Field(10, description="Numbers in a window.")
    hidden: Count = Field(8, description="Numbers in the state h.")
    outputs: Count = Field(
        20,
        description="Numbers of a sequence that is learned: each after the first `inputs` is told.",
    )

    @model_validator(mode="after")
    def _steps(self) -> Recurrent:
        if self.outputs <= self.inputs:
            raise ValueError(
                f"outputs: {self.outputs}; takes more than the inputs, which are {self.inputs}"
            )
        return self


class Variational(Section):
    """A variational autoencoder of windows: a hidden layer on both sides of a random code."""

    kind: Literal["variational"] = "variational"
    inputs: Count = Field(20, description="Numbers in a window.")
    hidden: Count = Field(32, description="Units of the hidden layers.")
    code: Count = Field(2, description="Numbers in a code.")

    @property
    def outputs(self) -> int:
        """The numbers that are given back: those of a window."""
        return self.inputs


class Ode(Section):
    """A neural differential equation: a window's code z moves by ż = f(z)."""

    kind: Literal["ode"] = "ode"
    inputs: Count = Field(20, description="Numbers of a window that the first code is made from.")
    hidden: Count = Field(32, description="Hidden units of f.")
    code: Count = Field(2, description="Numbers in z.")
    outputs: int = Field(20, ge=2, le=MANY, description="Times at which z is read.")


class Linear(Section):
    """One layer with biases and no activation, for numbers."""

    kind: Literal["linear"] = "linear"


EnsembleNetwork = Annotated[
    Perceptron | Linear | Autoencoder | Recurrent | Variational | Ode, Field(discriminator="kind")
]


def exact_gauges(network: EnsembleNetwork) -> list[Gauge]:
    """Return the gauges that leave what a network computes as it is.

    Only hidden units without an activation can be rotated into each other.
    """
    if not isinstance(network, Perceptron | Autoencoder):
        return ["none"]
    rotated: list[Gauge] = ["procrustes"] if network.activation == "identity" else []
    return ["none", "permutation", "permutation-scale", *rotated]


class Training(Section):
    """How the networks of an ensemble are trained."""

    members: int = Field(100, ge=2, le=MANY, description="Networks.")
    schemes: Annotated[list[Scheme], DISTINCT] = Field(
        ["bootstrap"],
        min_length=1,
        description="Where the randomness of weights comes from. `bootstrap`: all networks begin "
        "alike, each learns from rows drawn with replacement. `seeds`: they begin with other "
        "weights as well. `jackknife`: they begin alike, each learns without one group of rows. "
        "The first is the one that everything else rests on.",
    )
    epochs: Count = Field(15, description="Passes over the rows.")
    batch: Count = Field(16, description="Rows in a step.")
    optimiser: Literal["adam", "sgd", "rmsprop"] = Field("adam", description="Optimiser.")
    learning_rate: float = Field(1e-3, gt=0, le=LARGEST, description="Learning rate.")
    weight_decay: NotNegative = Field(0.0, description="λ in the gradient g + λθ.")


class Windows(Section):
    """The numbers of a window of a series."""

    inputs: Count = Field(description="Numbers that a network sees.")
    outputs: Count = Field(description="Numbers that are wanted of it, from the first one on.")


class Drawn(Section):
    """What the rows of an ensemble depend on."""

    seed: int = Field(ge=0, lt=2**63, description="The seed of the ensemble.")
    data: EnsembleData = Field(description="What the networks learn.")
    windows: Windows | None = Field(description="The windows of a series; of others nothing.")


class Ensemble(Section):
    """Networks of one shape whose weights are random vectors, and what is asked of them."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    data: EnsembleData = Field(Iris(), description="What the networks learn.")
    network: EnsembleNetwork = Field(Perceptron(), description="How they are built.")
    training: Training = Field(Training(), description="How they are trained.")
    neurons: Neurons = Field(Neurons(), description="What is asked of their neurons.")

    def trained(self) -> dict[str, Any]:
        """Return the settings that the networks depend on, as JSON values.

        The gauge that every network allows stands for what is asked of neurons.
        """
        settings = self.model_dump(mode="json", exclude={"neurons"})
        return settings | {"neurons": {"gauges": ["none"]}}

    def drawn(self) -> dict[str, Any]:
        """Return the settings that the rows depend on: among them the length of windows."""
        network, windows = self.network, None
        if not isinstance(network, Perceptron | Linear):
            windows = {"inputs": network.inputs, "outputs": network.outputs}
        return {"seed": self.seed, "data": self.data.plain(), "windows": windows}

    @model_validator(mode="after")
    def _fitting(self) -> Ensemble:
        fitting = self._fitting_networks()
        if self.network.kind not in fitting:
            raise ValueError(
                f"network.kind: {self.network.kind} does not fit data of {self.data.of}; "
                f"use {', '.join(fitting)}"
            )
        needing = [name for name in self.neurons.estimators if not name.startswith("bootstrap")]
        if needing and not isinstance(self.network, Perceptron | Linear | Autoencoder):
            raise ValueError(
                f"neurons.estimators: {needing[0]} takes layers one after another, but the network "
                f"is {self.network.kind}; use bootstrap, bootstrap-ledoit-wolf, bootstrap-oas"
            )
        return self

    @model_validator(mode="after")
    def _of_a_series(self) -> Ensemble:
        for name in ("ssa", "circle"):
            if getattr(self.neurons, name) is not None and not isinstance(self.data, Series):
                raise ValueError(
                    f"neurons.{name}: data of {self.data.of} are no series; leave it out"
                )
        return self

    @model_validator(mode="after")
    def _of_neurons(self) -> Ensemble:
        network, allowed = self.network, exact_gauges(self.network)
        hidden = len(network.hidden) if isinstance(network, Perceptron) else 0
        layers = MATRICES[network.kind] + hidden
        if self.neurons.layer > layers:
            raise ValueError(
                f"neurons.layer: {self.neurons.layer}, but the network has {layers} layers"
            )
        for gauge in self.neurons.gauges:
            if gauge not in allowed:
                raise ValueError(
                    f"neurons.gauges: {gauge} is no gauge of {network.kind} networks "
                    f"like these; use {', '.join(allowed)}"
                )
        require_answerable(self)
        return self

    def _fitting_networks(self) -> tuple[str, ...]:
        """Return the kinds of networks that can learn the data."""
        if isinstance(self.data, LinearGaussian):
            return ("linear",)
        if self.data.classified:
            return ("perceptron",)
        return ("autoencoder", "recurrent", "variational", "ode")
