"""How well every map does with how many shared inputs, over random choices of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.base.relations import DIRECTIONS
from sametask.config.sections.stage_sections import Diffusion
from sametask.diffusion.embedding import embed
from sametask.geometry.metric import mahalanobis_distances
from sametask.jobs.workers import on_workers
from sametask.maps.baselines import direct_rbf_map
from sametask.maps.routes import Side
from sametask.matching.candidates import Embedded, Shared
from sametask.matching.match import RIGHT, Match, Matched, match, no_match, other_ranks
from sametask.matching.matched_maps import intrinsic_maps, shared_maps
from sametask.matching.spectral import decay_rates
from sametask.statistics.variance import relative_error

# The maps of a study, ours first.
MAPS = (
    "dense_direct_rbf",
    "intrinsic",
    "intrinsic_zoomout",
    "direct_rbf",
    "affine",
    "procrustes",
    "knn",
    "relative",
)


@dataclass(frozen=True)
class Rows:
    """Some samples of one network: measured (N, m), all neurons (N, t), whitening (N, m, r)."""

    measured: Tensor
    whole: Tensor
    whitening: Tensor

    def __getitem__(self, rows: Tensor) -> Rows:
        return Rows(self.measured[rows], self.whole[rows], self.whitening[rows])

    def then(self, other: Rows) -> Rows:
        """Return these samples and others behind them."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Rows(*(torch.cat(both) for both in pairs))


@dataclass(frozen=True)
class Probed:
    """One network in a study: own samples, the pool to share from, held-out ones, σ."""

    own: Rows
    pool: Rows
    test_measured: Tensor
    test_whole: Tensor
    sigma: float

    def embedded(self, chosen: Tensor, settings: Diffusion) -> tuple[Rows, Embedded]:
        """Embed the chosen rows of the pool, first, and all own samples, anew."""
        rows = self.pool[chosen].then(self.own)
        distances = mahalanobis_distances(rows.measured, rows.whitening, self.sigma)
        rank = rows.whitening.shape[2]
        asked = settings.coordinates, settings.bandwidth, settings.neighbour, settings.selection
        found = embed(distances, *asked, rank=rank)
        rates = decay_rates(found.eigenvalues, found.facts["bandwidth"])
        parts = rows.measured, distances, found.eigenvectors, rates, rows.whitening
        return rows, Embedded.of(*parts, self.sigma)


def _side(rows: Rows, embedded: Embedded, width: int) -> Side:
    return Side(rows.measured, rows.whole, embedded.coordinates[:, :width])


def _matched_maps(
    matched: Matched, source: tuple[Rows, Embedded], target: tuple[Rows, Embedded], direction: str
) -> dict[str, Mapping[str, nn.Module]]:
    """Fit the maps of a match in one direction."""
    places = matched.forward if direction == "a_to_b" else matched.backward
    turns = {"intrinsic": matched.rotation, "intrinsic_zoomout": matched.spectral}
    if direction == "b_to_a":
        turns = {name: turn.mT for name, turn in turns.items()}
    ours, theirs = (_side(*one, len(matched.rotation)) for one in (source, target))
    whole = target[1].chart.carry(target[0].whole, places)
    dense = direct_rbf_map(source[0].measured, whole)
    return {"dense_direct_rbf": dense, **intrinsic_maps(ours, theirs, turns, 0.0)}


def _judge(stages: Mapping[str, nn.Module], source: Probed, target: Probed) -> float:
    predicted = source.test_measured
    for stage in stages.values():
        predicted = stage(predicted)
    error = relative_error(predicted, target.test_whole)
    return np.nan if error is None else error


def _matched(
    networks: Mapping[str, Probed], chosen: Tensor, settings: Diffusion, threshold: float
) -> tuple[Match, dict[str, tuple[Rows, Embedded]]]:
    """Match two networks by the chosen rows of the pool; nothing is embedded if ranks differ.

    Where a network has no diffusion map of these rows, there is no match.
    """
    ranks = {side: one.pool.whitening.shape[2] for side, one in networks.items()}
    if ranks["a"] != ranks["b"] or not ranks["a"]:
        return no_match(other_ranks(*ranks.values())), {}
    rows = torch.arange(len(chosen))
    try:
        both = {side: one.embedded(chosen, settings) for side, one in networks.items()}
        return match(both["a"][1], both["b"][1], Shared(rows, rows), threshold), both
    except DataError as error:
        return no_match(str(error)), {}


def _shared(probed: Probed, chosen: Tensor) -> Side:
    rows = probed.pool[chosen]
    return Side(rows.measured, rows.whole, rows.measured[:, :0])


def judge_choice(
    networks: Mapping[str, Probed],
    chosen: Tensor,
    settings: Diffusion,
    threshold: float,
) -> dict[str, Any]:
    """Return what comes of sharing the ``chosen`` rows of the pool: found, stress, and errors.

    ``errors`` are ``{(map, direction): relative error on held-out samples}`` of the maps that
    there are, ``right`` those of the match itself even if it was not called found.
    """
    found, both = _matched(networks, chosen, settings, threshold)
    errors, own = {}, {}
    for direction, (start, end) in DIRECTIONS.items():
        source, target = networks[start], networks[end]
        maps = shared_maps(_shared(source, chosen), _shared(target, chosen))
        if found.matched is not None:
            matched = _matched_maps(found.matched, both[start], both[end], direction)
            own[direction] = _judge(matched["dense_direct_rbf"], source, target)
            maps |= matched if found.found else {}
        for name, stages in maps.items():
            errors[name, direction] = _judge(stages, source, target)
    return {
        "found": found.found,
        "confidence": found.confidence,
        "stress": max(found.matched.stress.values()) if found.matched else np.inf,
        "right": bool(own) and max(own.values()) < RIGHT,
        "errors": errors,
    }


def choices(pool: int, counts: Sequence[int], number: int, seed: int) -> Iterator[Tensor]:
    """Yield the rows of the pool that every choice shares, count after count."""
    for count in counts:
        for choice in range(number):
            draw = generator(seed, f"shared inputs {count} {choice}")
            yield torch.from_numpy(draw.permutation(pool)[:count])


def study(
    networks: Mapping[str, Probed],
    counts: Sequence[int],
    number: int,
    settings: Diffusion,
    threshold: float,
    seed: int,
    workers: int,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays (counts, choices) and the facts of ``study.zarr``.

    ``counts`` are the numbers of shared inputs, each chosen ``number`` times from the pool of both
    ``networks`` (by side); ``settings`` are those of the diffusion map. A map that was not
    made has the error NaN.
    """
    chosen_rows = choices(len(networks["a"].pool.measured), counts, number, seed)
    calls = [(networks, chosen, settings, threshold) for chosen in chosen_rows]
    rows = list(on_workers(judge_choice, calls, workers, "choices"))
    shape = len(counts), number
    arrays = {
        name: np.array([row[name] for row in rows]).reshape(shape)
        for name in ("found", "right", "confidence", "stress")
    }
    for name in MAPS:
        for direction in DIRECTIONS:
            errors = [row["errors"].get((name, direction), np.nan) for row in rows]
            arrays[f"errors/{name}/{direction}"] = np.array(errors).reshape(shape)
    wrong = sum(row["found"] and not row["right"] for row in rows)
    facts = {"counts": counts, "choices": number, "maps": list(MAPS)}
    return arrays, {**facts, "wrong": wrong, "right_below": RIGHT}
