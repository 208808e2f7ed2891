"""From the layers of a network to its outputs, for thousands of ways in which layers are mapped."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sametask.activations.extract import to_network
from sametask.activations.stored import COMPONENTS
from sametask.maps.stitching import StitchedNetwork
from sametask.maps.transformation import Measured
from sametask.networks.given import Given, in_order
from sametask.networks.remembered import Kept, answering, remember
from sametask.verdict.task.recorded import Recorded


def back_of(recorded: Recorded, given: np.ndarray | None) -> Callable[[Tensor], Tensor]:
    """Return the function from all neurons (c, n R, t) of a network's layers to outputs (c, n, …).

    ``given`` (n, …) is the input of the network while its layers are replaced; ``None`` for zeros.
    """
    facts = recorded.activations.attributes
    measured = Measured.of("", recorded.activations, facts, COMPONENTS)
    stitched = measured.with_own_layers(recorded.network)
    if given is None:
        return _back_of_zeros(stitched, recorded.batch)
    return _in_passes(stitched, to_network(recorded.network, given), recorded.batch)


def _in_passes(stitched: StitchedNetwork, inputs: Given, batch: int) -> Callable[[Tensor], Tensor]:
    """Return the back of a network for inputs of which only so many fit in one pass."""
    parts = [(part, _one_by_one(stitched, some)) for part, some in stitched.passes(inputs, batch)]

    def back(ways: Tensor) -> Tensor:
        of_sample = ways.unflatten(1, (-1, stitched.replaced.rows_per_sample))
        answers = [one(of_sample[:, part].flatten(1, 2)).transpose(0, 1) for part, one in parts]
        return in_order(answers, [part for part, _ in parts]).transpose(0, 1)

    return back


def _one_by_one(stitched: StitchedNetwork, inputs: Given | None) -> Callable[[Tensor], Tensor]:
    """Return the back of a network for inputs of all samples, a pass for each way.

    What comes before the replaced layers is computed in the first pass only.
    """
    known: list[Kept] = []

    def back(ways: Tensor) -> Tensor:
        if not known:
            known.append(_kept(stitched, lambda: stitched.back(ways[0], inputs)))
        with answering(known[0]):
            return torch.stack([stitched.back(rows, inputs) for rows in ways]).to(torch.float64)

    return back


@torch.no_grad()
def _kept(stitched: StitchedNetwork, run: Callable[[], Tensor]) -> Kept:
    """Return what the target's modules put out before its layers; nothing if that changes a pass.

    For example, a network may keep a state of its own.
    """
    whole = run()
    try:
        kept = remember(stitched.target, stitched.replaced.layers, run)
        with answering(kept):
            again = run()
    except Exception:
        # The code of a network may fail in any way if not all of its modules run.
        return {}
    same = again.shape == whole.shape and torch.allclose(again, whole, rtol=1e-4, atol=1e-5)
    return kept if same else {}


def _back_of_zeros(stitched: StitchedNetwork, batch: int) -> Callable[[Tensor], Tensor]:
    """Return the back of a network whose input is zero.

    What comes before the replaced layers then is the same for every sample. Where the network gives
    the same outputs if it computes that for one sample only, it does, for as many ways at once as
    its ``batch`` allows: thousands of passes through the back alone take a small part of the time.
    """
    enough: list[bool] = []
    whole = _one_by_one(stitched, None)

    def back(ways: Tensor) -> Tensor:
        if not enough:
            enough.append(_one_is_enough(stitched, ways[0]))
        if not enough[0]:
            return whole(ways)
        at_once = max(1, batch // ways.shape[1])
        outputs = [
            stitched.back(some.flatten(0, 1), stitched.dummy(some, 1)).unflatten(0, (len(some), -1))
            for some in ways.split(at_once)
        ]
        return torch.cat(outputs).to(torch.float64)

    return back


@torch.no_grad()
def _one_is_enough(stitched: StitchedNetwork, rows: Tensor) -> bool:
    """Return whether a single zero input gives the outputs of as many as there are samples."""
    whole = stitched.back(rows)
    try:
        outputs = stitched.back(rows, stitched.dummy(rows, 1))
    except Exception:
        # The code of a network may fail in any way with batches of different sizes.
        return False
    return outputs.shape == whole.shape and torch.allclose(outputs, whole, rtol=1e-4, atol=1e-5)
