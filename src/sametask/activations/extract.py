"""Extract the activations of samples and of their perturbations, and derivatives.

The target, a zarr or NumPy array, is filled batch by batch, so that memory does not grow with the
number of samples times the number of perturbations.

``first`` is the number of the first input among all fit, test or pool samples. No forward pass goes
beyond a ``block`` of samples: see ``jobs.parts``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from sametask.activations.hooks import observe, record
from sametask.activations.layout import Layout
from sametask.activations.values import finite, finite_answer, require_answer
from sametask.base.errors import DataError, NetworkError
from sametask.base.progress import progress
from sametask.networks.calls import require_same_runs
from sametask.networks.places import told
from sametask.networks.precision import floating_tensor
from sametask.storage.chunks import fill


def _batches(total: int, size: int, block: int | None = None) -> list[slice]:
    """Return slices of at most ``size`` samples; none goes beyond a block."""
    edges = range(0, total, block or total)
    return [
        slice(start, min(start + size, edge + edges.step, total))
        for edge in edges
        for start in range(edge, min(edge + edges.step, total), size)
    ]


def to_network(network: nn.Module, inputs: np.ndarray) -> Tensor:
    """Convert inputs to the precision and device of the network; integers stay integers."""
    tensor = torch.from_numpy(np.ascontiguousarray(inputs))
    like = floating_tensor(network)
    if like is None:
        return tensor
    floating = tensor.is_floating_point()
    return tensor.to(like.device, like.dtype if floating else None)


def _measured(layout: Layout, outputs: Sequence[Tensor], count: int) -> Tensor:
    """Return the joined outputs (n, …) of ``count`` inputs, in float32 or float64."""
    joined = layout.join(outputs)
    if len(joined) != count:
        raise NetworkError(f"{told(layout.layers[0])} {len(joined)} rows for {count} inputs")
    return _widened(joined)


def _widened(values: Tensor) -> Tensor:
    """Convert half precision to float32: NumPy does not have all its formats."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


@torch.no_grad()
def extract_samples(
    network: nn.Module,
    layout: Layout,
    inputs: np.ndarray,
    batch: int,
    first: int = 0,
    block: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return all neurons of the layers (n, [T,] total) and the network's outputs (n, …).

    Raises ``DataError`` that names the sample, and the layer, of an activation or an output that is
    not finite; ``NetworkError`` if the runs of a layer differ between passes.
    """
    joined, outputs = [], []
    runs: dict[str, int] = {}
    for part in progress(_batches(len(inputs), batch, block), "batches of samples"):
        tensor, start = to_network(network, inputs[part]), first + part.start
        seen = observe(network, layout.layers, tensor)
        require_same_runs(runs or seen.runs, seen.runs)
        runs = seen.runs
        whole = _measured(layout, list(seen.outputs.values()), len(tensor))
        joined.append(finite(whole, layout, range(layout.total), start, "sample").numpy(force=True))
        answer = _widened(require_answer(seen.answer, len(tensor)))
        outputs.append(finite_answer(answer, start, "sample").numpy(force=True))
        if outputs[-1].shape[1:] != outputs[0].shape[1:]:
            before, now = (output.shape[1:] for output in (outputs[0], outputs[-1]))
            raise NetworkError(f"puts out {before} for some samples and {now} for others")
    return np.concatenate(joined), np.concatenate(outputs)


def _around(
    network: nn.Module, layout: Layout, drawn: np.ndarray, batch: int, first: int
) -> Tensor:
    """Return the measured activations (n, M, [T,] m) of perturbations (n, M, …).

    Raises ``DataError`` that names the sample, counted from ``first``, of an activation that is
    not finite.
    """
    flat = drawn.reshape(-1, *drawn.shape[2:])
    selected = []
    for part in _batches(len(flat), batch):
        outputs = record(network, layout.calls, to_network(network, flat[part]))
        selected.append(layout.select(_measured(layout, outputs, part.stop - part.start)))
    joined = torch.cat(selected)
    around = joined.reshape(*drawn.shape[:2], *joined.shape[1:])
    finite(around, layout, layout.neurons, first, "a perturbation of sample")
    return layout.components.project_perturbed(around) if layout.components else around


def _drawn_ahead(
    draw: Callable[[np.ndarray, range], np.ndarray],
    inputs: np.ndarray,
    pieces: list[slice],
    first: int,
) -> Iterator[np.ndarray]:
    """Yield the perturbations of pieces of samples; a thread draws the next ones meanwhile.

    Random numbers and pictures are computed on the processor while a network runs on a GPU.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        waiting: deque[Future] = deque()
        for piece in pieces:
            numbers = range(first + piece.start, first + piece.stop)
            waiting.append(beside.submit(draw, inputs[piece], numbers))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@torch.no_grad()
def extract_perturbed(
    network: nn.Module,
    layout: Layout,
    inputs: np.ndarray,
    draw: Callable[[np.ndarray, range], np.ndarray],
    target: Any,
    rows: int,
    batch: int,
    first: int = 0,
    block: int | None = None,
) -> None:
    """Fill ``target`` (N, M, [T,] m) with the measured activations of all perturbations.

    ``draw(inputs, samples)`` returns the perturbations (n, M, …) of some samples. ``rows`` samples
    are written at once, best as many as a shard of the target has; perturbations are drawn for as
    many samples as fill one forward pass of ``batch`` inputs. Memory: twice the activations of
    ``rows`` samples, and twice the inputs of ``batch`` perturbations or of those of one sample; if
    components are measured, also three times all neurons at these perturbations.
    """
    at_once = max(1, batch // draw(inputs[:1], range(1)).shape[1])
    pieces = _batches(len(inputs), at_once, block)
    ahead = _drawn_ahead(draw, inputs, pieces, first)

    def measured() -> Iterator[np.ndarray]:
        for piece in progress(pieces, "blocks of perturbations"):
            around = _around(network, layout, next(ahead), batch, first + piece.start)
            yield around.numpy(force=True)

    fill(target, rows, measured())


def _tangents(network: nn.Module, layout: Layout, inputs: Tensor) -> Iterator[Tensor]:
    """Yield the derivative (n, m) of the selected neurons along each axis of the inputs."""
    for axis in range(inputs[0].numel()):
        direction = torch.zeros_like(inputs[0]).flatten()
        direction[axis] = 1
        direction = direction.reshape(inputs[0].shape).expand_as(inputs)
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(inputs, direction.contiguous())
            outputs = record(network, layout.calls, dual)
            joined = layout.select(_measured(layout, outputs, len(inputs)))
            tangent = forward_ad.unpack_dual(joined).tangent
        yield torch.zeros_like(joined) if tangent is None else tangent


@torch.no_grad()
def extract_jacobians(
    network: nn.Module,
    layout: Layout,
    inputs: np.ndarray,
    target: Any,
    rows: int,
    batch: int,
    first: int = 0,
    block: int | None = None,
) -> None:
    """Fill ``target`` (N, m, d) with ∂h/∂x by forward-mode differentiation, one pass for each axis.

    The limit of the perturbations for δ → 0. ``rows`` samples are written at once. Raises
    ``DataError`` if a derivative is not finite or the inputs are not real numbers.
    """
    if not np.issubdtype(inputs.dtype, np.floating):
        raise DataError(f"geometry.source: jacobian needs real inputs, not {inputs.dtype}")
    what = "the derivative at sample"
    components = layout.components
    measured_of = components.project_differences if components else lambda tangent: tangent

    def derived() -> Iterator[np.ndarray]:
        for part in progress(_batches(len(inputs), batch, block), "blocks of derivatives"):
            tensor = to_network(network, inputs[part])
            tangents = [
                measured_of(finite(tangent, layout, layout.neurons, first + part.start, what))
                for tangent in _tangents(network, layout, tensor)
            ]
            yield torch.stack(tangents, dim=-1).numpy(force=True)

    fill(target, rows, derived())
