"""Local spectra of wide layers, beside an eigenproblem of all neurons; memory of the geometry.

    python benchmarks/wide_layers.py [--samples 4] [--memory 1000]

First the geometry and the distances of N samples of 4,096 neurons, with ``auto`` for images (a
ridge, 64 directions), from activations in float32 on disk. It needs 5 GB of disk. Then the time of
both passes over the samples, beside peers that see one sample after another, with one thread. At
last the accuracy.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.decomposition import PCA

from sametask.config.sections.sample_sections import Perturbations
from sametask.geometry.covariance import covariance_spectrum
from sametask.geometry.local import local_geometry
from sametask.geometry.metric import mahalanobis_distances
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.storage import store
from sametask.storage.chunks import Streamed

COUNT, KEPT, INPUTS = 128, 64, 64
# Samples whose activations are drawn at once.
BLOCK = 8


def eigenproblem(activations):
    """Solve the eigenproblem of the covariance of all neurons."""
    np.linalg.eigh(np.cov(activations.T))


def components(activations):
    """Find principal components by singular values, as scikit-learn does."""
    PCA(KEPT, svd_solver="full").fit(activations)


def seconds(function, *arguments):
    """Return the seconds of a call: the least of three, after one that warms up."""
    function(*arguments)
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        function(*arguments)
        taken.append(time.perf_counter() - begun)
    return min(taken)


def time_table(samples):
    """Print milliseconds a sample, of both passes of ours together, and ratios of the peers."""
    print(f"{samples} samples, M = {COUNT}, {KEPT} directions; milliseconds a sample")
    print("    m   ours  eigh (numpy)  ratio  PCA (scikit-learn)  ratio")
    for neurons in (256, 384, 768, 1024):
        activations = torch.randn(samples, COUNT, neurons).double()
        ours = sum(seconds(covariance_spectrum, activations, kept) for kept in (0, KEPT)) / samples
        one = activations[0].numpy()
        peers = [seconds(peer, one) for peer in (eigenproblem, components)]
        cells = [f"{1e3 * peer:12.1f}  {peer / ours:5.1f}" for peer in peers]
        print(f"{neurons:5d}  {1e3 * ours:5.1f}  {'        '.join(cells)}", flush=True)


def all_neurons(activations):
    """Return the spectrum of a centred layer from the products of its neurons."""
    values, vectors = torch.linalg.eigh(activations.mT @ activations / (COUNT - 1))
    return values.flip(-1)[:, : COUNT - 1], vectors.flip(-1)[:, :, : COUNT - 1]


def gram(activations):
    """Return the same from the products of its perturbations."""
    values, left = torch.linalg.eigh(activations @ activations.mT)
    values = values.flip(-1)[:, : COUNT - 1].clamp_min(1e-300)
    vectors = activations.mT @ left.flip(-1)[:, :, : COUNT - 1]
    return values / (COUNT - 1), vectors / values.sqrt()[:, None]


def accuracy(neurons=768, decades=12):
    """Print errors of planted eigenvalues over 12 decades, and of their directions."""
    places = torch.tensor([0, 4, 8, 10, 12]) * (COUNT - 2) // decades
    draw = torch.randn(3, COUNT, COUNT).double()
    draw[:, :, 0] = 1
    left = torch.linalg.qr(draw).Q[:, :, 1:]
    true = torch.linalg.qr(torch.randn(3, neurons, COUNT - 1).double()).Q
    expected = torch.logspace(0, -decades, COUNT - 1).double()
    activations = left * ((COUNT - 1) * expected).sqrt() @ true.mT
    activations -= activations.mean(1, keepdim=True)
    print(f"m = {neurons}, M = {COUNT}; largest error of three samples")
    print("                eigenvalue at 1, 1e-4, 1e-8, 1e-10, 1e-12      its direction")
    estimates = {"ours": covariance_spectrum, "all neurons": all_neurons, "Gram": gram}
    for name, estimate in estimates.items():
        values, vectors = estimate(activations)
        relative = ((values - expected).abs() / expected).amax(0)[places]
        along = (vectors * true).sum(1, keepdim=True)
        turned = (vectors - along * true).norm(dim=1).amax(0)[places]
        cells = ["  ".join(f"{error:.0e}" for error in errors) for errors in (relative, turned)]
        print(f"{name:12}    {'      '.join(cells)}", flush=True)


def made_up(folder, samples, neurons):
    """Write the activations of a tanh layer at perturbations of samples; returns both stores."""
    draw = np.random.default_rng(0)
    weights = draw.normal(size=(INPUTS, neurons)).astype(np.float32) / INPUTS**0.5
    inputs = draw.normal(size=(samples, INPUTS)).astype(np.float32)
    around = DrawnPerturbations(Perturbations(count=COUNT, delta=0.4), seed=0)

    def blocks():
        for start in range(0, samples, BLOCK):
            here = inputs[start : start + BLOCK]
            drawn = around.around(here, range(start, start + len(here)), inputs)
            yield np.tanh(drawn.astype(np.float32) @ weights)

    with store.create(folder / "samples", "samples") as writer:
        writer.array("fit/inputs", inputs, ["sample"])
    with store.create(folder / "activations", "activations") as writer:
        writer.array("fit/samples", np.tanh(inputs @ weights), ["sample", "neuron"])
        shape = (samples, COUNT, neurons)
        writer.array("fit/perturbed", Streamed(shape, np.float32, blocks()), ["sample"])
    kinds = ("activations", "samples")
    return *(store.open_store(folder / kind, kind) for kind in kinds), around


def memory(samples, neurons):
    """Print the seconds of the geometry and of the distances, and the peak of this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recorded, drawn, around = made_up(folder, samples, neurons)
        begun = time.perf_counter()
        arrays, facts = local_geometry(recorded, drawn, around, "auto", "covariance", "auto")
        with store.create(folder / "geometry", "geometry") as writer:
            for array, values in arrays.items():
                writer.array(array, values, ["sample"])
        written = time.perf_counter()
        local = store.open_store(folder / "geometry", "geometry")
        points = torch.from_numpy(recorded["fit/samples"]).double()
        mahalanobis_distances(points, local.lazy("whitening"), around.sigma)
        ended = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"N = {samples}, m = {neurons}, M = {COUNT}, {facts['rank']} directions: geometry "
        f"{written - begun:.0f} s, distances {ended - written:.0f} s, peak of the process "
        f"{peak:.2f} GB; all eigenvectors would be {8 * samples * neurons**2 / 2**30:.0f} GB"
    )


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--memory", type=int, default=1000)
    parser.add_argument("--neurons", type=int, default=4096)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    # First: the peak of a process cannot be reset.
    memory(asked.memory, asked.neurons)
    time_table(asked.samples)
    accuracy()


if __name__ == "__main__":
    main()
