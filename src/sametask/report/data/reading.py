"""Open the stores of an experiment for the report, which must belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, overload

from sametask.report.data.experiment import JudgedPair, Network, Pair, Paired, Report
from sametask.report.data.names import Names
from sametask.report.data.runs import read_runs
from sametask.report.data.verdicts import read_verdict
from sametask.storage.related import require_related
from sametask.storage.store import Store, open_store, read_json

# The stores of every pair, in the order of the fields of ``Pair``.
OF_MAPS = ("alignment", "transformation", "evaluation")
# The stores that a network may have.
OF_NETWORK = ("samples", "activations", "geometry", "diffusion", "reconstruction")

Name = TypeVar("Name")
# The paths of stores by kind, of every network or pair; and what the workflow says beside them.
Of = Mapping[Name, Mapping[str, str]]
Facts = Mapping[str, Any]


def _open_network(shared: Store, name: str, place: Mapping[str, str]) -> Network:
    """Open a network's stores; ``samples`` are among its paths where it has its own."""
    stores = {
        f"{kind}_{name}": open_store(place[kind], kind) for kind in OF_NETWORK if kind in place
    }
    require_related({"samples": shared, **stores})
    samples = stores.get(f"samples_{name}", shared)
    activations, geometry, diffusion = (
        stores[f"{kind}_{name}"] for kind in ("activations", "geometry", "diffusion")
    )
    reconstruction = stores.get(f"reconstruction_{name}")
    return Network(name, samples, activations, geometry, diffusion, reconstruction)


def open_pair(
    samples: Store, a: Network, b: Network, place: Mapping[str, str], kinds: Iterable[str]
) -> dict[str, Store]:
    """Open those stores of a pair that it has of some kinds; they must be of these networks."""
    stores = {kind: open_store(place[kind], kind) for kind in kinds if kind in place}
    sides = {
        f"{kind}_{side}": getattr(network, kind)
        for side, network in (("a", a), ("b", b))
        for kind in ("activations", "diffusion")
    }
    require_related({"samples": samples, **sides, **stores})
    return stores


def open_judged(samples: Store, a: Network, b: Network, place: Mapping[str, str]) -> JudgedPair:
    """Open a pair and its verdict; ``verdict``, ``task`` and ``relation`` are the paths."""
    stores = open_pair(samples, a, b, place, (*OF_MAPS, "verdict", "task"))
    return JudgedPair(
        a,
        b,
        facts=read_json(place["facts"]),
        alignment=stores["alignment"],
        transformation=stores["transformation"],
        evaluation=stores["evaluation"],
        verdict=read_verdict(place["relation"]),
        evidence=stores["verdict"],
        task=stores["task"],
    )


def by_name(
    names: Iterable[Any], given: Mapping[str, Sequence[str]], kinds: Iterable[str]
) -> dict[Any, dict[str, str]]:
    """Return ``{name: {kind: path}}`` of a rule's inputs, which list the paths of one kind."""
    kinds = [kind for kind in kinds if given[kind]]
    return {name: {kind: given[kind][place] for kind in kinds} for place, name in enumerate(names)}


@overload
def read_report(
    samples: str, networks: Of[str], pairs: Of[tuple[str, str]], facts: Facts, folder: str | Path
) -> Report[JudgedPair]: ...


@overload
def read_report(
    samples: str,
    networks: Of[str],
    pairs: Of[tuple[str, str]],
    facts: Facts,
    folder: str | Path,
    open_pair: Callable[..., Paired],
) -> Report[Paired]: ...


def read_report(
    samples: str,
    networks: Of[str],
    pairs: Of[tuple[str, str]],
    facts: Facts,
    folder: str | Path,
    open_pair: Callable[..., Pair] = open_judged,
) -> Report[Any]:
    """Open an experiment's stores; raise ``StoreError`` if they do not belong together.

    ``networks`` give each one's paths of ``activations``, ``geometry`` and ``diffusion``, and of
    ``samples`` and ``reconstruction`` where there are any; ``pairs`` those of ``alignment``,
    ``transformation``, ``evaluation``, ``facts`` (``evaluation.json``), and what ``open_pair``
    takes besides. ``facts`` are ``experiment``, ``description``, ``seed``, and where known
    ``trained``, the intervals of training, the sections ``inputs`` and ``task``, and
    ``own_targets``, the networks with a task of their own, of which the names of the task say
    nothing. Benchmark files are those below ``folder``.
    """
    drawn, names = open_store(samples, "samples"), Names.of(facts)
    others = set(facts.get("own_targets", ()))
    opened = {name: _open_network(drawn, name, place) for name, place in networks.items()}
    return Report(
        name=facts["experiment"],
        description=facts["description"],
        seed=facts["seed"],
        samples=drawn,
        networks=opened,
        pairs=[
            replace(
                open_pair(drawn, opened[a], opened[b], place),
                names=names.of_axes() if {a, b} & others else names,
            )
            for (a, b), place in pairs.items()
        ],
        trained=facts.get("trained", {}),
        runs=read_runs(folder),
        names=replace(names.of_axes(), classes=names.classes) if others else names,
    )
