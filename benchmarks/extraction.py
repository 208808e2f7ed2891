"""Time and memory of extracting neighbourhoods of sequences, beside the bare forward passes.

    python benchmarks/extraction.py [--samples 650] [--perturbations 1024]

Both go to the measured layer and no further. The bare passes see windows that lie ready in
memory; the extraction draws its perturbations, checks what comes, and writes it to disk.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from sametask.activations.hooks import record
from sametask.activations.probe import Probe
from sametask.config.sections.recording import Recording
from sametask.examples.mower import simulate
from sametask.examples.sequence_networks import conv_transformer, lstm_linear
from sametask.storage import store

NETWORKS = {
    "lstm": (lstm_linear, "lstm", "all"),
    "transformer": (conv_transformer, "encoder2", list(range(0, 64, 4))),
}
BATCH = 64


def peak_memory() -> float:
    """Return the most memory that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@torch.no_grad()
def bare(network, layer, windows, passes):
    """Return the seconds of so many forward passes of one batch, up to a layer."""
    batch = torch.from_numpy(np.resize(windows, (BATCH, *windows.shape[1:])))
    record(network, [layer], batch)
    begun = time.perf_counter()
    for _ in range(passes):
        record(network, [layer], batch)
    return time.perf_counter() - begun


def extraction(folder, network, layer, neurons, windows, perturbations):
    """Return the seconds of the workflow's extraction of neighbourhoods, writing included."""
    axes = ["batch", "time", "neuron"]
    settings = Recording(
        network={"factory": "none:none", "arguments": {}},
        measure={
            "layers": [layer], "neurons": neurons, "axes": axes, "dtype": "float32",
            "batch": BATCH, "view": None,
        },
        inputs={"domain": "array", "source": "digits"},
        perturbations={"count": perturbations, "delta": 0.005},
        derivatives=False,
        sequences=True,
        seed=0,
        samples={"fit": max(8, len(windows)), "test": 20},
        pool=0,
    )  # fmt: skip
    begun = time.perf_counter()
    with store.create(folder, "activations") as writer:
        Probe.of(writer, network, {"fit": windows}, settings).perturbed("fit")
    return time.perf_counter() - begun


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=650)
    parser.add_argument("--perturbations", type=int, default=1024)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    windows = simulate(asked.samples, seed=0)["windows"]
    print(f"{asked.samples} samples x {asked.perturbations} perturbations x {windows.shape[1]}")
    print("network      bare (s)  extraction (s)  ratio  memory more (MB)")
    for name, (factory, layer, neurons) in NETWORKS.items():
        network = factory().eval()
        passes = -(-asked.samples * asked.perturbations // BATCH)
        expected = bare(network, layer, windows, passes)
        before = peak_memory()
        with tempfile.TemporaryDirectory() as folder:
            taken = extraction(
                Path(folder) / "a.zarr", network, layer, neurons, windows, asked.perturbations
            )
        more = peak_memory() - before
        print(
            f"{name:12} {expected:8.1f}  {taken:14.1f}  {taken / expected:5.2f}  {more:16.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
