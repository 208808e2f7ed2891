"""Stores that belong together: opened by role, and refused unless all come from the same ones.

A role is a kind of store and the network it is of, ``geometry_a``, ``activations_untrained_b``;
what all networks share has the kind alone: ``samples``, ``alignment``. A store names its parents in
the same way, but leaves out a network that is its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from sametask.base.errors import StoreError
from sametask.storage.store import Store, open_store

# The parents that a store of a kind has to name, where they are among those that are opened.
NAMED = {
    "activations": ("samples", "network"),
    "geometry": ("activations",),
    "diffusion": ("activations", "geometry"),
    "reconstruction": ("activations",),
    "alignment": ("diffusion_a", "diffusion_b"),
    "transformation": ("alignment", "activations_a", "activations_b"),
    "evaluation": ("transformation", "samples", "activations_a", "activations_b"),
    "study": ("activations_a", "activations_b"),
    "verdict": ("evaluation", "activations_a", "activations_b"),
}
# What a digest is of: a kind, and a network, which is empty for what all networks share.
Place = tuple[str, str]
NONE: Mapping[str, str] = MappingProxyType({})


def require_parents(child: Store, **parents: str) -> None:
    """Refuse a store that was not made from the parents with these very digests."""
    for name, digest in parents.items():
        if child.parents.get(name) != digest:
            raise StoreError(
                f"{child.path}: was made from another {name} than the one given; "
                f"delete {child.path} and run again to make both agree"
            )


def _place(name: str, network: str, store: Store | None) -> Place:
    """Return what a name is of: in a store of ``network``, or as a role.

    Networks with samples of their own have the parent ``shared`` beside ``samples``; all others
    share their samples.
    """
    own_samples = store is not None and "shared" in store.parents
    if name == "shared" or (name.partition("_")[0] == "samples" and not own_samples):
        return "shared", ""
    kind, _, named = name.partition("_")
    return kind, named or network


def _named(role: str, store: Store) -> Iterator[tuple[str, Place]]:
    """Yield the parents that a store names, or has to name, and what each is of."""
    kind, _, network = role.partition("_")
    for name in dict.fromkeys([*store.parents, *NAMED.get(kind, ())]):
        yield name, _place(name, network, store)


def require_related(stores: Mapping[str, Store], known: Mapping[str, str] = NONE) -> None:
    """Refuse stores, given by role, that were not made from one another and from the same parents.

    Every parent or ancestor that two of them name, or that is one of them, must have one digest;
    so must those that are ``known`` by role, the weights ``network_a``. Raises ``StoreError``,
    which names the store to delete.
    """
    digests = {_place(role, "", None): digest for role, digest in known.items()}
    digests |= {_place(role, "", store): store.digest for role, store in stores.items()}
    named = [(store, *parent) for role, store in stores.items() for parent in _named(role, store)]
    for store, name, place in named:
        if place in digests:
            require_parents(store, **{name: digests[place]})
    # Of what is not among them, the first one that names it decides.
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


def of_kinds(given: Mapping[str, str], *kinds: str) -> dict[str, str]:
    """Return those of a rule's inputs that are stores of some kinds, by role."""
    return {role: path for role, path in given.items() if path and role.partition("_")[0] in kinds}
