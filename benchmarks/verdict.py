"""Time 999 shuffled pairings beside the diffusion maps of the two networks, on finished results.

    .venv/bin/python benchmarks/verdict.py results/scalar/shallow-deep results/digits/mlp-cnn

One thread; the best of three each. Prints both times, their ratio, and what the whole verdict took.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

from sametask.base.randomness import generator
from sametask.diffusion.embedding import embed
from sametask.geometry.metric import mahalanobis_distances
from sametask.statistics.permutation import procrustes_test
from sametask.storage.store import open_store

SHUFFLES = 999


def best_of_three(call):
    """Return the shortest of three times in seconds."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return min(times)


def embedding(folder):
    """Return what finds a network's diffusion map again, with the settings of its store."""
    recorded = open_store(folder / "activations.zarr", "activations")
    local = open_store(folder / "geometry.zarr", "geometry")
    settings = open_store(folder / "diffusion.zarr", "diffusion").header["config"]["settings"]
    samples, whitening = (
        torch.from_numpy(array).double() for array in (recorded["fit/samples"], local["whitening"])
    )
    sigma, rank = (local.attributes[name] for name in ("sigma", "rank"))
    return lambda: embed(mahalanobis_distances(samples, whitening, sigma), **settings, rank=rank)


def compare(pair):
    """Print the figures of one pair's folder, results/{experiment}/{a}-{b}."""
    maps = sum(best_of_three(embedding(pair.parent / name)) for name in pair.name.split("-"))
    judged = open_store(pair / "evaluation.zarr", "evaluation")
    rotated, own = (
        torch.from_numpy(judged[f"intrinsic/{name}"])
        for name in ("a_to_b/rotation", "b_to_a/encoder")
    )
    draw = generator(0, "shuffles")
    orders = torch.from_numpy(np.stack([draw.permutation(len(own)) for _ in range(SHUFFLES)]))
    null = best_of_three(lambda: procrustes_test(rotated, own, orders))
    _, row = (pair / "benchmarks" / "reach_verdict.tsv").read_text().splitlines()
    seconds, memory = (float(row.split("\t")[column]) for column in (0, 2))
    print(
        f"{pair}: diffusion maps {maps:.3f} s, {SHUFFLES} shuffles {null:.3f} s "
        f"({maps / null:.1f} times cheaper); the verdict's job {seconds:.1f} s, {memory:.0f} MB"
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    for folder in sys.argv[1:]:
        compare(Path(folder))
