"""Random numbers from counters: a draw depends neither on the order nor on the number of jobs.

Philox turns (key, counter) into numbers without a state (Salmon et al., "Parallel random numbers:
as easy as 1, 2, 3", SC 2011). The key consists of the experiment's seed and the name of what is
drawn; the counter is the number of the sample.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np


def generator(seed: int, stream: str, counter: int = 0) -> np.random.Generator:
    """Return the generator of one counter in one named stream of a seed.

    Two counters never overlap: each owns 2¹⁹² blocks of the 256-bit counter space.
    """
    key = np.array([seed, crc32(stream.encode())], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, counter]))


def derived_seed(seed: int, stream: str) -> int:
    """Return a 63-bit seed for a library that has its own generator, such as torch."""
    return int(generator(seed, stream).integers(2**63 - 1))
