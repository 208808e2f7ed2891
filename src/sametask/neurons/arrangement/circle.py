"""Whether neurons run round a circle: rows of a decoder, in their order, which is that of time.

The means m_t (K, d) of the weights of neurons, without biases, less their mean over t, lie near a
plane if two principal directions have most of their variance. In that plane they are numbers
z_t = u_t + i v_t, and a circle is z_t = r exp(2πi f t): its period is 1 / f. What is tested is the
*rotation*

    R = max over f of |Σ z_t exp(−2πi f t)|² / (K Σ ‖m_t‖²),

the share of all variance that is one even rotation: 1 for a circle, ½ for numbers that swing on a
line. f is any frequency of at least one whole turn, on a grid that zero padding makes fine.

A bias is what a neuron says to no input at all. With ReLU it makes up for hidden units that are
never negative, and has other rhythms than the weights; the source's neurons have none, either.

The null is red noise: neurons without a rhythm, with the spread of the neurons and the correlation
of neighbours, and random phases. To keep the power of every frequency and only to randomise phases
is no null: numbers of one frequency are an ellipse in a plane, whatever their phases are. Source of
the null: M. R. Allen and L. A. Smith, "Monte Carlo SSA" (1996).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.signal import lfilter

from sametask.base.errors import DataError
from sametask.base.randomness import generator

# Frequencies in a cycle per sample, on which the periodogram is computed; of surrogates, which need
# no exact period, fewer.
FINE, COARSE = 1 << 14, 1 << 10
# Neurons whose turn can be seen at all.
FEWEST = 8
# Correlation of neighbours at most, so that red noise is stationary.
REDDEST = 0.999


@dataclass(frozen=True)
class Circle:
    """What was found of K neurons in order.

    ``period`` in neurons; ``plane`` is the share of the variance of the means in the best plane,
    ``rotation`` the share that is an even rotation; ``radius_variation`` is the standard deviation
    of radii over their mean; ``p`` is the share of surrogates with as much rotation.
    """

    period: float
    plane: float
    rotation: float
    radius_variation: float
    p: float
    surrogates: int

    def plain(self) -> dict[str, float]:
        """Return it as JSON values."""
        return asdict(self)


def principal(means: np.ndarray) -> np.ndarray:
    """Return the principal coordinates (…, K, d) of means (…, K, d), the widest first."""
    left, spread, _ = np.linalg.svd(means - means.mean(axis=-2, keepdims=True), full_matrices=False)
    return left * spread[..., None, :]


def rotation(coordinates: np.ndarray, frequencies: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rotation (…) and its frequency (…) of principal coordinates (…, K, d)."""
    count = coordinates.shape[-2]
    turning = coordinates[..., 0] + 1j * coordinates[..., 1]
    power = np.abs(np.fft.fft(turning, frequencies)) ** 2
    known = np.fft.fftfreq(frequencies)
    power[..., np.abs(known) < 1 / count] = 0
    best = power.argmax(axis=-1)
    share = power.max(axis=-1) / (count * (coordinates**2).sum(axis=(-2, -1)))
    return share, np.abs(known[best])


def red_noise(centred: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    """Return surrogates (count, K, d) of numbers (K, d) around 0: xₜ = φ xₜ₋₁ + εₜ.

    φ is the correlation r of neighbours, of all coordinates together, with its bias in short series
    taken out: r + (1 + 4r) / K (Marriott and Pope 1954). ε is normal, with the covariance that
    xₜ − φ xₜ₋₁ has. Other coordinates of the same neurons would have the same surrogates.
    """
    length = len(centred)
    near = (centred[1:] * centred[:-1]).sum() / (centred**2).sum()
    memory = np.clip(near + (1 + 4 * near) / length, 0, REDDEST)
    missed = centred[1:] - memory * centred[:-1]
    factor = np.linalg.qr(missed, mode="r") / np.sqrt(len(missed))
    noise = draw.standard_normal((count, length, len(factor))) @ factor
    # So that the first one has the variance of all others.
    noise[:, 0] /= np.sqrt(1 - memory**2)
    return np.asarray(lfilter([1], [1, -memory], noise, axis=1))


def find_circle(means: np.ndarray, surrogates: int, seed: int) -> Circle:
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
    share, frequency = rotation(coordinates, FINE)
    radius = np.hypot(coordinates[:, 0], coordinates[:, 1])
    drawn = red_noise(coordinates, surrogates, generator(seed, "surrogates of a circle"))
    others, _ = rotation(principal(drawn), COARSE)
    return Circle(
        period=float(1 / frequency),
        plane=float(power[:2].sum() / power.sum()),
        rotation=float(share),
        radius_variation=float(radius.std() / radius.mean()),
        p=float((1 + (others >= share).sum()) / (1 + surrogates)),
        surrogates=surrogates,
    )
