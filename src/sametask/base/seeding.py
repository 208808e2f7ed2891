"""Code that draws from the generators that everything shares, run the same way every time."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block with the generators of torch, NumPy and Python begun at a seed.

    Afterwards they go on from where they were.
    """
    # Jobs that do without torch, which takes seconds to import, have nothing drawn by it.
    torch = sys.modules.get("torch")
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=[]) if torch else nullcontext():
            if torch:
                torch.manual_seed(seed)
            np.random.seed(seed % 2**32)  # noqa: NPY002
            random.seed(seed)
            yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002


@contextmanager
def unfilled_is_nan() -> Iterator[None]:
    """Run a block in which tensors that nothing is written to (``torch.empty``) hold NaN.

    Otherwise they hold what the memory held before, which is another thing in every process.
    """
    import torch  # here only: see ``seeded``

    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    # Part of deterministic algorithms; those that have no such form only warn. The public function
    # does this and imports a compiler, which takes seconds.
    torch._C._set_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch._C._set_deterministic_algorithms(before[0], warn_only=before[1])
