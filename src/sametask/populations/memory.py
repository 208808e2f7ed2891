"""How the process handles the memory of a training."""

from __future__ import annotations

import torch

# Just below 32 MiB, the largest piece that counts for the C library of Linux.
KEPT_BYTES = 32_000_000


def keep_memory() -> None:
    """Have the process keep the memory that it frees.

    The C library of Linux gives large pieces back, and in every step their pages would be made
    anew, which takes as long as the step. Once a larger piece was freed, it keeps smaller ones.
    """
    torch.empty(KEPT_BYTES, dtype=torch.uint8)
