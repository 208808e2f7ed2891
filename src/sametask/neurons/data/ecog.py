"""Electrocorticograms of two classes, simulated: a hand that rests, and a hand that moves."""

from __future__ import annotations

import numpy as np

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.config.sections.ensemble_data_sections import Data, Ecog
from sametask.neurons.data.rows import Rows
from sametask.neurons.data.tables import classified, standardised

# Ends of the bands of brain rhythms (Hz): theta, alpha, beta, low and high gamma.
BANDS = {
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "low gamma": (30.0, 70.0),
    "high gamma": (70.0, 110.0),
}
# Standard deviation of the logarithm of the power of a band, from window to window.
SPREAD = 0.5
# No frequency has more power of the 1/f background than this one (Hz).
KNEE = 1.0
CLASSES = ["rest", "movement"]


def readings(rate: float, seconds: float) -> int:
    """Return how many readings a window has; ``DataError`` if there are fewer than two."""
    times = round(rate * seconds)
    if times < 2:
        raise DataError(
            f"data.seconds: {seconds:g} at {rate:g} Hz are {times} readings; take longer windows"
        )
    return times


def ecog_windows(section: Ecog, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return windows (n, channels, times) and their classes (n,), every other one a movement.

    The background has the power 1/f; the power of each band of each channel varies from window to
    window. With movement, the first half of the channels has less power in beta and more in high
    gamma: times 1 ∓ effect.
    """
    times = readings(section.rate, section.seconds)
    draw = generator(seed, "electrocorticograms")
    frequencies = np.fft.rfftfreq(times, 1 / section.rate)
    power = 1 / np.maximum(frequencies, KNEE)
    shape = (section.windows, section.channels, len(frequencies))
    classes = np.arange(section.windows) % 2
    parts = draw.standard_normal((2, *shape))
    spectra = (parts[0] + 1j * parts[1]) * np.sqrt(power * times)
    half = -(-section.channels // 2)
    for name, (low, high) in BANDS.items():
        gain = np.exp(SPREAD * draw.standard_normal(shape[:2]))
        change = {"beta": -section.effect, "high gamma": section.effect}.get(name, 0.0)
        gain[classes == 1, :half] *= 1 + change
        inside = (frequencies >= low) & (frequencies < high)
        spectra[..., inside] *= np.sqrt(gain)[..., None]
    return np.fft.irfft(spectra, times, axis=-1), classes


def band_powers(windows: np.ndarray, rate: float) -> tuple[np.ndarray, list[str]]:
    """Return ln of the mean power of windows (n, channels, times) in each band (n, channels · b).

    Also the names of the bands; those without a frequency in a window are left out. ``DataError``
    if none is left, or if a channel has no power in a band.
    """
    times = windows.shape[-1]
    power = np.abs(np.fft.rfft(windows * np.hanning(times), axis=-1)) ** 2
    frequencies = np.fft.rfftfreq(times, 1 / rate)
    inside = {
        name: some
        for name, (low, high) in BANDS.items()
        if (some := (frequencies >= low) & (frequencies < high)).any()
    }
    if not inside:
        raise DataError(f"windows of {times} readings at {rate:g} Hz have no band of {list(BANDS)}")
    found = np.stack([power[..., some].mean(axis=-1) for some in inside.values()], axis=-1)
    # Of a constant, the ends of the window leave some power.
    empty = (found == 0) | (np.ptp(windows, axis=-1) == 0)[..., None]
    if empty.any():
        window, channel, band = np.argwhere(empty)[0]
        name = list(inside)[band]
        raise DataError(f"window {window}, channel {channel}: no power in {name}; is it constant?")
    return np.log(found).reshape(len(windows), -1), list(inside)


def as_rows(
    windows: np.ndarray,
    classes: np.ndarray,
    names: list[str],
    rate: float,
    section: Data,
    seed: int,
) -> Rows:
    """Return the standardised powers of windows, at ``rate`` readings in a second, as rows."""
    powers, bands = band_powers(windows, rate)
    facts = {"classes": names, "rate": rate, "bands": bands}
    return standardised(classified(powers, classes, section, seed, facts))


def ecog(section: Ecog, seed: int) -> Rows:
    """Return the powers of simulated windows: for each channel its bands, and two classes."""
    windows, classes = ecog_windows(section, seed)
    return as_rows(windows, classes, CLASSES, section.rate, section, seed)
