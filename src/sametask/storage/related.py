"""Open the stores of a comparison by role, and refuse them unless their parents are the same.

A role is the kind of a store and its network: ``geometry_a``, ``activations_untrained_b``. A store
that all networks share has the kind alone: ``samples``, ``alignment``. A store names its parents in
the same way, but without a network if that is its own network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from sametask.base.errors import StoreError
from sametask.storage.store import Store, open_store

# The direct parents of a store of each kind. It must name them if they are opened with it.
DIRECT = {
    "activations": ("samples", "network"),
    "geometry": ("activations",),
    "diffusion": ("activations", "geometry"),
    "reconstruction": ("activations",),
    "alignment": ("diffusion_a", "diffusion_b"),
    "transformation": ("alignment", "activations_a", "activations_b"),
    "evaluation": ("transformation", "samples", "activations_a", "activations_b"),
    "study": ("activations_a", "activations_b"),
    "task": ("activations_a", "activations_b"),
    "verdict": ("evaluation", "task", "activations_a", "activations_b"),
}
# What a digest belongs to: a kind, and a network, which is empty if all networks share the store.
Place = tuple[str, str]
NONE: Mapping[str, str] = MappingProxyType({})


def require_parents(child: Store, **parents: str) -> None:
    """Raise ``StoreError`` for a store that was not made from the parents with these digests."""
    for name, digest in parents.items():
        if child.parents.get(name) != digest:
            raise StoreError(
                f"{child.path}: was made from another {name} than the one given; "
                f"delete {child.path} and run again to make both agree"
            )


def _place(name: str, network: str, store: Store | None) -> Place:
    """Return the place of a name: a parent in a store of ``network``, or a role.

    A store of a network with its own samples has the parent ``shared`` beside ``samples``; all
    other networks share their samples.
    """
    own_samples = store is not None and "shared" in store.parents
    if name == "shared" or (name.partition("_")[0] == "samples" and not own_samples):
        return "shared", ""
    kind, _, named = name.partition("_")
    return kind, named or network


def _named(role: str, store: Store) -> Iterator[tuple[str, Place]]:
    """Yield the parents that a store names or must name, and the place of each."""
    kind, _, network = role.partition("_")
    for name in dict.fromkeys([*store.parents, *DIRECT.get(kind, ())]):
        yield name, _place(name, network, store)


def require_related(stores: Mapping[str, Store], known: Mapping[str, str] = NONE) -> None:
    """Refuse stores, given by role, that were not made from one another and from the same parents.

    If two of the stores name the same parent or ancestor, or if it is one of the stores, its digest
    must be the same everywhere. The same holds for digests that are ``known`` by role, such as
    those of the weights, ``network_a``. Raises ``StoreError``, which names the store to delete.
    """
    digests = {_place(role, "", None): digest for role, digest in known.items()}
    digests |= {_place(role, "", store): store.digest for role, store in stores.items()}
    named = [(store, *parent) for role, store in stores.items() for parent in _named(role, store)]
    for store, name, place in named:
        if place in digests:
            require_parents(store, **{name: digests[place]})
    # For a parent that is not opened, the first store that names it decides.
    for store, name, place in named:
        if name in store.parents:
            require_parents(store, **{name: digests.setdefault(place, store.parents[name])})


def open_related(
    paths: Mapping[str, str | Path], known: Mapping[str, str] = NONE
) -> dict[str, Store]:
    """Open stores by role: ``{"activations_a": path, …}``. Refused as by ``require_related``."""
    stores = {role: open_store(path, role.partition("_")[0]) for role, path in paths.items()}
    require_related(stores, known)
    return stores


def parents_of(kind: str, stores: Mapping[str, Store]) -> dict[str, str]:
    """Return the digests of the direct parents of a new store of a pair, from stores by role."""
    return {role: stores[role].digest for role in DIRECT[kind]}


def why_failed(*stores: Store) -> str:
    """Return the reasons of the stores that have no arrays; empty if all have."""
    return "; ".join(store.failed for store in stores if store.failed)


def of_kinds(given: Mapping[str, str], *kinds: str) -> dict[str, str]:
    """Return the inputs of a rule that are stores of these kinds, by role."""
    return {role: path for role, path in given.items() if path and role.partition("_")[0] in kinds}
