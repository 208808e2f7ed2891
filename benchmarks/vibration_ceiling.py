"""What can be told at all of the target's answers from the source's measured neurons.

    make figures FIGURES=vibration && python benchmarks/vibration_ceiling.py [--windows 8000]

Classifiers and a regression see the measured neurons of all steps of many windows that no map was
fitted on, and are asked for the target's own answers (or its logits) on the held-out windows of
the experiment `vibration`. Beside them: the best map of every number of steps.
"""

import argparse
from pathlib import Path

import h5py
import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sametask.activations.extract import extract_samples
from sametask.activations.layout import Layout
from sametask.base.relations import DIRECTIONS
from sametask.examples.sequence_networks import conv_transformer, lstm_linear
from sametask.networks import load
from sametask.storage import store

RESULTS = Path("results/vibration")
NAMES = {"a": "lstm", "b": "transformer"}
FACTORIES = {"lstm": lstm_linear, "transformer": conv_transformer}
# Of each neuron over time: mean, spread, and its value at every so many steps.
EVERY = 5


def features(measured):
    """Describe sequences (n, T, m) by numbers (n, q); one neuron by all its steps."""
    if measured.shape[2] == 1:
        return measured[:, :, 0]
    values = measured[:, ::EVERY].reshape(len(measured), -1)
    return np.concatenate([measured.mean(axis=1), measured.std(axis=1), values], axis=1)


def answers(name, windows):
    """Return the measured neurons (n, T, m) and the logits (n,) of a network."""
    recorded = store.open_store(RESULTS / name / "sequences.zarr", "activations")
    layout = Layout.from_plain(recorded.attributes["layout"])
    network = load(RESULTS / name / "network", FACTORIES[name], dtype="float32")
    whole, logits = extract_samples(network, layout, windows, 64)
    return whole[..., list(layout.neurons)], logits[:, 0]


def read_windows(count):
    """Return windows (count, T, c) that are neither fit nor test samples, and the test ones."""
    drawn = store.open_store(RESULTS / "samples.zarr", "samples")
    used = np.concatenate([drawn["fit/rows"], drawn["test/rows"]])
    with h5py.File(RESULTS / "simulated.h5") as file:
        rows = np.setdiff1d(np.arange(len(file["windows"])), used)[:count]
        return file["windows"][: rows[-1] + 1][rows], drawn["test/inputs"], drawn["test/targets"]


def learners():
    """Return what is asked: classifiers of the answer, and a regression on the logit."""
    return {
        "logistic regression": make_pipeline(
            StandardScaler(), LogisticRegression(C=0.01, max_iter=500)
        ),
        "boosted trees": HistGradientBoostingClassifier(random_state=0),
        "boosted trees, logit": HistGradientBoostingRegressor(random_state=0),
    }


def best_map(direction, metric):
    """Return the best value of a metric over all maps and numbers of steps, and whose it is."""
    found = []
    for folder in sorted(RESULTS.parent.glob("vibration*")):
        path = folder / f"{NAMES['a']}-{NAMES['b']}" / "evaluation.json"
        if path.is_file():
            maps = store.read_json(path)["maps"]
            found += [(one[direction][metric], f"{folder.name} {key}") for key, one in maps.items()]
    return max(found)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=8000)
    asked = parser.parse_args()
    windows, held, targets = read_windows(asked.windows)
    known = {side: answers(name, windows) for side, name in NAMES.items()}
    tested = {side: answers(name, held) for side, name in NAMES.items()}
    print(f"{len(windows)} windows to learn from, {len(held)} held out")
    print("direction               who                      agreement  accuracy")
    for direction, (source, target) in DIRECTIONS.items():
        way = f"{NAMES[source]} -> {NAMES[target]}"
        seen, asked_of = features(known[source][0]), features(tested[source][0])
        for name, learner in learners().items():
            wanted = known[target][1] if "logit" in name else known[target][1] > 0
            said = learner.fit(seen, wanted).predict(asked_of) > 0
            agreement = np.mean(said == (tested[target][1] > 0))
            accuracy = np.mean(said == targets.astype(bool))
            print(f"{way:22}  {name:24} {agreement:9.4f} {accuracy:9.4f}", flush=True)
        for metric in ("agreement", "accuracy"):
            value, whose = best_map(direction, metric)
            print(f"{way:22}  best map, {metric}: {value:.4f} ({whose})", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
