"""How many words a stitched network of speech can say at most: regression on ten times the pairs.

    make figures FIGURES=speech && python benchmarks/speech_ceiling.py [--clips 1000]

Learns to tell the target's layer at a point in time from the source's at that point and four
before and after it, on clips of the fit split: by ridge regression, and by a network of two hidden
layers that is stopped by a tenth of the pairs that it does not see. The target says words from
what is told, on the test clips of the experiment `speech`, with silence as its input. Beside them:
the best map of the experiment.
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import torch
from torch import nn

from sametask.activations.extract import extract_samples, to_network
from sametask.activations.frames import windows
from sametask.activations.ranges import exist
from sametask.activations.stored import COMPONENTS, given_to_target
from sametask.base.relations import DIRECTIONS
from sametask.config.experiments import Experiments
from sametask.evaluation.transcription import Says
from sametask.inputs.data_sets.sounds import read_clips
from sametask.inputs.fields import POSITIONS, join_fields, read_inputs
from sametask.inputs.listening import listen
from sametask.maps.transformation import Measured
from sametask.networks import load
from sametask.networks.transcripts import transcriber_of
from sametask.statistics.ridge import ridge
from sametask.storage import store

RESULTS = Path("results/speech")
NAMES = {"a": "english", "b": "german"}
CONTEXT, BATCH, EPOCHS = 4, 64, 15


class Network:
    """A network of the experiment: what it puts out at the points in time of clips."""

    def __init__(self, experiment, name):
        self.recorded = store.open_store(RESULTS / name / "activations.zarr", "activations")
        facts = self.recorded.attributes
        self.measured = Measured.of(name, self.recorded, facts, COMPONENTS)
        asked = experiment.networks[name]
        self.view = asked.view.arguments
        self.reads = transcriber_of(asked.transcript.model_dump())
        built = asked.built_by
        self.network = load(RESULTS / name / "network", **built, dtype="float32")

    def layer(self, records):
        """Return the layer (n, R, t) and how many points (n,) exist."""
        layout = self.measured.layout
        joined, _ = extract_samples(self.network, layout, records, BATCH)
        ranges = torch.from_numpy(records[POSITIONS].copy())
        return torch.from_numpy(joined), exist(ranges).sum(dim=1)

    def hear(self, clips):
        """Return what the network is given for clips, and its layer at them."""
        return self.layer(join_fields(listen(clips, **self.view)))

    def says(self, rows):
        """Return the word agreement, and its interval, of what is said from rows (n R, t)."""
        stitched = self.measured.with_own_layers(self.network)
        given = to_network(self.network, given_to_target(self.recorded, dummy=True))
        with torch.no_grad():
            found = stitched.back_in_passes(rows.double(), given, BATCH)
        own = torch.from_numpy(self.recorded["test/outputs"])
        return Says(self.reads, None).figures(found, own)


def hidden(source, target):
    """Return a network that tells a target (n, t) from a source (n, m), stopped early."""
    mean, spread = source.mean(0), source.std(0) + 1e-6
    centre, size = target.mean(0), target.std(0) + 1e-6
    net = nn.Sequential(nn.Linear(source.shape[1], 512), nn.GELU(), nn.Dropout(0.1),
                        nn.Linear(512, 512), nn.GELU(), nn.Dropout(0.1),
                        nn.Linear(512, target.shape[1]))  # fmt: skip
    held = len(source) // 10
    x, y = ((source - mean) / spread).float(), ((target - centre) / size).float()
    steps = EPOCHS * (len(x) - held) // 256
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-2)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps)
    best, kept = np.inf, None
    for step in range(steps):
        chosen = torch.randint(held, len(x), (256,))
        loss = (net(x[chosen]) - y[chosen]).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
        if step % 500 == 499 or step == steps - 1:
            with torch.no_grad():
                missed = (net.eval()(x[:held]) - y[:held]).square().mean().item()
            net.train()
            if missed < best:
                best, kept = missed, copy.deepcopy(net.state_dict())
    net.load_state_dict(kept)
    net.eval()
    return lambda rows: net(((rows - mean) / spread).float()) * size + centre


def linear(source, target):
    """Return the ridge regression of a target on a source."""
    matrix, offset = ridge(source.double(), target.double())
    return lambda rows: rows.double() @ matrix + offset


def best_map(direction):
    """Return the best word agreement of the experiment's maps, its interval, and whose it is."""
    maps = store.read_json(RESULTS / "english-german/evaluation.json")["maps"]
    name = max(maps, key=lambda one: maps[one][direction].get("word_agreement", 0))
    return maps[name][direction], name


def line(way, who, figures):
    """Print a row of the table."""
    value, low, high = (figures[f"word_agreement{end}"] for end in ("", "_low", "_high"))
    print(f"{way:20} {who:34} {value:.3f} ({low:.3f} to {high:.3f})", flush=True)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=60_000)
    asked = parser.parse_args()
    experiment = Experiments(Path("config/experiments")).get("speech")
    clips = read_clips(experiment.inputs)[0][np.arange(asked.clips)]
    networks = {side: Network(experiment, name) for side, name in NAMES.items()}
    heard = {side: network.hear(clips) for side, network in networks.items()}
    tested = {side: network.layer(read_inputs(network.recorded, "test/seen"))
              for side, network in networks.items()}  # fmt: skip
    there = (torch.arange(heard["a"][0].shape[1]) < heard["a"][1][:, None]).flatten()
    torch.manual_seed(0)
    pairs = there.nonzero()[:, 0]
    pairs = pairs[torch.randperm(len(pairs))[: asked.pairs]]
    print(f"{len(pairs)} pairs of {len(clips)} clips, windows of {2 * CONTEXT + 1} points")
    for direction, (source, target) in DIRECTIONS.items():
        way = f"{NAMES[source]} -> {NAMES[target]}"
        seen, asked_of = (windows(layers, counts, CONTEXT).flatten(0, 1)
                          for layers, counts in (heard[source], tested[source]))  # fmt: skip
        wanted = heard[target][0].flatten(0, 1)
        for name, learn in {"ridge regression": linear, "two hidden layers": hidden}.items():
            told = learn(seen[pairs], wanted[pairs])
            with torch.no_grad():
                line(way, f"{name}, windows", networks[target].says(told(asked_of)))
        figures, name = best_map(direction)
        line(way, f"best map of the experiment: {name}", figures)
        own = tested[target][0].flatten(0, 1)
        line(way, "its own layer", networks[target].says(own))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
