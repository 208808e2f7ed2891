"""Set the global random generators to a seed while a block of code runs."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block with the global generators of torch, NumPy and Python set to a seed.

    Their earlier states are restored afterwards.
    """
    # torch takes seconds to import; a job that has not imported it draws nothing from it.
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
    """Run a block in which uninitialised tensors (``torch.empty``) hold NaN.

    Otherwise they hold what was in the memory before, which differs between processes.
    """
    import torch  # here only: see ``seeded``

    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    # torch does this in its deterministic mode, in which operations without a deterministic form
    # only warn here. The public function also imports a compiler, which takes seconds.
    torch._C._set_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch._C._set_deterministic_algorithms(before[0], warn_only=before[1])
