"""How long a population takes, and whether it is like that of the source: linear regressions.

    snakemake --cores all results/populations/tetris/population.zarr
    python benchmarks/populations.py tetris

Trains a population once more in this process, with one thread, and compares the bits with those of
the store. Then: the accuracy of networks after the training, by optimiser; and R² of the accuracy
of held-out networks, at all checkpoints after epoch 0, by least squares on the weights of one half
of the networks, or on seven statistics of them.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

from sametask.config.reading import read_model
from sametask.config.sections.population_section import Population
from sametask.populations.members import groups
from sametask.populations.stored import StoredPopulation
from sametask.populations.training import train
from sametask.weights.correlations import regression
from sametask.weights.questions import Networks, ask
from sametask.weights.statistics import all_statistics, chosen

# What the source reports of `tetris` in its table of accuracy predictors.
SOURCE = {"weights": 0.48, "whole": 0.86, "layers": 0.87, "units": 0.89}


def explained(population, seed):
    """Return the held-out R² of accuracy by least squares, by what is seen."""
    split = population.split
    halves = Networks(np.flatnonzero(split == 0), np.array([], int), np.flatnonzero(split == 1))
    statistics = all_statistics(population.weights, population.layers)
    seen = {"weights": population.weights} | {
        scope: chosen(values, "extremes") for scope, values in statistics.items()
    }
    accuracy = ask(population, "accuracy", seed)
    return {
        name: regression(values, accuracy, halves, seed).r2.estimate
        for name, values in seen.items()
    }


def main(name):
    """Measure and print."""
    settings = read_model(Path(f"config/populations/{name}.yaml"), Population)
    kept = StoredPopulation.read(f"results/populations/{name}/population.zarr")
    begun = time.process_time()
    again = torch.cat([train(group, settings).weights for group in groups(settings)]).numpy()
    taken = time.process_time() - begun
    same = np.array_equal(again, kept.weights, equal_nan=True)
    print(f"{len(again)} networks, {settings.epochs} epochs: {taken:.1f} s of a core")
    print(f"the same bits as those of the store: {same}")
    whole = kept.present.all(axis=1)
    print(f"networks that diverged: {(~whole).sum()}")
    accuracy = kept.figure("test/accuracy")[whole]
    used = np.array(kept.values("optimiser"))[whole]
    print("accuracy after the training   mean   largest")
    for optimiser in kept.classes["optimiser"]:
        found = accuracy[used == optimiser, -1]
        print(f"{optimiser:29} {found.mean():5.3f}   {found.max():5.3f}")
    print("linear regression on   R²" + "   source" * (name == "tetris"))
    for seen, value in explained(kept, settings.study.seed).items():
        source = f"   {SOURCE[seen]:.2f}" if name == "tetris" else ""
        print(f"{seen:20} {value:6.3f}{source}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1] if len(sys.argv) > 1 else "tetris")
