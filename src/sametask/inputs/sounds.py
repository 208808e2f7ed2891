"""Clips of sound as samples: rows of 16-bit numbers, and noise that perturbs them."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

import numpy as np

from sametask.base.errors import DataError
from sametask.config.sections.data_set_sections import SOUND

# Largest absolute value of a sample of sound. One below its negative is no sound: it is padding.
LOUDEST = 32767
PADDING = -32768
# Smallest standard deviation of noise, in steps of 16-bit sound. Less is lost in rounding.
LEAST_NOISE = 0.5


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


def encode_sounds(clips: Sequence[np.ndarray], width: int) -> np.ndarray:
    """Return clips (L_i,), int16, as rows (n, L), padded with −32768 after the end of each.

    L is ``width``. Raises ``DataError`` that names the first clip that is empty, longer, or no
    16-bit sound.
    """
    rows = np.full((len(clips), width), PADDING, np.int16)
    for number, clip in enumerate(clips):
        if clip.dtype != np.int16 or clip.ndim != 1 or (clip == PADDING).any():
            raise DataError(f"clip {number} is no 16-bit sound; make it by as_sound")
        if not 0 < len(clip) <= width:
            raise DataError(f"clip {number} has {len(clip)} values; at least 1, at most {width}")
        rows[number, : len(clip)] = clip
    return rows


def sound_of(samples: np.ndarray) -> np.ndarray:
    """Return the sound of samples as rows (n, L); of records, that is one of their fields.

    Raises ``DataError`` for samples without sound.
    """
    names = samples.dtype.names
    sound = samples[SOUND] if names and SOUND in names else samples
    if sound.dtype != np.int16 or sound.ndim < 2:
        raise DataError(
            f"sound is rows of 16-bit numbers, int16 (n, L), not {sound.dtype} {sound.shape}; make "
            "them by encode_sounds"
        )
    return sound


def lengths(rows: np.ndarray) -> np.ndarray:
    """Return the number of values of each clip of rows (n, L): (n,), see ``encode_sounds``.

    Raises ``DataError`` for a row without sound, and for padding inside a clip.
    """
    is_sound = rows != PADDING
    counts = is_sound.sum(axis=1)
    inside = (np.arange(rows.shape[1]) < counts[:, None]) != is_sound
    wrong = (counts == 0) | inside.any(axis=1)
    if wrong.any():
        number = int(wrong.argmax())
        raise DataError(f"row {number} is no clip: it is empty, or has padding inside; encode it")
    return counts


def decode_sounds(rows: np.ndarray) -> list[np.ndarray]:
    """Return the clips (L_i,) of rows (n, L), without padding."""
    return [row[:length] for row, length in zip(rows, lengths(rows), strict=True)]


def add_noise(
    inputs: np.ndarray, count: int, random: np.random.Generator, level: float
) -> np.ndarray:
    """Return ``count`` perturbations (1, count, …) of a clip: it and white noise, as 16-bit sound.

    The standard deviation of the noise is ``level`` times the root mean square of the clip. Padding
    stays, and so do the texts of records. Raises ``DataError`` for noise that is lost in rounding.
    """
    (clip,) = decode_sounds(sound_of(inputs))
    spread = level * np.sqrt(np.mean(clip.astype(np.float64) ** 2))
    if not spread >= LEAST_NOISE:
        raise DataError(
            f"level: {level} is noise of {spread:.2g} steps of 16-bit sound, which rounding loses; "
            f"give a larger level, so that they are {LEAST_NOISE} at least"
        )
    perturbed = np.repeat(inputs, count, axis=0)
    noise = spread * random.standard_normal((count, len(clip)))
    sound_of(perturbed)[:, : len(clip)] = as_sound(clip + noise)
    return perturbed[None]
