"""Extract the activations of samples and of their perturbations, and derivatives.

The target, a zarr or NumPy array, is filled batch by batch, so that memory does not grow with the
number of samples times the number of perturbations.

``batch``, ``block`` and ``first`` say how samples are divided, see ``passes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from sametask.activations.axes import Inside
from sametask.activations.hooks import added_to, observe, record
from sametask.activations.joining import join_layers
from sametask.activations.layout import Layout
from sametask.activations.passes import Blocks, batches, drawn_ahead
from sametask.activations.pooling import answer_mask, pooled_answer
from sametask.activations.values import finite, finite_answer, require_answer
from sametask.base.errors import DataError, NetworkError
from sametask.base.progress import progress
from sametask.inputs.fields import ADDED, ALONE, STEPS, read_fields
from sametask.networks.calls import require_same_runs
from sametask.networks.given import Given, without_padding
from sametask.networks.places import told
from sametask.networks.precision import floating_tensor
from sametask.storage.chunks import fill


def to_network(network: nn.Module, inputs: np.ndarray) -> Given:
    """Convert inputs to the precision and device of the network; integers stay integers.

    Inputs of several named arrays become keyword arguments, see ``inputs.fields``.
    """
    like, fields = floating_tensor(network), read_fields(inputs)

    def converted(array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        if like is None:
            return tensor
        return tensor.to(like.device, like.dtype if tensor.is_floating_point() else None)

    if fields is None:
        return converted(inputs)
    # Copies: the fields of a record lie between others, at any distance.
    if ALONE in fields:
        return converted(fields[ALONE].copy())
    return {name: converted(array.copy()) for name, array in fields.items()}


def _measured(layout: Layout, outputs: Sequence[Tensor], given: Given, count: int) -> Tensor:
    """Return the joined outputs (n, …) of ``count`` inputs, in float32 or float64."""
    joined = join_layers(layout, outputs, given)
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
) -> tuple[np.ndarray, np.ndarray]:
    """Return all neurons of the layers (n, [T,] total) and the network's outputs (n, …).

    Outputs with a row for each step are pooled if the layers are, see ``pooled_answer``.
    Raises ``DataError`` that names the sample, and the layer, of an activation or an output that is
    not finite; ``NetworkError`` if the runs of a layer differ between passes.
    """
    joined, outputs = [], []
    runs: dict[str, int] = {}
    for part in progress(batches(len(inputs), batch), "batches of samples"):
        count, start = part.stop - part.start, part.start
        given = to_network(network, inputs[part])
        seen = observe(network, layout.layers, given)
        require_same_runs(runs or seen.runs, seen.runs)
        runs = seen.runs
        whole = _measured(layout, list(seen.outputs.values()), given, count)
        joined.append(finite(whole, layout, range(layout.total), start, "sample").numpy(force=True))
        mask = answer_mask(network, given)
        answer = pooled_answer(require_answer(seen.answer, count), layout.pool, mask)
        answer = _widened(answer)
        outputs.append(finite_answer(answer, start, "sample").numpy(force=True))
        if outputs[-1].shape[1:] != outputs[0].shape[1:]:
            before, now = (output.shape[1:] for output in (outputs[0], outputs[-1]))
            raise NetworkError(f"puts out {before} for some samples and {now} for others")
    return np.concatenate(joined), np.concatenate(outputs)


def _all_finite(found: Iterable[Tensor], layout: Layout, first: int, what: str) -> Iterator[Tensor]:
    """Yield activations or derivatives (n, …, m) of successive samples, the first one ``first``.

    Raises ``DataError`` that names the sample of one that is not finite.
    """
    for values in found:
        yield finite(values, layout, layout.neurons, first, what)
        first += len(values)


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
    inside: Inside | None = None,
) -> None:
    """Fill ``target`` (N, M, [T,] m) with the measured activations of all perturbations.

    ``draw(inputs, samples)`` returns the perturbations (n, M, …) of some samples; if they come with
    noise for the place ``inside`` the network, it is added there. ``rows`` samples
    are written at once, best as many as a shard of the target has; perturbations are drawn for as
    many samples as fill one forward pass of ``batch`` inputs. Memory: twice the activations of
    ``rows`` samples, and four times the inputs of ``batch`` perturbations or of those of one
    sample; if components are measured, also three times all neurons at these perturbations. Raises
    ``DataError`` that names the sample of an activation that is not finite.
    """
    blocks = Blocks(len(inputs), draw(inputs[:1], range(1)).shape[1], batch, block)
    ahead = drawn_ahead(draw, inputs, blocks.pieces, first)
    drawn = (next(ahead) for _ in progress(blocks.pieces, "batches of perturbations"))
    flat = (around.reshape(-1, *around.shape[2:]) for around in drawn)

    def run(given: np.ndarray, _: int) -> Tensor:
        tensors = to_network(network, given)
        trims = layout.pool is not None or layout.inner_steps is not None
        if trims and STEPS in (given.dtype.names or ()) and inside is None:
            # Sounds have very different lengths, and the perturbations of one have the same.
            tensors = without_padding(tensors)
        with added_to(network, inside.added(given[ADDED]) if inside else {}):
            outputs = record(network, layout.calls, tensors)
        return layout.select(_measured(layout, outputs, tensors, len(given)))

    found = _all_finite(blocks.run(flat, run), layout, first, "a perturbation of sample")
    components = layout.components
    measured = map(components.project_perturbed, found) if components else found
    fill(target, rows, (values.numpy(force=True) for values in measured))


def _tangent(network: nn.Module, layout: Layout, inputs: Tensor, axes: Tensor) -> Tensor:
    """Return the derivative (n, m) of the selected neurons, each input along one of its axes."""
    direction = torch.zeros_like(inputs).flatten(1)
    direction[torch.arange(len(inputs)), axes] = 1
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(inputs, direction.reshape(inputs.shape))
        outputs = record(network, layout.calls, dual)
        joined = layout.select(_measured(layout, outputs, inputs, len(inputs)))
        tangent = forward_ad.unpack_dual(joined).tangent
    return torch.zeros_like(joined) if tangent is None else tangent


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
    """Fill ``target`` (N, m, d) with ∂h/∂x by forward-mode differentiation.

    The limit of the perturbations for δ → 0. A sample is d inputs, each with the derivative along
    one axis. ``rows`` samples are written at once. Raises ``DataError`` if a derivative is not
    finite or the inputs are not real numbers.
    """
    if not np.issubdtype(inputs.dtype, np.floating):
        what = inputs.dtype if inputs.dtype.names is None else ", ".join(inputs.dtype.names)
        raise DataError(f"geometry.source: jacobian needs real inputs, not {what}")
    axes = inputs[0].size
    blocks = Blocks(len(inputs), axes, batch, block)
    shown = progress(blocks.pieces, "batches of derivatives")
    repeated = (np.repeat(inputs[piece], axes, axis=0) for piece in shown)

    def run(given: np.ndarray, start: int) -> Tensor:
        along = torch.arange(start, start + len(given)) % axes
        # Inputs of a single array: those of several are refused above.
        tensor = cast(Tensor, to_network(network, given))
        return _tangent(network, layout, tensor, along)

    found = _all_finite(blocks.run(repeated, run), layout, first, "the derivative at sample")
    components = layout.components
    measured = map(components.project_differences, found) if components else found
    fill(target, rows, (values.mT.numpy(force=True) for values in measured))
