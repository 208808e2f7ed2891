"""Open the stores of an experiment for the report, which must belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sametask.report.data.experiment import JudgedPair, Network, Pair, Report
from sametask.report.data.runs import read_runs
from sametask.storage.store import Store, open_store, read_json, require_parents


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
    path = place.get("reconstruction")
    reconstruction = open_store(path, "reconstruction") if path else None
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
