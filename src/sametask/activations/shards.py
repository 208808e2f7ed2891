"""Record what a network computes on its samples: all of it, or a share that others complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from sametask.activations.probe import Probe
from sametask.base.errors import StoreError
from sametask.config.sections.recording import Recording
from sametask.inputs import read_draws, see
from sametask.jobs.parts import WHOLE, JobPart
from sametask.networks import device_for, load, weights_digest
from sametask.storage.chunks import fill, rows_per_shard
from sametask.storage.related import require_parents
from sametask.storage.store import Store, Writer, open_store

# The kind of a store that holds a share of the activations of a network.
SHARD = "shard of activations"
# The attribute by which it says which one it is.
MARK = "shard"


def parents_of(drawn: Store, folder: str | Path) -> dict[str, str]:
    """Return the digests of all that the network in ``folder`` is recorded from."""
    return {**drawn.parents, "samples": drawn.digest, "network": weights_digest(folder)}


def record_network(
    writer: Writer,
    drawn: Store,
    folder: str | Path,
    settings: Recording,
    gpu: int,
    share: JobPart = WHOLE,
) -> np.ndarray:
    """Write a share of a network's activations; return those of the fit samples, all neurons.

    ``drawn`` are the samples, ``folder`` has the network.
    The samples that pass the network together are the same whatever the share, so that the shares
    of any number are the same array.
    """
    measure = settings.measure
    draws = read_draws(drawn, ("test", "fit", "pool"))
    inputs = {part: draw.inputs for part, draw in draws.items()}
    share.require(len(inputs["fit"]))
    points = {part: one for part, one in inputs.items() if len(one[share.of(len(one))])}
    factory, arguments = settings.network.factory, settings.network.arguments
    network = load(folder, factory, arguments=arguments, dtype=measure.dtype)
    network = network.to(device_for(gpu))
    look = partial(see, inputs=settings.inputs, view=measure.view)
    example, sequences = points["fit"], settings.sequences
    probe = Probe.of(writer, network, measure, look, example, sequences, share)
    for part in [part for part in points if part != "fit"]:
        probe.samples(part, points[part])
    whole = probe.samples("fit", points["fit"])
    for part in [part for part in ("fit", "pool") if part in points]:
        probe.perturbed(part, points[part], settings.perturbations, settings.seed)
        if settings.derivatives:
            probe.jacobians(part, points[part])
    return whole


def record_part(
    writer: Writer,
    drawn: Store,
    folder: str | Path,
    settings: Recording,
    gpu: int,
    share: JobPart,
) -> None:
    """Write the share of a network's activations that ``join_shards`` takes, and which it is."""
    record_network(writer, drawn, folder, settings, gpu, share)
    writer.attributes[MARK] = _mark(share, settings)


def _mark(share: JobPart, settings: Recording) -> dict[str, Any]:
    """Return what a shard says of itself: which it is, and its settings, as JSON keeps them."""
    plain = settings.model_dump(mode="json")
    return {"number": share.index + 1, "of": share.count, "settings": plain}


def open_shards(
    paths: Sequence[str | Path], parents: Mapping[str, str], settings: Recording
) -> list[Store]:
    """Open the shards of a network in their order; ``StoreError`` names one that is damaged.

    So is one that is not the shard of its place, or was recorded of other samples or weights than
    ``parents`` or by other ``settings``.
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
    """Write the arrays of shards as one each, and return all neurons of the fit samples.

    The store comes out as ``record_network`` would have written it in one.
    """
    described = shards[0].attributes
    writer.attributes |= {key: described[key] for key in described if key != MARK}
    # Small parts need not have samples in every shard.
    for name in sorted({name for shard in shards for name in shard.arrays}):
        pieces = [shard.lazy(name) for shard in shards if name in shard]
        shape = (sum(one.shape[0] for one in pieces), *pieces[0].shape[1:])
        rows = rows_per_shard(shape, pieces[0].dtype)
        axes = _axes(pieces[0])
        fill(writer.stream(name, shape, pieces[0].dtype, axes), rows, _blocks(pieces, rows))
    return np.concatenate([shard["fit/layers"] for shard in shards])


def _axes(array: zarr.Array) -> list[str]:
    names = getattr(array.metadata, "dimension_names", None)
    return [str(name) for name in names or ()]


def _blocks(pieces: Sequence[Any], rows: int) -> Iterable[np.ndarray]:
    for piece in pieces:
        yield from (piece[start : start + rows] for start in range(0, piece.shape[0], rows))
