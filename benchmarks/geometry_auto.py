"""Which ridge, rank and bandwidth suit arrays of many dimensions: a trial on small real data sets.

    python benchmarks/geometry_auto.py [--only wine iris …]

Of every data set of scikit-learn, standardised, a third of the rows is held out. Three perceptrons
(tanh, tanh of another width, ReLU) learn the same two thirds. For every pair of them and every
choice of settings, the intrinsic route is fitted in both directions. Prints the median and the
least of its R² on the held-out rows, over pairs and directions; "none" counts those for which there
is no route (its R² counts as −∞).
"""

import argparse
import itertools
from collections import defaultdict

import numpy as np
import torch
from sklearn import datasets
from torch import nn

from sametask.base.errors import DataError
from sametask.diffusion.embedding import embed
from sametask.examples.small_networks import mlp
from sametask.geometry.covariance import covariance_spectrum, linear_response
from sametask.geometry.metric import mahalanobis_distances, whitening
from sametask.geometry.rank import choose_rank
from sametask.maps.routes import Side, encoder_of, intrinsic_route
from sametask.statistics.procrustes import procrustes
from sametask.statistics.variance import relative_error

DATA = {
    "breast cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "iris": datasets.load_iris,
    "diabetes": datasets.load_diabetes,
    "digits": datasets.load_digits,
}
NETWORKS = (([16, 8], "tanh"), ([32, 16], "tanh"), ([32, 24], "relu"))
# Rank, ridge, and the neighbour that the bandwidth reaches, as a fraction of the samples; 0 is the
# second neighbour. The first was the default once, the second is.
SETTINGS = (
    ("auto", 0.0, 0.0),
    ("all", 0.03, 0.5),
    ("all", 0.0, 0.5),
    ("all", 0.1, 0.5),
    ("auto", 0.03, 0.5),
    ("all", 0.03, 0.25),
    ("all", 0.1, 0.15),
)
COORDINATES = ("10", "twelfth")
MOST, COUNT, DELTA = 700, 128, 0.8


def rows_of(name):
    """Return standardised inputs and targets of a data set, in random order."""
    data = DATA[name](as_frame=False)
    draw = np.random.default_rng(0).permutation(len(data.data))[:MOST]
    inputs = data.data[draw]
    inputs = (inputs - inputs.mean(0)) / np.where(inputs.std(0) > 0, inputs.std(0), 1)
    targets = torch.from_numpy(data.target[draw])
    if name == "diabetes":
        targets = (targets - targets.mean()) / targets.std()
    return torch.from_numpy(inputs), targets


def trained(widths, activation, inputs, targets, seed):
    """Return a perceptron without its output layer, trained on all rows at once."""
    torch.manual_seed(seed)
    classes = targets.max() + 1 if not targets.is_floating_point() else 1
    net = mlp([inputs.shape[1], *widths, int(classes)], activation).double()
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.01)
    for _ in range(400):
        answers = net(inputs + 0.1 * torch.randn_like(inputs))
        loss = (
            nn.functional.cross_entropy(answers, targets)
            if classes > 1
            else nn.functional.mse_loss(answers[:, 0], targets)
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net[:-1]


def spectra(layer, inputs):
    """Return samples, eigenpairs of the local covariances, and the rank by ``auto``."""
    draw = torch.Generator().manual_seed(1)
    noise = DELTA / 4 * torch.randn(len(inputs), COUNT, inputs.shape[1], generator=draw).double()
    perturbed = layer((inputs[:, None] + noise).flatten(0, 1)).unflatten(0, noise.shape[:2])
    values, vectors = covariance_spectrum(perturbed)
    response = linear_response(perturbed, noise)
    return layer(inputs), values, vectors, choose_rank(*response)


def coordinates(measured, rank, ridge, reach, kept):
    """Return diffusion coordinates, or ``None`` if there are none."""
    samples, values, vectors, automatic = measured
    chosen = automatic if rank == "auto" else values.shape[1]
    try:
        frames = whitening(values, vectors, chosen, ridge)
        distances = mahalanobis_distances(samples, frames, DELTA / 4)
        number = {"10": 10, "twelfth": len(samples) // 12}[kept]
        place = max(2, round(reach * len(samples)))
        return embed(distances, number, "knn", place, "leading", chosen).eigenvectors
    except DataError:
        return None


def judged(fit, test, a, b):
    """Return R² of the intrinsic route from a to b at held-out rows."""
    if a is None or b is None:
        return -np.inf
    width = min(a.shape[1], b.shape[1])
    a, b = a[:, :width], b[:, :width]
    source, target = Side(fit[0], fit[0], a), Side(fit[1], fit[1], b)
    try:
        route = intrinsic_route(encoder_of(source, 0.0), target, procrustes(a, b), 0.0)
    except DataError:
        return -np.inf
    return 1 - relative_error(nn.Sequential(*route.values())(test[0]), test[1])


def tried(name):
    """Yield settings and R² of every pair and direction on one data set."""
    inputs, targets = rows_of(name)
    cut = len(inputs) * 2 // 3
    fit, test = inputs[:cut], inputs[cut:]
    layers = [trained(*how, fit, targets[:cut], seed) for seed, how in enumerate(NETWORKS)]
    with torch.no_grad():
        measured = [spectra(layer, fit) for layer in layers]
        held = [layer(test) for layer in layers]
        for chosen, kept in itertools.product(SETTINGS, COORDINATES):
            settings = (*chosen, kept)
            found = [coordinates(one, *settings) for one in measured]
            for a, b in itertools.permutations(range(len(layers)), 2):
                ends = (measured[a][0], measured[b][0]), (held[a], held[b])
                yield settings, judged(*ends, found[a], found[b])


def main():
    """Try all settings on every data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(DATA))
    for name in parser.parse_args().only:
        outcomes = defaultdict(list)
        for settings, r2 in tried(name):
            outcomes[settings].append(r2)
        for settings, values in outcomes.items():
            none = sum(value == -np.inf for value in values)
            print(
                name, *settings, f"{np.median(values):.3f} {min(values):.3f} none {none}", sep="\t"
            )


if __name__ == "__main__":
    main()
