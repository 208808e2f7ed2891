"""Frames paired by their number and cut, as in section 4.3 of the thesis: a baseline."""

from __future__ import annotations

import numpy as np

from sametask.inputs.fields import POSITIONS, STEPS
from sametask.inputs.listening import listen, read_ear
from sametask.inputs.sounds import lengths, sound_of


def cut_frames(
    samples: np.ndarray,
    network: str,
    beside: str,
    rate: int = 16000,
    frame: float | None = None,
) -> dict[str, np.ndarray]:
    """Return what a network is given for sounds, as ``inputs.listening.listen`` does: a view.

    Position r of a sound is step r, whenever that is: for both networks, as many as the network
    with fewer steps has. ``beside`` is the folder of the other network. A ``frame``, which an
    experiment may have for ``listen``, says nothing here: steps are counted, not timed. What is put
    back at steps beyond them is the mean of the sound's positions.
    """
    fields = listen(samples, network, rate)
    sound = sound_of(samples)
    other = read_ear(beside).steps
    total = min(fields[STEPS].shape[1], int(other.count(np.array([sound.shape[1]]))[0]))
    counts = np.minimum(fields[STEPS].sum(axis=1), other.count(lengths(sound)))
    numbers = np.arange(total)
    ranges = np.stack([numbers, numbers + 1], axis=-1)
    return fields | {POSITIONS: np.where((numbers < counts[:, None])[..., None], ranges, 0)}
