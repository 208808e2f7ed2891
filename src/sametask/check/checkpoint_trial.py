"""Try a network of a factory by the header of its checkpoint, if that is large.

Neither the weights are read, nor those that the factory gives are computed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import torch
from torch import nn

from sametask.base.errors import NetworkError
from sametask.base.references import resolve, users_code
from sametask.check.builds import initial
from sametask.config import Network
from sametask.networks.checkpoints import require_fitting
from sametask.networks.given import has_numbers
from sametask.networks.pretrained_weights import numberless, shapes_only, zeros_of
from sametask.storage.weight_headers import StoredTensor, count_numbers, read_weight_header

# Passes of a network with more numbers than this, 256 MB in single precision, give only shapes.
LARGEST = 2**26


def large_header(network: Network) -> dict[str, StoredTensor] | None:
    """Return the header of the checkpoint of a network, if that is large, or else ``None``.

    Only safetensors have a header. Raises ``NetworkError`` for a file that is damaged.
    """
    path = Path(network.checkpoint or "")
    if path.suffix.lower() != ".safetensors" or not path.is_file():
        return None
    header = read_weight_header(path)
    return header if count_numbers(header) > LARGEST else None


def shapes_of(
    network: Network, header: dict[str, StoredTensor]
) -> tuple[nn.Module, AbstractContextManager[nn.Module]] | None:
    """Return a network, and a block in which its passes compute shapes, but no numbers.

    ``None`` if its factory needs numbers, for example to scale its weights. Raises ``NetworkError``
    if the tensors of the checkpoint do not fit.
    """
    mode, path = numberless(), str(network.checkpoint)
    # What its module makes when it is imported has numbers.
    resolve(str(network.built_by["factory"]))
    try:
        with mode:
            module = initial(network, 0)
    except NetworkError:
        # Built in full, it works, or says what is wrong.
        return None
    weights = require_fitting(module.state_dict(), zeros_of(header, path), path)
    with users_code(f"{path}: cannot be loaded"):
        module.load_state_dict(weights, assign=True)
    for part in module.modules():
        for name, buffer in part.named_buffers(recurse=False):
            if not has_numbers(buffer):
                setattr(part, name, torch.zeros((), dtype=buffer.dtype).expand(buffer.shape))
    return module, shapes_only(module, network.dtype, mode)


def needs_numbers(error: BaseException) -> bool:
    """Return whether a pass failed because it asked for numbers where tensors have shapes only."""
    kind = type(error).__module__
    if kind.startswith(("torch._subclasses", "torch.fx")):
        return True
    return error.__cause__ is not None and needs_numbers(error.__cause__)
