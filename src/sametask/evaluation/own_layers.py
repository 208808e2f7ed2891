"""A network whose layers are given their own activations: what that costs, and what goes past."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sametask.base.errors import NetworkError
from sametask.evaluation.metrics import metrics_to_network
from sametask.evaluation.transcription import Says
from sametask.networks.given import Given
from sametask.statistics.variance import relative_error


@torch.no_grad()
def own_layer_metrics(
    back: Callable[[Given | None], Tensor],
    outputs: Tensor,
    given: Given | None,
    other: Given | None,
    kind: str | None,
    says: Says | None = None,
) -> dict[str, float]:
    """Return figures of a network with its own activations put back into its layers.

    ``back(inputs)`` returns its outputs then for what it is given, and ``outputs`` (n, …) are its
    own. ``output_r2``, ``agreement`` and ``kappa``, or figures of the texts that it ``says``,
    compare the two when it is ``given`` what every map is judged with: below 1, the layers cannot
    be replaced without loss, for example because words of several tokens are averaged.
    ``past_layer`` is the share of the variance of the outputs that changes with an ``other`` input,
    of the same length: 0 if nothing goes past the layers. It is absent if the network refuses the
    other input.
    """
    found = back(given).to(torch.float64)
    figures = metrics_to_network(found, outputs, kind) if found.isfinite().all() else {}
    if figures and says is not None:
        figures |= says.figures(found, outputs)
    try:
        changed = relative_error(back(other).to(torch.float64), found)
    except NetworkError:
        return figures
    return figures if changed is None else {**figures, "past_layer": changed}
