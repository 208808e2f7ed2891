"""Record a network on all of its samples, or on one part of them, and join the parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from sametask.activations.components import ARRAYS
from sametask.activations.probe import Probe
from sametask.activations.stored import COMPONENTS
from sametask.base.errors import StoreError
from sametask.config.sections.recording import Recording
from sametask.jobs.parts import JobPart
from sametask.networks import weights_digest
from sametask.storage.chunks import fill, rows_per_shard
from sametask.storage.related import require_parents
from sametask.storage.store import Store, Writer, open_store

# The kind of a store that holds one part of the activations of a network.
SHARD = "shard of activations"
# The attribute with its number and settings.
MARK = "shard"


def parents_of(drawn: Store, folder: str | Path) -> dict[str, str]:
    """Return the digests of the parents of the activations of the network in ``folder``."""
    return {**drawn.parents, "samples": drawn.digest, "network": weights_digest(folder)}


def record_network(
    writer: Writer, drawn: Store, folder: str | Path, settings: Recording, gpu: int
) -> np.ndarray:
    """Write the activations of a network; return those of the fit samples, all neurons.

    ``drawn`` are the samples, ``folder`` has the network.
    """
    return Probe.opened(writer, drawn, folder, settings, gpu).record()


def record_part(
    writer: Writer,
    drawn: Store,
    folder: str | Path,
    settings: Recording,
    gpu: int,
    job_part: JobPart,
) -> None:
    """Write one part of a network's activations, with its mark, for ``join_shards``.

    The first part has all samples themselves, and every part the surroundings of some. The same
    perturbations pass the network together in every division of the work, as long as there are no
    more jobs than ``jobs.parts`` has blocks: parts of any number then join to the same arrays.
    """
    probe = Probe.opened(writer, drawn, folder, settings, gpu, job_part)
    if job_part.index == 0:
        probe.record()
    else:
        probe.surroundings()
    writer.attributes[MARK] = _mark(job_part, settings)


def _mark(job_part: JobPart, settings: Recording) -> dict[str, Any]:
    """Return the mark of a shard: its number, and its settings as JSON values."""
    plain = settings.model_dump(mode="json")
    return {"number": job_part.index + 1, "of": job_part.count, "settings": plain}


def open_shards(
    paths: Sequence[str | Path], parents: Mapping[str, str], settings: Recording
) -> list[Store]:
    """Open the shards of a network in their order.

    Raises ``StoreError`` that names a shard that is damaged, has another number, or was recorded
    from other ``parents`` or with other ``settings``.
    """
    shards = [open_store(path, SHARD) for path in paths]
    for index, shard in enumerate(shards):
        require_parents(shard, **parents)
        if shard.attributes.get(MARK) != _mark(JobPart(index, len(shards)), settings):
            raise StoreError(
                f"{shard.path}: is not shard {index + 1} of {len(shards)} by these settings; "
                "delete it and run again"
            )
    return shards


def join_shards(writer: Writer, shards: Sequence[Store]) -> np.ndarray:
    """Join the arrays of shards, and return all neurons of the fit samples.

    The store is equal to one that ``record_network`` writes without shards, see ``record_part``.
    Raises ``StoreError`` if shards have other components than the first.
    """
    _join_components(writer, shards)
    described = shards[0].attributes
    writer.attributes |= {key: described[key] for key in described if key != MARK}
    # The first shard alone has the samples themselves; the pool may be too few for every shard.
    names = {name for shard in shards for name in shard.arrays if not name.startswith(COMPONENTS)}
    for name in sorted(names):
        pieces = [shard.lazy(name) for shard in shards if name in shard]
        shape = (sum(piece.shape[0] for piece in pieces), *pieces[0].shape[1:])
        rows = rows_per_shard(shape, pieces[0].dtype)
        axes = _axes(pieces[0])
        fill(writer.stream(name, shape, pieces[0].dtype, axes), rows, _blocks(pieces, rows))
    return shards[0]["fit/layers"]


def _join_components(writer: Writer, shards: Sequence[Store]) -> None:
    """Write the components of the first shard, which all shards must have."""
    for name in [name for name in shards[0].arrays if name.startswith(COMPONENTS)]:
        values = shards[0][name]
        for shard in shards[1:]:
            if not np.array_equal(values, shard[name]):
                raise StoreError(
                    f"{shard.path}: has other principal components than {shards[0].path}: machines "
                    "that round differently; record all shards on one kind of machine"
                )
        writer.array(name, values, ARRAYS[name.removeprefix(COMPONENTS)])


def _axes(array: zarr.Array) -> list[str]:
    names = getattr(array.metadata, "dimension_names", None)
    return [str(name) for name in names or ()]


def _blocks(pieces: Sequence[Any], rows: int) -> Iterable[np.ndarray]:
    for piece in pieces:
        yield from (piece[start : start + rows] for start in range(0, piece.shape[0], rows))
