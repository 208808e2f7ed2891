"""What few shared inputs give on the handwritten digits, from finished results of `digits`.

    python benchmarks/digits_few.py [--directory results/digits] [--only affine spectral …]

The fit rows of `digits` are divided at random into n shared rows and halves of the rest, one for
each network; all maps lead from mlp to cnn. Prints, for every map and n, the relative squared error
on the test rows (median, least and most over random choices) and how often the stitched network
gives the target's class. Needs activations.zarr, geometry.zarr and the network of both.
"""

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import digits_literature as literature
import numpy as np
import torch
from torch import Tensor

from sametask.activations.hooks import run_with_replaced
from sametask.activations.joining import split_layers
from sametask.activations.layout import Layout
from sametask.base.errors import DataError
from sametask.diffusion.embedding import embed
from sametask.examples import small_networks as zoo
from sametask.geometry.metric import mahalanobis_distances
from sametask.maps.baselines import affine_map, direct_rbf_map, knn_map, procrustes_map
from sametask.networks import load
from sametask.splines.thin_plates import fit_radial_basis
from sametask.statistics.procrustes import procrustes
from sametask.storage.store import open_store

SHARED, CHOICES = (10, 30, 100, 300, 1000), 5
# A bandwidth that reaches this share of the samples, as in `digits`, and smoothing per sample.
REACH, SMOOTHING = 0.14, 1e-3
FACTORIES = {"mlp": zoo.mlp, "cnn": zoo.cnn}
# Coordinates that the shared inputs are aligned in: ten classes are told apart by nine.
CLASSES = 9
STEPS = 10


@dataclass(frozen=True)
class Network:
    """A network's samples (N, m), squared distances (N, N), test samples and outputs, and rest."""

    samples: Tensor
    distances: Tensor
    test: Tensor
    outputs: Tensor
    layout: Layout
    module: torch.nn.Module

    @classmethod
    def read(cls, folder):
        """Read the stores of a network; its layers are all measured."""
        recorded = open_store(folder / "activations.zarr", "activations")
        local = open_store(folder / "geometry.zarr", "geometry")
        samples, test, outputs = (
            torch.from_numpy(recorded[name]).double()
            for name in ("fit/samples", "test/samples", "test/outputs")
        )
        frames = torch.from_numpy(local["whitening"])
        distances = mahalanobis_distances(samples, frames, local.attributes["sigma"])
        layout = Layout.from_plain(recorded.attributes["layout"])
        module = load(folder / "network", FACTORIES[folder.name], dtype="float32")
        return cls(samples, distances, test, outputs, layout, module)

    def of(self, rows):
        """Return the network with some of its samples only."""
        return replace(self, samples=self.samples[rows], distances=self.distances[rows][:, rows])

    def judge(self, mapped):
        """Return the relative error of mapped test samples, and how often the class is the same."""
        error = (mapped - self.test).square().sum() / (self.test - self.test.mean(0)).square().sum()
        with torch.no_grad():
            dummy = torch.zeros(len(mapped), 1, 8, 8)
            answers = run_with_replaced(self.module, split_layers(self.layout, mapped), dummy)
        same = answers.argmax(1) == self.outputs.argmax(1)
        return error.item(), same.double().mean().item()


def follow(stages, samples):
    """Return what the stages of a map make of samples."""
    for stage in stages.values():
        samples = stage(samples)
    return samples


def on_pairs(fit):
    """Return the map that `fit` finds from the n shared rows alone."""
    return lambda a, b, n: follow(fit(a.samples[:n], b.samples[:n]), a.test)


def align(source, target, n, first, last):
    """Return the rotation of coordinates: Procrustes of `first` on n pairs, then ZoomOut to `last`.

    As many steps at the first size as repair a bad beginning; pairs stay pairs.
    """
    rotation = procrustes(source[:n, :first], target[:n, :first])
    for size in [first] * STEPS + list(range(first + 1, last + 1)):
        width = len(rotation)
        row = torch.cdist(source[:, :width] @ rotation, target[:, :width]).argmin(dim=1)
        row[:n] = torch.arange(n)
        rotation = procrustes(source[:, :size], target[row, :size])
    return rotation


def spectral(first, last):
    """Return the map through `last` diffusion coordinates, `first` aligned by shared rows."""

    def through(a, b, n):
        source, target = (
            embed(
                one.distances, last, "knn", int(REACH * len(one.samples)), "leading", rank=1
            ).eigenvectors
            for one in (a, b)
        )
        rotation = align(source, target, n, first, last)
        lift = fit_radial_basis(target, b.samples, SMOOTHING * len(target))
        return lift(fit_radial_basis(a.samples, source)(a.test) @ rotation)

    return through


def dense(match):
    """Return the affine map on pairs of all samples with what `match` says of them."""

    def through(a, b, n):
        matched = match(replace(a, test=a.samples), b, n)
        matched[:n] = b.samples[:n]
        return follow(affine_map(a.samples, matched), a.test)

    return through


MAPS = {
    "affine": on_pairs(affine_map),
    "direct_rbf": on_pairs(direct_rbf_map),
    "procrustes": on_pairs(procrustes_map),
    "knn": on_pairs(knn_map),
    "spectral, 9": spectral(CLASSES, CLASSES),
    "spectral, 9 to 50": spectral(CLASSES, 50),
    "spectral, 20 to 50": spectral(20, 50),
    "spectral, 9, dense": dense(spectral(CLASSES, CLASSES)),
    "functional map": dense(literature.functional_map),
    "joint Laplacian": dense(literature.joint_laplacian),
    "transport": dense(literature.transport),
    "Gromov-Wasserstein": dense(literature.gromov_wasserstein),
}


def judge(name, a, b, n, seed, all_rows=False):
    """Return error and agreement for one random choice, or NaN where there are too few pairs."""
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(a.samples)))
    half = (len(order) - n) // 2
    rows = order[: n + half], torch.cat([order[:n], order[n + half :]])
    if all_rows:
        rows = order, order
    try:
        return b.judge(MAPS[name](a.of(rows[0]), b.of(rows[1]), n))
    except DataError:
        return torch.nan, torch.nan


def main():
    """Print the table, one line for each map and division of the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--directory", type=Path, default=Path("results/digits"))
    parser.add_argument("--only", nargs="+", default=list(MAPS), choices=list(MAPS))
    parser.add_argument("--all-rows", action="store_true", help="both networks on all fit rows")
    options = parser.parse_args()
    torch.set_num_threads(1)
    a, b = (Network.read(options.directory / name) for name in ("mlp", "cnn"))
    print("relative error: median (least-most) | agreement, at n =", *SHARED)
    for name in options.only:
        begun, cells = time.perf_counter(), []
        for n in SHARED:
            drawn = [judge(name, a, b, n, seed, options.all_rows) for seed in range(CHOICES)]
            errors, same = np.array(drawn).T
            cells.append(f"{np.median(errors):.3f} ({errors.min():.3f}-{errors.max():.3f})")
            cells[-1] += f" {100 * np.median(same):.1f}%"
        seconds = time.perf_counter() - begun
        print(f"{name:20s}", " | ".join(cells), f"| {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
