"""Whether neurons run round a circle: rows of a decoder, in their order, which is that of time.

The means m_t (K, d) of the weights of neurons, without biases, less their mean over t, lie near a
plane if two principal directions have most of their variance. In that plane they are numbers
z_t = u_t + i v_t, and a circle is z_t = r exp(2πi f t): its period is 1 / f. The *turning* power is

    max over f of |Σ z_t exp(−2πi f t)|² / K,

and the *rotation* its share of Σ ‖m_t‖²: 1 for a circle, ½ for numbers that swing on a line. f is
any frequency of at least one whole turn, on a grid that zero padding makes fine.

A bias is what a neuron says to no input at all. With ReLU it makes up for hidden units that are
never negative, and has other rhythms than the weights; the source's neurons have none, either.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from sametask.base.errors import DataError

# Frequencies in a cycle per sample, on which the periodogram is computed.
FREQUENCIES = 1 << 14
# Neurons whose turn can be seen at all.
FEWEST = 8


@dataclass(frozen=True)
class Circle:
    """What was found of K neurons in order.

    ``period`` in neurons; ``plane`` is the share of the variance of the means in the best plane,
    ``rotation`` the share that is an even rotation, and ``turning`` its power, in squares of the
    units of the neurons; ``radius_variation`` is the standard deviation of radii over their mean.
    """

    period: float
    plane: float
    rotation: float
    turning: float
    radius_variation: float

    def plain(self) -> dict[str, float]:
        """Return it as JSON values."""
        return asdict(self)


def principal(means: np.ndarray) -> np.ndarray:
    """Return the principal coordinates (K, d) of means (K, d), the widest first."""
    left, spread, _ = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    return left * spread


def turning(coordinates: np.ndarray) -> tuple[float, float]:
    """Return the turning power of principal coordinates (K, d), and its frequency."""
    count = len(coordinates)
    power = np.abs(np.fft.fft(coordinates[:, 0] + 1j * coordinates[:, 1], FREQUENCIES)) ** 2
    known = np.fft.fftfreq(FREQUENCIES)
    power[np.abs(known) < 1 / count] = 0
    best = power.argmax()
    return float(power[best] / count), float(np.abs(known[best]))


def find_circle(means: np.ndarray) -> Circle:
    """Return what is found of means (K, d) of neurons in their order.

    Raises ``DataError`` if there are fewer than 8 neurons, fewer than 2 weights, values that are no
    numbers, or no neurons that differ.
    """
    if len(means) < FEWEST or means.shape[1] < 2:
        raise DataError(
            f"a circle needs at least {FEWEST} neurons of 2 weights: there are {len(means)} of "
            f"{means.shape[1]}"
        )
    if not np.isfinite(means).all():
        raise DataError("means of neurons have values that are no numbers")
    coordinates = principal(means)
    power = (coordinates**2).sum(axis=0)
    if not power.sum() > 0:
        raise DataError("all neurons are the same: there is no circle to look for")
    found, frequency = turning(coordinates)
    radius = np.hypot(coordinates[:, 0], coordinates[:, 1])
    return Circle(
        period=1 / frequency,
        plane=float(power[:2].sum() / power.sum()),
        rotation=found / float(power.sum()),
        turning=found,
        radius_variation=float(radius.std() / radius.mean()),
    )
