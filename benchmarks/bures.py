"""Time of the squared Wasserstein distances of all pairs of neurons: ours, and POT's.

    PYTHONPATH=src .venv/bin/python benchmarks/bures.py

POT is called for each pair in a loop, and once for all pairs; all three are timed in one run, so
that the ratios depend little on the machine. The best of several repetitions counts.
"""

import timeit

import numpy as np
import ot

from sametask.neurons.arrangement.distances import between
from sametask.neurons.moments import Moments

SIZES = [(20, 4), (100, 4), (128, 5), (100, 9)]  # neurons, weights of a neuron
REPEATS = 3


def drawn(neurons, weights):
    """Neurons with random means and covariances of full rank."""
    generator = np.random.default_rng(0)
    factors = generator.normal(size=(neurons, weights, 2 * weights))
    mean = generator.normal(size=(neurons, weights))
    return Moments(mean, factors @ factors.swapaxes(1, 2) / weights)


def looped(some):
    """POT's distances, squared, one pair above the diagonal after another."""
    found = np.zeros((len(some.mean),) * 2)
    for one, other in zip(*np.triu_indices(len(found), 1), strict=True):
        means, covariances = some.mean[[one, other]], some.covariance[[one, other]]
        found[one, other] = ot.gaussian.bures_wasserstein_distance(*means, *covariances) ** 2
    return found + found.T


def at_once(some):
    """POT's distances, squared, of all pairs in one call."""
    both = (some.mean, some.mean, some.covariance, some.covariance)
    return ot.gaussian.bures_wasserstein_distance(*both) ** 2


def best(function, some):
    """Seconds of the fastest repetition."""
    return min(timeit.repeat(lambda: function(some), number=1, repeat=REPEATS))


def main():
    """Print the table."""
    print("neurons weights |  ours s | loop s  ratio | at once s  ratio | largest difference")
    for neurons, weights in SIZES:
        some = drawn(neurons, weights)
        ours = best(lambda of: between(of, "wasserstein"), some)
        loop, once = best(looped, some), best(at_once, some)
        off = np.abs(between(some, "wasserstein") - looped(some)).max()
        print(
            f"{neurons:7d} {weights:7d} | {ours:7.4f} | {loop:6.3f} {loop / ours:6.1f} | "
            f"{once:9.3f} {once / ours:6.1f} | {off:.1e}"
        )


if __name__ == "__main__":
    main()
