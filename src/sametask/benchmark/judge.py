"""Judge pairs of layers with known relations, by the verdict and by every similarity score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.progress import progress
from sametask.base.randomness import derived_seed, generator
from sametask.base.relations import RELATIONS, UNRELATED
from sametask.benchmark.tasks import relation
from sametask.benchmark.traps import Trap
from sametask.benchmark.zoo import Place
from sametask.config.sections.stage_sections import Verdict
from sametask.diffusion.embedding import embed
from sametask.geometry.covariance import covariance_spectrum
from sametask.geometry.metric import mahalanobis_distances, whitening
from sametask.splines.thin_plates import fit_radial_basis
from sametask.statistics.chance import Chance, draw_chance
from sametask.statistics.permutation import procrustes_test
from sametask.statistics.procrustes import procrustes
from sametask.statistics.similarity import SIMILARITIES
from sametask.verdict.layers.comparison import Evidence, gather
from sametask.verdict.layers.decision import confirm, decide
from sametask.verdict.layers.local_directions import local_dimension, local_scores

COORDINATES, NEIGHBOUR = 10, 10
# Which layers are compared: the outputs of two networks, or two hidden layers.
KINDS = {"outputs": ("outputs",), "hidden": ("hidden", "first")}


@dataclass(frozen=True)
class Pair:
    """Two layers of the zoo, and their true relation."""

    a: Place
    b: Place
    kind: str
    truth: str
    shuffled: bool = False


def halves(networks: int, seed: int) -> Tensor:
    """Return the half of every network of the zoo: calibration (0) or held out (1)."""
    order = generator(seed, "halves").permutation(networks)
    return torch.from_numpy(np.isin(np.arange(networks), order[networks // 2 :]).astype(int))


def choose_pairs(places: Sequence[Place], each: int, seed: int) -> list[Pair]:
    """Return pairs of layers of different networks: at most ``each`` of every kind and relation.

    Drawn at random. One in five unrelated pairs is a pair of equivalent layers, shuffled.
    """
    chosen = []
    for kind, members in KINDS.items():
        among = [place for place in places if place.kind in members]
        met = [(a, b) for a, b in product(among, among) if a.network != b.network]
        order = generator(seed, f"pairs {kind}").permutation(len(met))
        by_relation: dict[str, list[Pair]] = {name: [] for name in RELATIONS}
        seen = set()
        for place in order:
            a, b = met[place]
            # Either order of two layers may be drawn, but not both.
            key = frozenset({(a.network, a.kind), (b.network, b.kind)})
            truth = relation(a.knowledge, b.knowledge)
            if key not in seen and len(by_relation[truth]) < each:
                seen.add(key)
                by_relation[truth].append(Pair(a, b, kind, truth))
        fifth = each // 5
        shuffled = [
            Pair(pair.a, pair.b, kind, UNRELATED, shuffled=True)
            for pair in by_relation["equivalent"][:fifth]
        ]
        by_relation[UNRELATED] = by_relation[UNRELATED][: each - len(shuffled)] + shuffled
        chosen += [pair for pairs in by_relation.values() for pair in pairs]
    return chosen


@dataclass(frozen=True)
class Coordinates:
    """The diffusion coordinates of a layer at fit (N, k) and test samples (n, k)."""

    fit: Tensor
    test: Tensor


def coordinates(place: Place, share: float, sigma: float) -> Coordinates:
    """Return a layer's diffusion coordinates. Raises ``DataError`` if it has none."""
    cloud = place.layer.perturbed
    values, vectors = covariance_spectrum(cloud)
    _, rank = local_dimension(local_scores(cloud)[0], share)
    distances = mahalanobis_distances(place.layer.fit, whitening(values, vectors, rank), sigma)
    fit = embed(distances, COORDINATES, "knn", NEIGHBOUR, "leading", rank).eigenvectors
    return Coordinates(fit, fit_radial_basis(place.layer.fit, fit)(place.layer.test))


def _agreement(
    pair: Pair,
    embedded: Mapping[tuple[int, str], Coordinates | str],
    places: tuple[Tensor, Tensor] | None,
    orders: Tensor,
) -> tuple[float | None, list[str]]:
    """Return the p-value of the aligned coordinates, or ``None`` and why a layer has none.

    ``places`` are the orders of b's fit and test rows if the pair is shuffled.
    """
    a, b = (embedded[place.network, place.kind] for place in (pair.a, pair.b))
    if isinstance(a, str) or isinstance(b, str):
        return None, [why for why in (a, b) if isinstance(why, str)]
    if places is not None:
        b = Coordinates(b.fit[places[0]], b.test[places[1]])
    aligned, _ = procrustes_test(a.test @ procrustes(a.fit, b.fit), b.test, orders)
    return aligned["p_value"], []


def _row(pair: Pair, evidence: Evidence, scores: dict[str, float]) -> dict[str, Any]:
    """Return the benchmark's row of a pair, without the verdict."""
    local, r2 = evidence.local, evidence.plain()["r2"]
    lowest = min(low for low, _, _ in r2.values())
    return {
        "a": pair.a.name,
        "b": pair.b.name,
        "layers": [pair.a.kind, pair.b.kind],
        "kind": pair.kind,
        "shuffled": pair.shuffled,
        "truth": pair.truth,
        **evidence.plain(),
        "true_dimension": {"a": pair.a.dimension, "b": pair.b.dimension},
        "shares": {side: shares.tolist() for side, shares in local.spectrum.items()},
        "correlations": local.correlations.median(dim=0).values.tolist(),
        "scores": {"verdict": min(lowest, local.smallest.median().item()), **scores},
    }


def judge_pair(
    pair: Pair,
    embedded: Mapping[tuple[int, str], Coordinates | str],
    chance: Chance,
    settings: Verdict,
    seed: int,
) -> dict[str, Any]:
    """Return one row of the benchmark: truth, verdict, evidence, and every score.

    As in an experiment, the relation of a pair without diffusion coordinates rests on R² and local
    directions alone; ``failures`` say why there are none.
    """
    a = pair.a.layer
    places = pair.b.layer.orders(seed) if pair.shuffled else None
    b = pair.b.layer.reordered(*places) if places else pair.b.layer
    evidence = gather(a, b, chance.draws, settings)
    p_value, failures = _agreement(pair, embedded, places, chance.orders)
    relation = decide(evidence, settings)
    if p_value is not None:
        relation = confirm(relation, p_value, settings)
    scores = {name: score(a.test, b.test) for name, score in SIMILARITIES.items()}
    judged = {"relation": relation, "p_value": p_value, "failures": failures}
    return {**_row(pair, evidence, scores), **judged}


def judge_pairs(
    pairs: Sequence[Pair], settings: Verdict, shuffles: int, sigma: float, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield the row of every pair; the coordinates of a layer are computed once."""
    used = {(place.network, place.kind): place for pair in pairs for place in (pair.a, pair.b)}
    embedded: dict[tuple[int, str], Coordinates | str] = {}
    for key, place in progress(used.items(), "layers"):
        try:
            embedded[key] = coordinates(place, settings.share, sigma)
        except DataError as error:
            # A layer without coordinates must not stop the verdicts on others.
            embedded[key] = f"{place.name}, {place.kind}: {error}"
    samples = len(pairs[0].a.layer.test)
    chance = draw_chance(samples, settings.resamples, shuffles, seed)
    for number, pair in enumerate(progress(pairs, "pairs")):
        pairing = derived_seed(seed, f"shuffled pair {number}")
        yield judge_pair(pair, embedded, chance, settings, pairing)


def judge_traps(
    traps: Sequence[Trap],
    inputs: Mapping[str, Tensor],
    settings: Verdict,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Yield the row of every trap at the ``inputs`` of the zoo: truth, verdict and evidence.

    The relation rests on R² and local directions alone: no diffusion coordinates are computed.
    """
    draws = draw_chance(len(inputs["test"]), settings.resamples, 1, seed).draws
    for trap in progress(traps, "traps"):
        a, b = trap.layers(inputs, seed)
        evidence = gather(a, b, draws, settings)
        yield {
            "name": trap.name,
            "kind": trap.kind,
            "neurons": [layer.fit.shape[1] for layer in (a, b)],
            "samples": len(a.fit),
            "truth": trap.truth,
            "relation": decide(evidence, settings),
            **evidence.plain(),
        }
