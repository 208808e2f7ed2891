"""Time and memory of extracting neighbourhoods of sounds, beside the bare forward passes.

    python benchmarks/sounds.py [--clips 32] [--perturbations 64] [--batch 64] [--layer …]

Needs results/spoken/networks/english. The bare passes see the same clips, lying ready in memory
without the padding behind them, and go to the measured layer and no further. The extraction draws
noise for each clip, makes 16-bit sound of it, lets the feature extractor hear it, interpolates the
points in time, checks what comes, and writes it to disk.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from sametask.activations.extract import to_network
from sametask.activations.hooks import record
from sametask.activations.probe import Probe
from sametask.config.sections.input_sections import inputs_section
from sametask.config.sections.recording import Recording
from sametask.inputs.data_sets.sounds import read_clips
from sametask.inputs.fields import join_fields
from sametask.inputs.listening import listen
from sametask.networks.given import arguments, without_padding
from sametask.networks.places import numbered
from sametask.networks.pretrained_weights import read_pretrained
from sametask.storage import store
from sametask.storage.pretrained_files import PretrainedFiles

FOLDER = "results/spoken/networks/english"
INPUTS = {
    "domain": "speech", "source": "results/spoken/data", "split": "fit", "longest": 3.4,
}  # fmt: skip


def peak_memory() -> float:
    """Return the most memory that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@torch.no_grad()
def bare(network, layer, clips, asked):
    """Return the seconds of forward passes of as many clips, of the same lengths."""
    total = 0.0
    for clip in clips:
        given = without_padding(to_network(network, join_fields(listen(clip[None], FOLDER))))
        batch = {name: part.expand(asked.perturbations, *part.shape[1:]).contiguous()
                 for name, part in arguments(given).items()}  # fmt: skip
        begun = time.perf_counter()
        for part in range(0, asked.perturbations, asked.batch):
            some = {name: values[part : part + asked.batch] for name, values in batch.items()}
            record(network, [numbered(layer)], some)
        total += time.perf_counter() - begun
    return total


def extraction(folder, network, layer, clips, asked):
    """Return the seconds of the workflow's extraction of neighbourhoods, writing included."""
    settings = Recording(
        network={"factory": "none:none", "arguments": {}},
        measure={
            "layers": [layer], "neurons": "all", "axes": None, "dtype": "float32",
            "batch": asked.batch,
            "view": {
                "function": "sametask.inputs.listening:listen", "arguments": {"network": FOLDER},
            },
        },
        inputs=INPUTS,
        perturbations={
            "count": asked.perturbations, "delta": 0.05,
            "along": "sametask.inputs.sounds:add_noise", "arguments": {"level": 0.05},
        },
        derivatives=False,
        positions="frames",
        frames=64,
        seed=0,
        samples={"fit": len(clips), "test": 20},
        pool=0,
    )  # fmt: skip
    with store.create(folder, "activations") as writer:
        probe = Probe.of(writer, network, {"fit": clips}, settings)
        begun = time.perf_counter()
        probe.perturbed("fit")
        return time.perf_counter() - begun


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--perturbations", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument(
        "--layers", nargs="+", default=["wav2vec2.feature_projection", "wav2vec2.encoder"]
    )
    asked = parser.parse_args()
    torch.set_num_threads(1)
    read = read_pretrained(PretrainedFiles.of(Path(FOLDER)), "Wav2Vec2ForCTC", {})
    clips = read_clips(inputs_section(INPUTS))[0][np.arange(asked.clips)]
    print(f"{asked.clips} clips x {asked.perturbations} perturbations, 64 points in time of each")
    print("layer                        bare (s)  extraction (s)  ratio  memory more (MB)")
    for layer in asked.layers:
        expected = bare(read.network, layer, clips, asked)
        before = peak_memory()
        with tempfile.TemporaryDirectory() as folder:
            taken = extraction(Path(folder) / "a.zarr", read.network, layer, clips, asked)
        more = peak_memory() - before
        print(f"{layer:28} {expected:8.1f}  {taken:14.1f}  {taken / expected:5.2f}  {more:16.0f}")


if __name__ == "__main__":
    main()
