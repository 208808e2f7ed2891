"""Tensors of files of others, which may state sizes that the files do not have."""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.errors import DataError, quoted


def numbers_of(tensor: Tensor, name: str) -> Tensor:
    """Return a tensor without what it was computed from, if the file has each of its numbers.

    ``DataError`` for one that stands for more numbers than are there, such as one of no memory, of
    a single number that is repeated, or of those that are not zero; and for complex numbers.
    """
    stored = (
        tensor.layout is torch.strided
        and tensor.device.type == "cpu"
        and not (tensor.is_nested or tensor.is_quantized or tensor.is_complex())
    )
    if not stored or tensor.nbytes > tensor.untyped_storage().nbytes():
        raise DataError(
            f"{quoted(name)} ({tensor.dtype}, {tensor.layout}) states numbers that are not in the "
            "file, or are not real"
        )
    return tensor.detach()
