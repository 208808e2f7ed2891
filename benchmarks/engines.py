"""Time and memory of the native engine and of datafold on the same data."""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SCALE, COUNT = 0.0125, 10  # standard deviation of the perturbations, eigenpairs with the constant
WARM_UP = 64  # samples, at bandwidth 1, as ARPACK fails for a kernel close to the identity
HEADER = """{} thread(s), {} eigenpairs; seconds, ratio datafold / native; exp(-D / eps) counts as
kernel for datafold only; memory in MiB: ru_maxrss of a process per engine, less that after its
imports and a warm-up on {} samples; dlambda: largest difference of an eigenvalue
             |          kernel           |        eigenpairs         |      memory      |
     N     m |   native datafold   ratio |   native datafold   ratio |  native datafold | dlambda"""


def embedded_square(samples, neurons, seed=0):
    """Square [-1, 1)^2 embedded by random features, a = tanh(w z + b), Jacobian J (m, 2).

    With J = U S V^T, W = U S^-1 / sigma makes W W^T the pseudo-inverse of sigma^2 J J^T. The points
    z are evenly spread for every N: R2 sequence, M. Roberts, "The unreasonable effectiveness of
    quasirandom sequences" (2018), whose base 1.3247... is the real root of x^3 = x + 1.
    Returns activations (N, m), whitening (N, m, 2) and the bandwidth (1.5 spacings)^2.
    """
    steps = 1.324717957244746 ** -np.arange(1.0, 3.0)
    latent = 2 * (np.arange(1, samples + 1)[:, None] * steps % 1) - 1
    generator = np.random.default_rng(seed)
    weights, offsets = generator.normal(size=(neurons, 2)), generator.normal(size=neurons)
    activations = np.tanh(latent @ weights.T + offsets)
    jacobian = (1 - activations**2)[:, :, None] * weights
    left, singular, _ = np.linalg.svd(jacobian, full_matrices=False)
    whitening = left / singular[:, None, :] / SCALE
    return activations, whitening, (1.5 * 2 / np.sqrt(samples)) ** 2


def native_engine():
    """Engine (activations, whitening, bandwidth) -> (seconds of distances, of all, eigenvalues)."""
    import torch

    from sametask.diffusion.kernel import diffusion_map
    from sametask.geometry.metric import mahalanobis_distances

    def engine(activations, whitening, bandwidth):
        points, frames = torch.from_numpy(activations), torch.from_numpy(whitening)
        start = time.perf_counter()
        distances = mahalanobis_distances(points, frames, SCALE)
        seconds = time.perf_counter() - start
        eigenvalues, _ = diffusion_map(distances, bandwidth, COUNT - 1)  # drops the constant
        return seconds, time.perf_counter() - start, eigenvalues.tolist()

    return engine


def datafold_engine():
    """As `native_engine`; the kernel is timed where datafold calls it.

    Evaluated on its own, it fluctuates by more than the time of the eigenpairs.
    """
    import torch

    from sametask.diffusion.datafold_engine import LocalCovarianceKernel, datafold_eigenpairs
    from sametask.geometry.metric import completion

    evaluate = LocalCovarianceKernel.__call__

    def engine(activations, whitening, bandwidth):
        inverses = [array.numpy() for array in completion(torch.from_numpy(whitening))]
        start, seconds = time.perf_counter(), []

        def timed(*arguments, **options):
            kernel = evaluate(*arguments, **options)
            seconds.append(time.perf_counter() - start)
            return kernel

        with mock.patch.object(LocalCovarianceKernel, "__call__", timed):
            values, _ = datafold_eigenpairs(activations, *inverses, SCALE, bandwidth, COUNT)
        return seconds[0], time.perf_counter() - start, values[1:].tolist()

    return engine


def measure(name, path):
    """Run one engine on the data in `path`; print kernel s, eigenpairs s, MiB, eigenvalues."""
    *arrays, bandwidth = np.load(path, allow_pickle=False).values()
    engine = {"native": native_engine, "datafold": datafold_engine}[name]()
    engine(*(array[:WARM_UP] for array in arrays), 1.0)
    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kernel, total, eigenvalues = engine(*arrays, float(bandwidth))
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - baseline) / 1024
    print(json.dumps([kernel, total - kernel, peak, eigenvalues]))


def run_engine(python, name, path, threads):
    """Result of `measure` in a new process, as a peak of memory cannot be reset.

    This process must not import torch: Linux lets a child inherit the peak of its parent.
    """
    libraries = "OMP", "OPENBLAS", "MKL", "NUMEXPR"
    limits = {f"{library}_NUM_THREADS": str(threads) for library in libraries}
    environment = os.environ | limits | {"PYTHONPATH": str(ROOT / "src")}
    command = [python, Path(__file__).resolve(), "--measure", name, path]
    finished = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(finished.stdout)


def compare(samples, neurons, datafold_python, threads):
    """Row of the table for N = samples, m = neurons."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, *embedded_square(samples, neurons))
        native = run_engine(sys.executable, "native", path, threads)
        datafold = run_engine(datafold_python, "datafold", path, threads)
    cells = [f"{samples:6d} {neurons:5d}"]
    for seconds in list(zip(native, datafold, strict=True))[:2]:
        cells.append("{:8.3f} {:8.3f} {:7.1f}".format(*seconds, seconds[1] / seconds[0]))
    cells.append(f"{native[2]:7.0f} {datafold[2]:8.0f}")
    difference = np.abs(np.subtract(native[3], datafold[3])).max()
    return " | ".join([*cells, f"{difference:.1e}"])


def parse_arguments():
    """Command line; `--measure ENGINE FILE` is the script's call of itself."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, nargs="+", default=[512, 2048, 4096])
    parser.add_argument("--neurons", type=int, nargs="+", default=[8, 24])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--datafold-python", type=Path, default=ROOT / ".venv-datafold/bin/python")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    """Print the table."""
    options = parse_arguments()
    if options.measure:
        return measure(*options.measure)
    if not options.datafold_python.exists():
        sys.exit(f"no interpreter {options.datafold_python}: run `make datafold` first")
    print(HEADER.format(options.threads, COUNT, WARM_UP))
    for samples in options.samples:
        for neurons in options.neurons:
            print(compare(samples, neurons, options.datafold_python, options.threads), flush=True)


if __name__ == "__main__":
    main()
