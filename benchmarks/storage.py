"""Bytes, files and seconds of recorded neighbourhoods, by compression and size of a zarr shard.

    python benchmarks/storage.py results/digits/cnn/activations.zarr [more stores] [--mb 400]

Each row writes the first so many MB of ``fit/perturbed`` of a store, a block of samples at a time
as extraction does, and reads them back as the geometry does. Seconds are the least of three.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import zarr
from zarr.codecs import BloscCodec, ZstdCodec

from sametask.activations.stored import read_perturbed
from sametask.storage import chunks, store

CODECS = {
    "none": None,
    "zstd 0 (zarr's own)": ZstdCodec(level=0),
    "zstd 5": ZstdCodec(level=5),
    "blosc lz4, shuffle": BloscCodec(cname="lz4", clevel=5, shuffle="shuffle"),
    "blosc zstd 1, shuffle": BloscCodec(cname="zstd", clevel=1, shuffle="shuffle"),
    "blosc zstd 5, shuffle": BloscCodec(cname="zstd", clevel=5, shuffle="shuffle"),
}
SHARDS = (8, 32, 128)  # MB


def array_in(folder, like, codec, shard):
    """Return an empty array on disk in chunks of 1 MB, and the rows of one of its shards."""
    chunks.SHARD_BYTES = shard * 2**20
    chunk = chunks.rows_per_chunk(like.shape, like.dtype)
    rows = chunks.rows_per_shard(like.shape, like.dtype)
    made = zarr.create_array(
        folder, shape=like.shape, dtype=like.dtype, chunks=(chunk, *like.shape[1:]),
        shards=(rows, *like.shape[1:]), compressors=codec,
    )  # fmt: skip
    return made, rows


def once(folder, values, codec, shard):
    """Return seconds of writing and of reading, bytes, and files."""
    target, rows = array_in(folder, values, codec, shard)
    begun = time.perf_counter()
    chunks.fill(target, rows, np.array_split(values, 64))
    written = time.perf_counter()
    reading = zarr.open_array(folder, mode="r")
    for start in range(0, len(values), rows):
        reading[start : start + rows]
    read = time.perf_counter()
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    sizes = sum(path.stat().st_size for path in files)
    return written - begun, read - written, sizes, len(files)


def measured(values, codec, shard):
    """Return what ``once`` does, the least seconds of three."""
    runs = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(once(Path(folder) / "a.zarr", values, codec, shard))
    (_, _, sizes, files), *_ = runs
    return min(run[0] for run in runs), min(run[1] for run in runs), sizes, files


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stores", nargs="+")
    parser.add_argument("--mb", type=int, default=400)
    asked = parser.parse_args()
    for path in asked.stores:
        perturbations = read_perturbed(store.open_store(path, "activations"))
        rows = max(1, asked.mb * 2**20 // perturbations[:1].nbytes)
        values = np.asarray(perturbations[:rows])
        print(f"{path}: {values.nbytes / 2**20:.0f} MB of {values.dtype}, {values.shape}")
        print("compression            shard (MB)  bytes  files  write (s)  read (s)")
        for name, codec in CODECS.items():
            for shard in SHARDS:
                write, read, sizes, files = measured(values, codec, shard)
                print(
                    f"{name:22} {shard:10} {sizes / values.nbytes:6.3f} {files:6} {write:10.2f} "
                    f"{read:9.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
