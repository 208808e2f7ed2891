"""Networks that are planted: functions on a rectangle, a turn or an interval, embedded exactly."""

import math

import torch

from sametask.diffusion.bandwidth import knn_bandwidth
from sametask.diffusion.kernel import leading_eigenpairs
from sametask.geometry.covariance import jacobian_spectrum
from sametask.geometry.metric import mahalanobis_distances, whitening
from sametask.matching.candidates import Embedded, Shared
from sametask.matching.spectral import decay_rates

SIGMA = 0.0125
NETWORKS = {
    "tanh": lambda x: torch.tanh(x @ torch.tensor([[1.0, 0.4, -0.3], [0.2, -0.9, 0.8]]).double()),
    "bent": lambda x: torch.stack([x[:, 0], x[:, 1] + 0.3 * x[:, 0] ** 2, x[:, 0].sin()], dim=1),
    "circle": lambda x: torch.cat([x.cos(), x.sin(), 0.3 * (2 * x).cos()], dim=1),
    "ellipse": lambda x: torch.cat([2 * x.cos(), x.sin()], dim=1),
    "one": lambda x: torch.tanh(x[:, :1]),
    "line": lambda x: torch.cat([x.tanh(), x], dim=1),
    "curve": lambda x: torch.cat([x, 0.5 * x**2, 0.2 * (2 * x).sin()], dim=1),
}


def own(network, inputs, neighbour, coordinates=10):
    """Embed samples of a network with exact local geometry."""
    function = NETWORKS[network]
    activations = function(inputs)
    jacobians = torch.func.vmap(torch.func.jacrev(lambda x: function(x[None])[0]))(inputs)
    values, vectors = jacobian_spectrum(jacobians, SIGMA)
    rank = int((values[:, :2] > 1e-10 * values[:, :1]).double().mean(0).round().sum())
    frames = whitening(values, vectors, rank)
    distances = mahalanobis_distances(activations, frames, SIGMA)
    epsilon = knn_bandwidth(distances, neighbour)
    found, eigenvectors = leading_eigenpairs(distances, epsilon, coordinates)
    rates = decay_rates(found, epsilon)
    return Embedded.of(activations, distances, eigenvectors, rates, frames, SIGMA)


def spread(count, axes, seed):
    """Draw evenly spread samples of a unit box, others for every seed."""
    engine = torch.quasirandom.SobolEngine(axes, scramble=True, seed=seed)
    return engine.draw(count).double() if count else torch.empty(0, axes).double()


def plane(seed, shared, count=400):
    """Draw samples of a rectangle, the first ones the same for every seed."""
    drawn = torch.cat([spread(shared, 2, 99), spread(count - shared, 2, seed)])
    return (drawn - 0.5) * torch.tensor([2.4, 2.0], dtype=torch.float64)


def turns(seed, *shared):
    """Draw samples of a turn, the first ones as given."""
    return 2 * math.pi * torch.cat([torch.tensor(shared)[:, None].double(), spread(200, 1, seed)])


def rows(count):
    return Shared(torch.arange(count), torch.arange(count))


def missed(places, truth):
    """The share of variance that places miss."""
    return ((places - truth).square().sum() / (truth - truth.mean(0)).square().sum()).item()


def segment(seed, *shared):
    """Draw samples of the interval from -1 to 1, the first ones at shares of it as given."""
    return 2 * torch.cat([torch.tensor(shared)[:, None].double(), spread(150, 1, seed)]) - 1


def square(seed, *shared):
    """Draw samples of a square with sides of 1 around 0, the first ones in the unit square."""
    given = torch.tensor(shared).double().reshape(-1, 2)
    return torch.cat([given, spread(250, 2, seed)]) - 0.5
