"""Extract the activations of samples, of their neighbourhoods, and their derivatives.

Everything streams: a target with slices (a zarr array, or NumPy's) is filled batch by batch, so
that memory does not grow with the number of samples times the number of neighbours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from sametask.activations.layout import Layout
from sametask.activations.record import record
from sametask.errors import DataError
from sametask.progress import progress


def _batches(total: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, total)) for start in range(0, total, size)]


def to_network(network: nn.Module, inputs: np.ndarray) -> Tensor:
    """Bring inputs to the precision and device of the network; integers stay integers."""
    tensor = torch.from_numpy(np.ascontiguousarray(inputs))
    weight = next(network.parameters(), None)
    if weight is None:
        return tensor
    floating = tensor.is_floating_point()
    return tensor.to(weight.device, weight.dtype if floating else None)


def _finite(
    values: Tensor, layout: Layout, neurons: Sequence[int], first: int, what: str
) -> Tensor:
    """Refuse activations (n, …, m) of some neurons that are NaN or infinite, naming the first."""
    if not torch.isfinite(values).all():
        place = torch.nonzero(~torch.isfinite(values))[0].tolist()
        neuron = neurons[place[-1]]
        ends = np.cumsum(layout.sizes)
        name = layout.layers[int(np.searchsorted(ends, neuron, side="right"))]
        raise DataError(
            f"layer {name!r}, neuron {neuron}: {what} {first + place[0]} has an activation that is "
            f"{float(values[tuple(place)])}"
        )
    return values


@torch.no_grad()
def extract_samples(
    network: nn.Module, layout: Layout, inputs: np.ndarray, batch: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return all neurons of the layers (n, [T,] total) and the network's outputs (n, …).

    Raises ``DataError`` naming layer and sample if an activation is not finite.
    """
    joined, outputs = [], []
    for part in progress(_batches(len(inputs), batch), "batches of samples"):
        tensor = to_network(network, inputs[part])
        whole = layout.join(record(network, layout.layers, tensor))
        joined.append(
            _finite(whole, layout, range(layout.total), part.start, "sample").cpu().numpy()
        )
        outputs.append(network(tensor).cpu().numpy())
    return np.concatenate(joined), np.concatenate(outputs)


def _around(network: nn.Module, layout: Layout, drawn: np.ndarray, batch: int) -> Tensor:
    """Return the measured activations (n, M, [T,] m) of neighbourhoods (n, M, …)."""
    flat = drawn.reshape(-1, *drawn.shape[2:])
    measured = [
        layout.measure(layout.join(record(network, layout.layers, to_network(network, flat[part]))))
        for part in _batches(len(flat), batch)
    ]
    whole = torch.cat(measured)
    return whole.reshape(*drawn.shape[:2], *whole.shape[1:])


def _drawn_ahead(
    draw: Callable[[np.ndarray, range], np.ndarray], inputs: np.ndarray, pieces: list[slice]
) -> Iterator[np.ndarray]:
    """Yield the neighbourhoods of pieces of samples, the next one drawn while one is in use.

    Random numbers and pictures are made by the processor, while a network may run beside.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        waiting: deque[Future] = deque()
        for piece in pieces:
            numbers = range(piece.start, piece.stop)
            waiting.append(beside.submit(draw, inputs[piece], numbers))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@torch.no_grad()
def extract_neighbours(
    network: nn.Module,
    layout: Layout,
    inputs: np.ndarray,
    draw: Callable[[np.ndarray, range], np.ndarray],
    target,
    rows: int,
    batch: int,
) -> None:
    """Fill ``target`` (N, M, [T,] m) with the measured activations of every sample's neighbourhood.

    ``draw(inputs, samples)`` returns the neighbours (n, M, …) of some samples. ``rows`` samples
    are written at once, which should be those of the target's shards; neighbourhoods are drawn for
    as many samples as fill one forward pass of ``batch`` inputs. Memory: the activations of
    ``rows`` samples, and twice the inputs of ``batch`` neighbours or of one sample's.
    """
    at_once = max(1, batch // draw(inputs[:1], range(1)).shape[1])
    pieces = [
        (shard, slice(start, min(start + at_once, shard.stop)))
        for shard in _batches(len(inputs), rows)
        for start in range(shard.start, shard.stop, at_once)
    ]
    filled: list[np.ndarray] = []
    ahead = _drawn_ahead(draw, inputs, [piece for _, piece in pieces])
    for shard, piece in progress(pieces, "blocks of neighbourhoods"):
        drawn = next(ahead)
        block = _around(network, layout, drawn, batch)
        block = _finite(block, layout, layout.neurons, piece.start, "a neighbour of sample")
        filled.append(block.cpu().numpy())
        if piece.stop == shard.stop:
            target[shard] = np.concatenate(filled)
            filled = []


def _tangents(network: nn.Module, layout: Layout, inputs: Tensor) -> Iterator[Tensor]:
    """Yield the derivative (n, m) of the measured neurons along each axis of the inputs."""
    for axis in range(inputs[0].numel()):
        direction = torch.zeros_like(inputs[0]).flatten()
        direction[axis] = 1
        direction = direction.reshape(inputs[0].shape).expand_as(inputs)
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(inputs, direction.contiguous())
            joined = layout.measure(layout.join(record(network, layout.layers, dual)))
            tangent = forward_ad.unpack_dual(joined).tangent
        yield torch.zeros_like(joined) if tangent is None else tangent


@torch.no_grad()
def extract_jacobians(
    network: nn.Module, layout: Layout, inputs: np.ndarray, target, rows: int
) -> None:
    """Fill ``target`` (N, m, d) with ∂h/∂x by forward-mode differentiation, one pass an axis.

    The limit of the neighbourhoods as δ → 0. Raises ``DataError`` if a derivative is not finite
    or the inputs are not real numbers.
    """
    if not np.issubdtype(inputs.dtype, np.floating):
        raise DataError(f"geometry.source: jacobian needs real inputs, not {inputs.dtype}")
    for part in progress(_batches(len(inputs), rows), "blocks of derivatives"):
        tensor = to_network(network, inputs[part])
        block = [
            _finite(tangent, layout, layout.neurons, part.start, "the derivative at sample")
            for tangent in _tangents(network, layout, tensor)
        ]
        target[part] = torch.stack(block, dim=-1).cpu().numpy()
