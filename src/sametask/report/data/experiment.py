"""What the report reads of an experiment's stores, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from sametask.base.relations import DIRECTIONS
from sametask.report.data.names import Names
from sametask.storage.store import Store

# This many perturbations of a sample are enough to draw their spread.
PERTURBATIONS_READ = 256


@dataclass(frozen=True)
class Network:
    """One network's stores. Arrays are read when a figure asks for them.

    ``samples`` are those that it was measured on: the experiment's, or the network's own.
    """

    name: str
    samples: Store
    activations: Store
    geometry: Store
    diffusion: Store
    reconstruction: Store | None = None

    @property
    def coordinates(self) -> np.ndarray | None:
        """The diffusion coordinates (N, k) of the fit samples; ``None`` if the map failed."""
        return self.diffusion.get("eigenvectors")

    @property
    def rank(self) -> int:
        """The number of directions kept in every local covariance."""
        return self.geometry.attributes["rank"]

    @property
    def neurons(self) -> int:
        """The number of measured neurons, or components."""
        return self.activations.lazy("fit/samples").shape[1]

    @property
    def layout(self) -> Mapping[str, Any]:
        """The description of what is measured: layers, shapes, neurons, components."""
        return self.activations.attributes["layout"]

    @property
    def unit(self) -> str:
        """What is measured, in one word: neurons or components."""
        return "components" if "components" in self.layout else "neurons"

    @property
    def layer(self) -> str:
        """The measured layers, as one text."""
        return " + ".join(self.layout["layers"])

    @cached_property
    def spread(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Each sample's 5 % and 95 % quantiles and deviation of perturbations, (N, m) each."""
        recorded = self.activations.lazy("fit/perturbed")
        perturbations = np.asarray(recorded[:, :PERTURBATIONS_READ])
        low, high = np.quantile(perturbations, (0.05, 0.95), axis=1)
        return low, high, perturbations.std(axis=1)


@dataclass(frozen=True)
class Pair:
    """Two networks and every map that was fitted between them; ``facts`` are evaluation.json."""

    a: Network
    b: Network
    facts: Mapping[str, Any]
    alignment: Store
    transformation: Store
    evaluation: Store
    names: Names = field(default_factory=Names, kw_only=True)

    @property
    def stores(self) -> list[Store]:
        """Everything that was stored of the pair."""
        return [self.alignment, self.transformation, self.evaluation]

    @property
    def routed(self) -> bool:
        """Whether the intrinsic route is among the maps: a match may not have been found."""
        return "intrinsic" in self.facts["maps"]

    @property
    def unrouted(self) -> str | None:
        """Why there is no intrinsic route, where it was tried on paired samples and failed."""
        failed = self.facts.get("alignment", {}).get("failed")
        return failed or self.facts.get("left_out", {}).get("intrinsic")

    @property
    def name(self) -> str:
        """The name of the pair's folder."""
        return f"{self.a.name}-{self.b.name}"

    def ends(self, direction: str) -> tuple[Network, Network]:
        """Return the source and the target of a direction."""
        source, target = DIRECTIONS[direction]
        sides = {"a": self.a, "b": self.b}
        return sides[source], sides[target]

    def arrow(self, direction: str) -> str:
        """Return a direction in words: ``source → target``."""
        return " → ".join(end.name for end in self.ends(direction))

    def own_metrics(self, direction: str) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """Return the task metrics of a direction's source and target network themselves."""
        source, target = DIRECTIONS[direction]
        networks = self.facts["networks"]
        return networks[source]["task"], networks[target]["task"]

    def metrics(self, direction: str) -> dict[str, dict[str, float]]:
        """Return ``{map: {metric: value}}`` of one direction."""
        return {name: both[direction] for name, both in self.facts["maps"].items()}

    def broken(self, direction: str) -> dict[str, int]:
        """Return the number of samples with outputs that are not finite, by map."""
        return {
            name: int(figures["not_finite"])
            for name, figures in self.metrics(direction).items()
            if "not_finite" in figures
        }

    def read_only(self, direction: str) -> bool:
        """Whether nothing can be put in the place of the target's layers: no stitched network."""
        return "read_only" in self.facts["networks"][DIRECTIONS[direction][1]]

    def output_errors(self, direction: str) -> dict[str, np.ndarray]:
        """Return the output errors (n,), mean squares, of all maps with finite outputs."""
        broken = {name for way in DIRECTIONS for name in self.broken(way)}
        names = (name for name in self.facts["maps"] if name not in broken)
        return {name: self.evaluation[f"{name}/{direction}/output_error"] for name in names}

    def coordinates(self, direction: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the source's rotated coordinates and the target's own on the test set (n, k)."""
        back = "b_to_a" if direction == "a_to_b" else "a_to_b"
        return (
            self.evaluation[f"intrinsic/{direction}/rotation"],
            self.evaluation[f"intrinsic/{back}/encoder"],
        )


@dataclass(frozen=True)
class JudgedPair(Pair):
    """A pair of which all samples are paired: a verdict, and the stores behind it.

    ``evidence`` is that on the layers, ``task`` that on the task.
    """

    verdict: Mapping[str, Any]
    evidence: Store
    task: Store

    @property
    def stores(self) -> list[Store]:
        """Everything that was stored of the pair."""
        return [*super().stores, self.evidence, self.task]

    def fidelities(self, direction: str, place: str) -> dict[str, np.ndarray]:
        """Return the fidelity (k, c) of c choices of each number of shared samples, by start.

        Of stitched networks, by the map that the verdict names, at a place: ``layer`` or
        ``answers``.
        """
        facts = self.verdict["task"][direction][place]
        path = f"fidelity/{direction}/{place}/{facts['stitched']}"
        return {start: self.task[f"{path}/{start}"] for start in facts["fidelity"]}


# The pairs of a page: with a verdict, or with a match.
Paired = TypeVar("Paired", bound=Pair)


@dataclass(frozen=True)
class Report(Generic[Paired]):
    """An experiment as the report sees it, with pairs of one kind."""

    name: str
    description: str
    seed: int
    samples: Store
    networks: Mapping[str, Network]
    pairs: Sequence[Paired]
    trained: Mapping[str, tuple[float, float]]
    runs: Sequence[Mapping[str, Any]]
    names: Names = field(default_factory=Names)

    @property
    def failures(self) -> list[str]:
        """The reasons why diffusion maps and intrinsic routes are missing, each once."""
        reasons = [network.diffusion.failed for network in self.networks.values()]
        reasons += [pair.unrouted for pair in self.pairs]
        return list(dict.fromkeys(filter(None, reasons)))

    @property
    def domain(self) -> str:
        """The kind of inputs: ``line``, ``plane``, ``images``, ``sequences``, or ``other``."""
        recorded = [network.activations.attributes for network in self.networks.values()]
        if any("input_fields" in attributes for attributes in recorded):
            return "other"
        if any(attributes["layout"].get("steps") for attributes in recorded):
            return "sequences"
        shape = self.samples.attributes["input_shape"]
        if len(shape) == 1:
            return {1: "line", 2: "plane"}.get(shape[0], "other")
        grey = len(shape) == 2 or (len(shape) == 3 and shape[0] == 1)
        return "images" if grey else "other"

    @property
    def axes(self) -> list[str]:
        """The labels of the axes of the inputs, with units."""
        if self.names.axes is not None:
            return list(self.names.axes)
        return [f"input {n + 1}" for n in range(self.samples.attributes["input_shape"][0])]

    @property
    def films(self) -> bool:
        """Whether the networks reconstruct images of what they see."""
        answers = (
            network.activations.lazy("test/outputs").shape for network in self.networks.values()
        )
        reconstructs = self.samples.attributes["task"] == "reconstruction"
        return reconstructs and all(len(shape) == 4 and shape[1] == 1 for shape in answers)

    @property
    def fields(self) -> bool:
        """Whether the networks map points of a plane to vectors of the plane."""
        answers = (
            network.activations.lazy("test/outputs").shape for network in self.networks.values()
        )
        vectors = any(tuple(shape[1:]) == (2,) for shape in answers)
        return self.domain == "plane" and not self.classifies and vectors

    @property
    def classifies(self) -> bool:
        """Whether the samples carry class labels."""
        classes = self.samples.attributes["task"] == "classification"
        return classes and "test/targets" in self.samples
