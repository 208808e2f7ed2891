"""The decision: which of two layers is a function of which, on the inputs of an experiment.

Two layers are equivalent when each is a function of the other; one determines the other when only
one direction holds. A function is believed where the held-out R² of a regression is high *and* the
target reacts to no perturbation that the source ignores: R² alone overlooks a weak direction,
the local comparison alone overlooks a fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sametask.baselines import direct_rbf_map
from sametask.errors import DataError, SametaskError
from sametask.evidence import Interval, Local, compare_locally, explained, is_constant

DIRECTIONS = {"a_to_b": ("a", "b"), "b_to_a": ("b", "a")}
EQUIVALENT, A_DETERMINES_B, B_DETERMINES_A = "equivalent", "a_determines_b", "b_determines_a"
PARTIAL, UNRELATED = "partial", "unrelated"


@dataclass(frozen=True)
class Layer:
    """One network's measured neurons: fit (N, m), held out (n, m), and their neighbourhoods.

    ``neighbours`` yields blocks (·, M, m) of the fit samples' neighbourhoods, in their order.
    """

    fit: Tensor
    test: Tensor
    neighbours: Callable[[], Iterator[Tensor]]

    def shuffled(self, seed: int) -> Layer:
        """Return the layer with its samples in another order: the control without any pairing."""
        draw = torch.Generator().manual_seed(seed)

        def shuffle(rows: Tensor) -> Tensor:
            return rows[torch.randperm(len(rows), generator=draw)]

        def neighbours() -> Iterator[Tensor]:
            return (shuffle(block) for block in self.neighbours())

        return Layer(shuffle(self.fit), shuffle(self.test), neighbours)


@dataclass(frozen=True)
class Evidence:
    """What was measured between two layers; R² is ``None`` towards a constant layer."""

    r2: dict[str, Interval | None]
    local: Local

    def plain(self) -> dict[str, Any]:
        """Return R² and dimensions as they stand in ``verdict.json``."""
        r2 = {direction: one.plain() for direction, one in self.r2.items() if one}
        return {"r2": r2, "dimension": self.local.dimension}


def regress(source: Layer, target: Layer) -> Tensor:
    """Return the target's held-out activations (n, m) as smoothing splines predict them.

    Fitted on the paired fit samples, smoothed by leave-one-out; a constant source predicts the
    mean.
    """
    if is_constant(source.fit):
        return target.fit.mean(dim=0).expand_as(target.test)
    predicted = source.test
    for stage in direct_rbf_map(source.fit, target.fit).values():
        predicted = stage(predicted)
    return predicted


def gather(a: Layer, b: Layer, draws: Tensor, settings: Mapping[str, Any]) -> Evidence:
    """Measure two layers against each other on the same samples, in the same order.

    ``draws`` (s, n) are resamples of the held-out rows, ``settings`` the section ``verdict`` of an
    experiment. Raises ``DataError`` if the layers do not have the same number of samples.
    """
    if (len(a.fit), len(a.test)) != (len(b.fit), len(b.test)):
        raise DataError(
            f"unpaired: {len(a.fit)} and {len(b.fit)} fit samples, "
            f"{len(a.test)} and {len(b.test)} test samples"
        )
    sides = {"a": a, "b": b}
    r2 = {}
    for direction, (source, target) in DIRECTIONS.items():
        predicted = regress(sides[source], sides[target])
        r2[direction] = explained(predicted, sides[target].test, draws, settings["confidence"])
    blocks = zip(a.neighbours(), b.neighbours(), strict=True)
    return Evidence(r2, compare_locally(blocks, settings["share"], settings["correlation"]))


def determines(evidence: Evidence, direction: str, settings: Mapping[str, Any]) -> bool:
    """Return whether the target of a direction is believed to be a function of its source.

    The lower end of its R² reaches ``determined``, and it adds no local direction to the source's:
    d_ab = d_source.
    """
    interval, dimension = evidence.r2[direction], evidence.local.dimension
    source, _ = DIRECTIONS[direction]
    return (
        interval is not None
        and interval.low >= settings["determined"]
        and dimension["joint"] == dimension[source]
    )


def decide(evidence: Evidence, settings: Mapping[str, Any]) -> str:
    """Return the relation between two layers that the evidence supports.

    ``partial`` is what is left when the lower end of R² reaches ``related`` in a direction.
    """
    forth, back = (determines(evidence, direction, settings) for direction in DIRECTIONS)
    if forth or back:
        return EQUIVALENT if forth and back else A_DETERMINES_B if forth else B_DETERMINES_A
    lows = [interval.low for interval in evidence.r2.values() if interval]
    return PARTIAL if max(lows, default=0.0) >= settings["related"] else UNRELATED


def control(a: Layer, b: Layer, draws: Tensor, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return relation, R² and dimensions of a control, or why it could not be computed.

    A control must not stop the verdict that it stands beside.
    """
    try:
        evidence = gather(a, b, draws, settings)
    except SametaskError as error:
        return {"failed": str(error)}
    return {"relation": decide(evidence, settings), **evidence.plain()}


def shuffled_control(
    a: Layer, b: Layer, draws: Tensor, settings: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Return the control with pairs that do not belong together."""
    return control(a, b.shuffled(seed), draws, settings)


def replaced_controls(
    pair: Mapping[str, Layer],
    others: Mapping[str, Layer],
    draws: Tensor,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the controls in which one side of the pair is another network: ``{side: control}``."""
    return {
        side: control(*({**pair, side: other}[end] for end in ("a", "b")), draws, settings)
        for side, other in others.items()
    }
