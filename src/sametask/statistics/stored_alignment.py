"""The rotation between the diffusion maps of two networks, from their stores."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sametask.statistics.procrustes import align
from sametask.storage.related import why_failed
from sametask.storage.store import Store


def align_embeddings(a: Store, b: Store) -> tuple[Tensor | None, dict[str, Any]]:
    """Return the rotation (k, k) between two diffusion maps of the same samples, and its residuals.

    If a network has no coordinates there is no rotation, and ``failed`` is the reason.
    """
    if failed := why_failed(a, b):
        return None, {"failed": failed}
    groups = torch.from_numpy(a["samples"]) if "samples" in a else None
    alignment = align(
        torch.from_numpy(a["eigenvectors"]), torch.from_numpy(b["eigenvectors"]), groups
    )
    residuals = {key: getattr(alignment, key) for key in ("residual", "residual_held_out")}
    return alignment.rotation, residuals
