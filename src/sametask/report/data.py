"""What the report reads of an experiment's stores, as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sametask.relations import DIRECTIONS
from sametask.report.runs import read_runs
from sametask.store import Store, open_store, read_json, require_parents

# Of every neighbourhood, this many neighbours are enough to draw its spread.
NEIGHBOURS_READ = 256


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
    def rank(self) -> int:
        """The number of directions kept in every local covariance."""
        return self.geometry.attributes["rank"]

    @property
    def neurons(self) -> int:
        """The number of measured neurons."""
        return self.activations.lazy("fit/samples").shape[1]

    @property
    def layer(self) -> str:
        """The measured layers, as one text."""
        return " + ".join(self.activations.attributes["layout"]["layers"])

    @cached_property
    def spread(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every neighbourhood's 5 % and 95 % quantiles and standard deviation, (N, m) each."""
        neighbours = self.activations.lazy("fit/neighbours")[:, :NEIGHBOURS_READ]
        low, high = np.quantile(neighbours, (0.05, 0.95), axis=1)
        return low, high, neighbours.std(axis=1)


@dataclass(frozen=True)
class Pair:
    """Two networks and every map that was fitted between them; ``facts`` are evaluation.json."""

    a: Network
    b: Network
    facts: Mapping[str, Any]
    alignment: Store
    transformation: Store
    evaluation: Store

    @property
    def stores(self) -> list[Store]:
        """Everything that was stored of the pair."""
        return [self.alignment, self.transformation, self.evaluation]

    @property
    def routed(self) -> bool:
        """Whether the intrinsic route is among the maps: a match may not have been found."""
        return "intrinsic" in self.facts["maps"]

    @property
    def name(self) -> str:
        """The name of the pair's folder."""
        return f"{self.a.name}-{self.b.name}"

    def ends(self, direction: str) -> tuple[Network, Network]:
        """Return the source and the target of a direction."""
        source, target = DIRECTIONS[direction]
        sides = {"a": self.a, "b": self.b}
        return sides[source], sides[target]

    def own_metrics(self, direction: str) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """Return the task metrics of a direction's source and target network themselves."""
        source, target = DIRECTIONS[direction]
        networks = self.facts["networks"]
        return networks[source]["task"], networks[target]["task"]

    def metrics(self, direction: str) -> dict[str, dict[str, float]]:
        """Return ``{map: {metric: value}}`` of one direction."""
        return {name: both[direction] for name, both in self.facts["maps"].items()}

    def output_errors(self, direction: str) -> dict[str, np.ndarray]:
        """Return every map's mean-square output errors on the test samples (n,)."""
        return {
            name: self.evaluation[f"{name}/{direction}/output_error"] for name in self.facts["maps"]
        }

    def coordinates(self, direction: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the source's rotated coordinates and the target's own on the test set (n, k)."""
        back = "b_to_a" if direction == "a_to_b" else "a_to_b"
        return (
            self.evaluation[f"intrinsic/{direction}/rotation"],
            self.evaluation[f"intrinsic/{back}/encoder"],
        )


@dataclass(frozen=True)
class JudgedPair(Pair):
    """A pair of which all samples are paired: a verdict, and the store behind it."""

    verdict: Mapping[str, Any]
    evidence: Store

    @property
    def stores(self) -> list[Store]:
        """Everything that was stored of the pair."""
        return [*super().stores, self.evidence]


@dataclass(frozen=True)
class Report:
    """An experiment as the report sees it."""

    name: str
    description: str
    seed: int
    samples: Store
    networks: Mapping[str, Network]
    pairs: Sequence[Pair]
    trained: Mapping[str, tuple[float, float]]
    runs: Sequence[Mapping[str, Any]]

    @property
    def domain(self) -> str:
        """What inputs are: ``line``, ``plane``, ``images``, ``sequences``, or ``other``."""
        layouts = (one.activations.attributes["layout"] for one in self.networks.values())
        if any(layout.get("steps") for layout in layouts):
            return "sequences"
        shape = self.samples.attributes["input_shape"]
        if len(shape) == 1:
            return {1: "line", 2: "plane"}.get(shape[0], "other")
        grey = len(shape) == 2 or (len(shape) == 3 and shape[0] == 1)
        return "images" if grey else "other"

    @property
    def axes(self) -> list[str]:
        """What to write at the axes of the domain, with units."""
        shape = self.samples.attributes["input_shape"]
        return self.samples.attributes.get("axes", [f"input {n + 1}" for n in range(shape[0])])

    @property
    def films(self) -> bool:
        """Whether the networks give back pictures of what they see."""
        answers = (one.activations.lazy("test/outputs").shape for one in self.networks.values())
        reconstructs = self.samples.attributes["task"] == "reconstruction"
        return reconstructs and all(len(shape) == 4 and shape[1] == 1 for shape in answers)

    @property
    def fields(self) -> bool:
        """Whether the networks answer places in a plane with vectors of the plane."""
        answers = (one.activations.lazy("test/outputs").shape for one in self.networks.values())
        vectors = any(tuple(shape[1:]) == (2,) for shape in answers)
        return self.domain == "plane" and not self.classifies and vectors

    @property
    def classifies(self) -> bool:
        """Whether the samples carry class labels."""
        classes = self.samples.attributes["task"] == "classification"
        return classes and "test/targets" in self.samples


def _open_network(shared: Store, name: str, place: Mapping[str, str]) -> Network:
    """Open a network's stores; ``samples`` are among its paths where it has its own."""
    samples, parents = shared, {"samples": shared.digest}
    if "samples" in place:
        samples = open_store(place["samples"], "samples")
        require_parents(samples, shared=shared.digest)
        parents = {"samples": samples.digest, "shared": shared.digest}
    activations, geometry, diffusion = (
        open_store(place[kind], kind) for kind in ("activations", "geometry", "diffusion")
    )
    require_parents(activations, **parents)
    require_parents(geometry, activations=activations.digest)
    require_parents(diffusion, activations=activations.digest, geometry=geometry.digest)
    told = place.get("reconstruction")
    reconstruction = open_store(told, "reconstruction") if told else None
    if reconstruction:
        require_parents(reconstruction, activations=activations.digest)
    return Network(name, samples, activations, geometry, diffusion, reconstruction)


def open_maps(samples: Store, a: Network, b: Network, place: Mapping[str, str]) -> list[Any]:
    """Return what every ``Pair`` has beside its networks, in the order of its fields."""
    alignment, transformation, evaluation = (
        open_store(place[kind], kind) for kind in ("alignment", "transformation", "evaluation")
    )
    require_parents(alignment, a=a.diffusion.digest, b=b.diffusion.digest)
    require_parents(transformation, alignment=alignment.digest)
    require_parents(evaluation, transformation=transformation.digest, samples=samples.digest)
    return [read_json(place["facts"]), alignment, transformation, evaluation]


def open_judged(samples: Store, a: Network, b: Network, place: Mapping[str, str]) -> JudgedPair:
    """Open a pair and its verdict, of which ``verdict`` and ``relation`` are the paths."""
    maps = open_maps(samples, a, b, place)
    evidence = open_store(place["verdict"], "verdict")
    sides = {"a": a.activations.digest, "b": b.activations.digest}
    require_parents(evidence, evaluation=maps[-1].digest, **sides)
    return JudgedPair(a, b, *maps, read_json(place["relation"]), evidence)


def by_name(
    names: Iterable[Any], given: Mapping[str, Sequence[str]], kinds: Iterable[str]
) -> dict[Any, dict[str, str]]:
    """Return ``{name: {kind: path}}`` of a rule's inputs, which list the paths of one kind."""
    kinds = [kind for kind in kinds if given[kind]]
    return {name: {kind: given[kind][place] for kind in kinds} for place, name in enumerate(names)}


def read_report(
    samples: str,
    networks: Mapping[str, Mapping[str, str]],
    pairs: Mapping[tuple[str, str], Mapping[str, str]],
    facts: Mapping[str, Any],
    folder: str | Path,
    open_pair: Callable[..., Pair] = open_judged,
) -> Report:
    """Open an experiment's stores; raise ``StoreError`` if they do not belong together.

    ``networks`` give each one's paths of ``activations``, ``geometry`` and ``diffusion``, and of
    ``samples`` and ``reconstruction`` where there are any; ``pairs`` those of ``alignment``,
    ``transformation``, ``evaluation``, ``facts`` (``evaluation.json``), and what ``open_pair``
    takes besides. ``facts`` are ``experiment``, ``description``, ``seed``, and ``trained``, the
    intervals of training where known. Benchmark files are those below ``folder``.
    """
    drawn = open_store(samples, "samples")
    opened = {name: _open_network(drawn, name, place) for name, place in networks.items()}
    return Report(
        *(facts[key] for key in ("experiment", "description", "seed")),
        samples=drawn,
        networks=opened,
        pairs=[open_pair(drawn, opened[a], opened[b], place) for (a, b), place in pairs.items()],
        trained=facts.get("trained", {}),
        runs=read_runs(folder),
    )
