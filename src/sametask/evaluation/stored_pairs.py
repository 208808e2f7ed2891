"""Read a pair of networks on the test samples from stores, and judge its maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.activations.extract import to_network
from sametask.activations.stored import counts_of, given_to_target, read_array, read_layout
from sametask.base.relations import DIRECTIONS
from sametask.evaluation.judged_maps import (
    Held,
    describe_network,
    have_same_targets,
    judge_all,
    round_trip,
)
from sametask.evaluation.said_texts import as_rows
from sametask.evaluation.transcription import Says
from sametask.inputs import evaluate_target
from sametask.inputs.fields import read_inputs
from sametask.maps.transformation import Transformation
from sametask.networks.given import Given
from sametask.storage.store import Store


@dataclass(frozen=True)
class Trained:
    """A trained network, and the function of its own target if it has one.

    ``transcript`` says how texts are read from its outputs, if it puts out texts; ``batch`` is the
    largest number of inputs in one pass.
    """

    network: nn.Module
    own_target: str | None
    transcript: Mapping[str, Any] | None = None
    batch: int | None = None


def _targets(trained: Trained, recorded: Store, drawn: Store) -> Any:
    """Return the targets of a network on the test samples, or ``None``.

    These are the targets of the samples, unless the network has its own target or reconstructs its
    inputs. What a network should say that puts out texts, ``transcription.Says`` knows.
    """
    if trained.transcript is not None:
        return None
    if trained.own_target:
        return evaluate_target(trained.own_target, read_inputs(drawn, "test/inputs"))
    if drawn.attributes["task"] == "reconstruction":
        return read_inputs(recorded, "test/seen")
    return drawn.get("test/targets")


def hold(
    trained: Trained, recorded: Store, drawn: Store, target_input: str, metric: str | None = None
) -> Held:
    """Return a network on the test samples ``drawn``, on which its activations are ``recorded``."""
    measured, whole, outputs = (
        read_array(recorded, f"test/{name}") for name in ("samples", "layers", "outputs")
    )
    targets = _targets(trained, recorded, drawn)
    is_dummy = target_input == "dummy"
    seen, other = (_given(trained, recorded, dummy) for dummy in (is_dummy, not is_dummy))
    layout = read_layout(recorded)
    windows = partial(layout.windows, measured, counts_of(recorded, "test"))
    says = Says.of(trained.transcript, drawn)
    given, batch = other if is_dummy else seen, trained.batch
    searched = says.by_beams(trained.network, given, batch) if says and given is not None else None
    told = seen, metric, other, windows, says, batch, searched, _repeats(recorded)
    return Held(trained.network, measured, whole, outputs, targets, *told)


def _repeats(recorded: Store) -> Tensor | None:
    """Return the row that each test row repeats, or itself; ``None`` if none is repeated."""
    counts = counts_of(recorded, "test")
    if counts is None:
        return None
    each = recorded.attributes["rows_per_sample"]
    own = torch.arange(each) % counts[:, None]
    return (torch.arange(len(counts))[:, None] * each + own).flatten()


def _given(trained: Trained, recorded: Store, dummy: bool) -> Given | None:
    given = given_to_target(recorded, dummy)
    return None if given is None else to_network(trained.network, given)


@dataclass(frozen=True)
class JudgedPair:
    """The maps of a pair, and what judges them on the test samples.

    ``kind`` is that of the task, ``target_input`` as in ``judge``. ``metrics`` are by map and
    direction, as far as maps have been judged: by ``arrays``.
    """

    maps: Mapping[str, Transformation]
    held: Mapping[str, Held]
    kind: str | None
    target_input: str
    metrics: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)

    def arrays(self) -> Iterator[tuple[str, Tensor | np.ndarray]]:
        """Judge one map after another, and yield the arrays of ``evaluation.zarr``.

        Their rows are test samples or their slices.
        """
        for name, direction, judged in judge_all(
            self.maps, self.held, self.kind, self.target_input
        ):
            self.metrics.setdefault(name, {})[direction] = judged.metrics
            target = self.held[DIRECTIONS[direction][1]]
            for array, values in judged.per_sample(target).items():
                yield f"{name}/{direction}/{array}", values
            if target.says is not None and judged.outputs is not None:
                yield f"{name}/{direction}/texts", target.says.rows(judged.outputs)
        for side, held in self.held.items():
            if held.says is not None:
                yield f"texts/{side}/own", held.says.rows(held.outputs)
                if held.says.should is not None:
                    yield f"texts/{side}/true", as_rows(held.says.should)

    def facts(self) -> dict[str, Any]:
        """Return networks, and maps that have been judged, for ``evaluation.json``."""
        networks = next(iter(self.maps.values())).networks
        facts = {
            "networks": {
                side: describe_network(networks[side], held, self.kind)
                for side, held in self.held.items()
            },
            "same_targets": have_same_targets(self.held),
            "maps": self.metrics,
        }
        if "intrinsic" in self.maps:
            facts["round_trip"] = round_trip(self.maps["intrinsic"], self.held)
        return facts


def judge_pair(
    stores: Mapping[str, Store],
    trained: Mapping[str, Trained],
    target_input: str,
    metric: str | None = None,
) -> JudgedPair:
    """Return the maps of a pair, ready to be judged on the held-out samples.

    ``stores`` are ``samples``, ``transformation``, ``activations_a`` and ``activations_b``;
    ``target_input`` is as in ``judge``; ``metric`` is the function of the user, if any.
    """
    drawn, fitted = stores["samples"], stores["transformation"]
    held = {
        side: hold(network, stores[f"activations_{side}"], drawn, target_input, metric)
        for side, network in trained.items()
    }
    maps = {name: Transformation.from_store(fitted, name) for name in fitted.attributes["maps"]}
    return JudgedPair(maps, held, drawn.attributes["task"], target_input)
