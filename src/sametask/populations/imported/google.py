"""The small CNN zoo: convolutional networks of Google, trained with many settings.

Source: Unterthiner et al., "Predicting neural network accuracy from weights" (2020); the files are
described in google-research/dnn_predict_accuracy.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sametask.base.errors import DataError, about, nearest, quoted
from sametask.populations.imported.layout_table import read_layout
from sametask.populations.imported.mapped_rows import MappedRows
from sametask.populations.imported.runs import Runs
from sametask.populations.imported.sources import LAYOUT, METRICS, WEIGHTS
from sametask.populations.imported.tables import number_in, read_table, whole_in
from sametask.populations.imported.zoo import Zoo, assemble
from sametask.populations.stored import FIGURES, SPLITS

# What all checkpoints of a network have in common, and the column that says it.
OWN = {
    "activation": "config.activation",
    "initialiser": "config.w_init",
    "optimiser": "config.optimizer",
    "learning_rate": "config.learning_rate",
    "weight_decay": "config.l2reg",
    "dropout": "config.dropout",
    "share": "config.train_fraction",
    "init_std": "config.init_std",
}
RUN, STEP = "modeldir", "step"


def read_metrics(path: Path) -> Runs:
    """Return the runs and the figures of the rows of a zoo."""
    runs = Runs(FIGURES, list(OWN))
    measured = [figure.replace("/", "_") for figure in FIGURES]
    columns = [RUN, STEP, *measured, *OWN.values()]
    for line, (name, step, *texts) in read_table(path, columns):
        where = f"{path}: line {line}"
        figures = [number_in(text, where) for text in texts[: len(FIGURES)]]
        epoch = whole_in(step, where)
        with about(where):
            runs.add(name, epoch, figures, texts[len(FIGURES) :])
    return runs


def read_halves(path: Path, names: list[str]) -> dict[str, int]:
    """Return the half of each run that a file names, as its place in ``SPLITS``.

    ``DataError`` for another half, for a run that is none of ``names``, and for a run in both
    halves: all checkpoints of a network belong in one.
    """
    known = set(names)
    halves: dict[str, int] = {}
    for line, (name, half) in read_table(path, (RUN, "split")):
        where = f"{path}: line {line}"
        if half not in SPLITS:
            raise DataError(f"{where}: no half {quoted(half)}; {nearest(half, SPLITS)}")
        if name not in known:
            raise DataError(f"{where}: no run {quoted(name)}; {nearest(name, names)}")
        if halves.setdefault(name, SPLITS.index(half)) != SPLITS.index(half):
            raise DataError(
                f"{where}: run {quoted(name)} is in train and in test; all checkpoints of a "
                "network belong in one half"
            )
    return halves


def read_google(folder: Path, split: Path | None, seed: int) -> Zoo:
    """Return a zoo of a folder; a row of metrics belongs to each row of weights.

    Rows with weights that are not finite or without an accuracy are left out, and with a file
    ``split`` those of runs that it does not name. Without it, ``seed`` draws the halves. Memory:
    the metrics, and some networks.
    """
    weights = MappedRows(folder / WEIGHTS)
    layers = read_layout(folder / LAYOUT, weights.shape[1])
    runs = read_metrics(folder / METRICS)
    if len(runs) != weights.shape[0]:
        raise DataError(
            f"{folder}: {METRICS} has {len(runs):,} rows, {WEIGHTS} {weights.shape[0]:,}"
        )
    measured = np.stack([runs.figures[f"{part}/accuracy"] for part in SPLITS])
    lacks = {
        "not finite": ~weights.finite(),
        "without accuracy": np.isnan(measured).any(axis=0),
    }
    halves: dict[str, int] | int = seed
    if split:
        halves = read_halves(split, runs.names)
        named = np.array([name in halves for name in runs.names])
        lacks = {"in no half": ~named[runs.run], **lacks}
    with about(str(folder)):
        return assemble(runs, layers, weights.read, lacks, halves)
