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

# What the source reports of `tetris` in its table of accuracy predictors.
SOURCE = {"weights": 0.48, "all weights": 0.86, "layers": 0.87, "units": 0.89}


def statistics(weights):
    """Return mean, variance, minimum, quartiles and maximum (n, E, 7) of weights (n, E, p)."""
    quantiles = np.quantile(weights, [0, 0.25, 0.5, 0.75, 1], axis=-1)
    return np.stack([weights.mean(axis=-1), weights.var(axis=-1), *quantiles], axis=-1)


def features(weights, layers):
    """Return what accuracy is told from (n, E, q), by name."""
    units = [weights[..., places] for layer in layers for places in layer.of_units]
    whole = [weights[..., layer.of_units.ravel()] for layer in layers]
    return {
        "weights": weights,
        "all weights": statistics(weights),
        "layers": np.concatenate([statistics(part) for part in whole], axis=-1),
        "units": np.concatenate([statistics(part) for part in units], axis=-1),
    }


def explained(seen, accuracy, learn):
    """Return the held-out R² of accuracies (n, E) by least squares on what is seen (n, E, q)."""
    rows = [np.insert(seen[half, 1:], 0, 1, axis=-1) for half in (learn, ~learn)]
    fit, held = (part.reshape(-1, part.shape[-1]) for part in rows)
    known, wanted = accuracy[learn, 1:].ravel(), accuracy[~learn, 1:].ravel()
    missed = wanted - held @ np.linalg.lstsq(fit, known, rcond=None)[0]
    return 1 - (missed**2).sum() / ((wanted - wanted.mean()) ** 2).sum()


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
    accuracy, learn = kept.figure("test/accuracy")[whole], kept.split[whole] == 0
    used = np.array(kept.values("optimiser"))[whole]
    print("accuracy after the training   mean   largest")
    for optimiser in kept.classes["optimiser"]:
        found = accuracy[used == optimiser, -1]
        print(f"{optimiser:29} {found.mean():5.3f}   {found.max():5.3f}")
    print("linear regression on   R²" + "   source" * (name == "tetris"))
    for seen, values in features(again[whole].astype(float), kept.layers).items():
        source = f"   {SOURCE[seen]:.2f}" if name == "tetris" else ""
        print(f"{seen:20} {explained(values, accuracy, learn):6.3f}{source}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1] if len(sys.argv) > 1 else "tetris")
