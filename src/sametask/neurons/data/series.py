"""Series of numbers: those that are simulated, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.signal import lfilter

from sametask.base.randomness import generator
from sametask.config.sections.ensemble_data_sections import Gait, NoisySine

# Seconds in which the drift of an amplitude is forgotten.
MEMORY = 10.0


@dataclass(frozen=True)
class Series:
    """The numbers (T,) of a series, those without noise where they are known, and facts.

    ``edges`` are the places between 0 and T where a piece ends and the next one begins, such as
    those of files that follow each other.
    """

    values: np.ndarray
    clean: np.ndarray | None = None
    edges: Sequence[int] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def _noisy(clean: np.ndarray, noise: float, seed: int) -> np.ndarray:
    return clean + noise * generator(seed, "noise of a series").standard_normal(len(clean))


def noisy_sine(section: NoisySine, seed: int) -> Series:
    """Return sin(t) at equally distant t from −π to π times the reach, with normal noise."""
    end = np.pi * section.reach
    clean = np.sin(np.linspace(-end, end, section.points))
    # Points in a period of the sine: what a figure over rows of a layer shows.
    period = (section.points - 1) / section.reach
    return Series(_noisy(clean, section.noise, seed), clean, facts={"period": period})


def gait(section: Gait, seed: int) -> Series:
    """Return Σₕ aₕ(t) cos(h φ(t) + θₕ) + noise, the acceleration of a walking person.

    The phase φ of a stride gains 2π · stride / rate in each reading, and a normal number whose sum
    over a stride has the standard deviation ``jitter``. The logarithm of the amplitude aₕ drifts
    with the standard deviation ``drift`` and is forgotten in ten seconds. The strongest harmonic h
    has the period rate / (h · stride) in readings.
    """
    draw = generator(seed, "gait")
    readings = section.rate / section.stride
    steps = 2 * np.pi + section.jitter * np.sqrt(readings) * draw.standard_normal(section.points)
    phase = np.cumsum(steps) / readings
    orders = np.arange(1, len(section.harmonics) + 1)[:, None]
    first = draw.uniform(0, 2 * np.pi, (len(orders), 1))
    drift = section.drift * _drifting(section, draw)
    amplitudes = np.array(section.harmonics)[:, None] * np.exp(drift)
    clean = (amplitudes * np.cos(orders * phase + first)).sum(axis=0)
    period = readings / (1 + int(np.argmax(section.harmonics)))
    facts = {"rate": section.rate, "period": period}
    return Series(_noisy(clean, section.noise, seed), clean, facts=facts)


def _drifting(section: Gait, draw: np.random.Generator) -> np.ndarray:
    """Return a stationary process (harmonics, points) of variance 1: xₜ = r xₜ₋₁ + √(1 − r²) εₜ."""
    kept = np.exp(-1 / (MEMORY * section.rate))
    noise = draw.standard_normal((len(section.harmonics), section.points))
    noise[:, 1:] *= np.sqrt(1 - kept**2)
    return np.asarray(lfilter([1.0], [1.0, -kept], noise, axis=1))
