"""The rotation between the diffusion maps of two networks, from their stores."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sametask.statistics.procrustes import align
from sametask.storage.store import Store


def align_embeddings(a: Store, b: Store) -> tuple[Tensor | None, dict[str, Any]]:
    """Return the rotation (k, k) between two diffusion maps of the same samples, and its residuals.

    Where either has no coordinates there is no rotation, and the one fact ``failed`` says why.
    """
    if failed := "; ".join(one.failed for one in (a, b) if one.failed):
        return None, {"failed": failed}
    groups = torch.from_numpy(a["samples"]) if "samples" in a else None
    alignment = align(
        torch.from_numpy(a["eigenvectors"]), torch.from_numpy(b["eigenvectors"]), groups
    )
    residuals = {key: getattr(alignment, key) for key in ("residual", "residual_held_out")}
    return alignment.rotation, residuals
