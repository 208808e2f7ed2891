"""Sound as samples: rows of 16-bit numbers, and noise that perturbs them."""

from __future__ import annotations

from math import gcd

import numpy as np

# Largest absolute value of a sample of sound. One below its negative is no sound: it is padding.
LOUDEST = 32767
PADDING = -32768


def as_sound(values: np.ndarray) -> np.ndarray:
    """Return real numbers in the units of 16-bit sound as such, rounded, with peaks cut."""
    return np.clip(np.rint(values), -LOUDEST, LOUDEST).astype(np.int16)


def resampled(sound: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Return sound (L,) at another sampling rate, by a polyphase filter."""
    if rate == wanted:
        return sound
    # Imported here: it takes a second.
    from scipy.signal import resample_poly

    common = gcd(rate, wanted)
    return as_sound(resample_poly(sound.astype(np.float64), wanted // common, rate // common))
