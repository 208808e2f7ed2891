"""Networks whose layers have a row for each slice, as networks of whole samples.

What a target answers to a sample is read from a row for the sample, the mean over its slices.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from sametask.verdict.task.learner import Copy, Learner, Seen


def _mean(layer: Seen, place: Tensor, samples: int) -> Seen:
    """Return the mean over the slices of each sample: at the fit rows, those that are drawn.

    ``place`` (N,) is the sample of every fit row; there are so many held-out ``samples``.
    """
    counts = place.bincount().to(layer.fit.dtype)
    sums = torch.zeros(len(counts), layer.fit.shape[1], dtype=layer.fit.dtype)
    fit = sums.index_add(0, place, layer.fit) / counts[:, None]
    return Seen(fit, layer.test.unflatten(0, (samples, -1)).mean(dim=1))


def whole_copy(copy: Copy | None, groups: Tensor, samples: int) -> Copy | None:
    """Return a copy with a row of its layer for each sample, see ``whole``."""
    if copy is None:
        return None
    kept, place = groups.unique(return_inverse=True)
    outputs = Seen(copy.outputs.fit[kept], copy.outputs.test)
    return Copy(_mean(copy.layer, place, samples), outputs)


def whole(learner: Learner, groups: Tensor) -> Learner:
    """Return a network with a row of its layer for each sample that has fit rows, in their order.

    ``groups`` (N,) is the sample of every fit row. The mean over slices cannot be put back: the
    answers of the target are only read.
    """
    samples = len(learner.outputs.test)
    kept, place = groups.unique(return_inverse=True)
    layer = _mean(learner.layer, place, samples)
    return replace(
        learner,
        layer=layer,
        whole=layer.fit,
        inputs=Seen(learner.inputs.fit[kept], learner.inputs.test),
        outputs=Seen(learner.outputs.fit[kept], learner.outputs.test),
        groups=None,
        sliced=None,
        untrained=whole_copy(learner.untrained, groups, samples),
        reference=whole_copy(learner.reference, groups, samples),
    )
