"""Words about networks with fewer neurons: how good they are, and whether they are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sametask.neurons.shrinking.quality import Curve
from sametask.neurons.shrinking.summary import band, larger_area, larger_quality
from sametask.report.data.ensemble import Ensemble
from sametask.report.wording.numbers import listed, number
from sametask.weights.scores import Score

METHODS = {
    "rho1": "ρ₁",
    "rho2": "ρ₂",
    "medoids": "medoids",
    "own": "own rows",
    "low-variance": "best known",
    "collinear": "least collinear",
    "qpfs": "QPFS",
    "qpfs-rho2": "QPFS by ρ₂",
    "magnitude": "largest weights",
    "torch-pruning": "torch-pruning",
}
WAYS = {
    "tie": "tied",
    "fold": "folded",
    "drop": "dropped",
    "refit": "refit",
}
# The share of the quality of whole networks that is to be kept.
KEPT = 0.95
# The method that answers and the ways, the first that there is: fixed, not the best that was found.
ANSWER, FOLDED = "rho1", ("fold", "tie")
# The relation by which a network is the same, by the verdict.
SAME = {"task": "same_task", "layer": "equivalent"}
# Shares of the neurons at which methods are compared.
SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)


def least_size(curve: Curve, way: str, classifies: bool) -> int | None:
    """Return from which size on the mean quality is at least 95 % of that of whole networks.

    All larger sizes keep as much. Errors are at most those of whole networks over 0.95. ``None``
    only where whole networks have no quality.
    """
    quality = np.nanmean(curve.quality[way], axis=(0, 1))
    whole = quality[-1]
    kept = quality >= KEPT * whole if classifies else quality <= whole / KEPT
    return first_kept(curve.sizes, kept)


def first_kept(sizes: np.ndarray, kept: np.ndarray) -> int | None:
    """Return the size from which on everything is kept (n,); ``None`` if the last one is not."""
    lost = np.flatnonzero(~kept)
    first = lost[-1] + 1 if lost.size else 0
    return int(sizes[first]) if first < len(sizes) else None


def compared_places(sizes: np.ndarray) -> list[int]:
    """Return the places of the sizes that are nearest to ``SHARES``, none of them the last."""
    wanted = np.log(np.array(SHARES) * sizes[-1])
    smaller = np.log(sizes[:-1])
    return sorted({int(np.abs(smaller - one).argmin()) for one in wanted}) if smaller.size else []


def at_size(curve: Curve, way: str, place: int, seed: int) -> Score:
    """Return the mean quality at one of the sizes, with its interval."""
    low, mean, high, _ = band(curve.quality[way][..., [place]], seed)[:, 0]
    return Score(low, mean, high)


def quality_text(score: Score, classifies: bool) -> str:
    """Return an accuracy with three digits after the point, or an error with three digits.

    Also a difference of them; with the ends of its interval.
    """
    shown: Callable[[float], str] = (lambda value: f"{value:.3f}") if classifies else number
    text = f"{shown(score.estimate)} [{shown(score.low)},\u00a0{shown(score.high)}]"
    return text.replace("-", "−").replace("−0.000", "0.000")


def answering(curves: Mapping[str, Curve]) -> tuple[str, str] | None:
    """Return the method and the way that answer: fixed beforehand, whatever is best."""
    if not curves:
        return None
    method = ANSWER if ANSWER in curves else next(iter(curves))
    ways = curves[method].quality
    return method, next((way for way in FOLDED if way in ways), next(iter(ways)))


def merged_sentences(ensemble: Ensemble) -> Iterator[str]:
    """Say how few neurons keep 95 % of the quality, and how few with the source's scheme."""
    for layer in ensemble.shrunk_layers[:1]:
        curves = ensemble.curves(layer)
        chosen = answering(curves)
        if chosen is None:
            return
        method, way = chosen
        text = _kept(curves[method], way, ensemble)
        if text:
            yield (
                f"{text} ({METHODS[method]}, {WAYS[way]}: fixed beforehand. The size is read off "
                "the held-out means over all networks and splits, with their 95 % intervals)."
            )
        source = ensemble.source_curves(layer).get(ANSWER)
        if source is not None:
            yield from _source(source, curves[method], way, ensemble)


def _kept(curve: Curve, way: str, ensemble: Ensemble) -> str:
    least = least_size(curve, way, ensemble.classifies)
    if least is None:
        return ""
    ends = int(np.searchsorted(curve.sizes, least)), len(curve.sizes) - 1
    fewer, whole = (
        quality_text(at_size(curve, way, end, ensemble.seed), ensemble.classifies) for end in ends
    )
    measure = "accuracy" if ensemble.classifies else "mean square error"
    if least == curve.sizes[-1]:
        return f"No fewer than all {least} neurons keep 95 % of the quality; {measure}: {whole}"
    return (
        f"95 % of the quality is kept from {least} of {curve.sizes[-1]} neurons on: {measure} "
        f"{fewer}, with all neurons {whole}"
    )


def _source(source: Curve, ours: Curve, way: str, ensemble: Ensemble) -> Iterator[str]:
    least = least_size(source, "tie", ensemble.classifies)
    above = larger_area(ours, way, source, "tie", ensemble.seed)
    yield (
        "With the scheme of the source (other seeds, neurons as trained, ρ₁, rows tied) 95 % of "
        f"the quality needs {least} of {source.sizes[-1]} neurons. Over all sizes, ours less the "
        f"source’s is {quality_text(above, ensemble.classifies)} (the area between the curves, of "
        f"{'accuracy' if ensemble.classifies else 'mean square error'})."
    )


def difference_sentences(curves: Mapping[str, Curve], ensemble: Ensemble) -> list[str]:
    """Say at which of the compared sizes the Wasserstein distance is better than the Euclidean."""
    if not {"rho1", "rho2"} <= set(curves):
        return []
    one, other = curves["rho2"], curves["rho1"]
    places, parts = compared_places(one.sizes), []
    for way in one.quality:
        apart = larger_quality(one, other, way, ensemble.seed)
        sides = [_side(apart[place], ensemble.classifies) for place in places]
        parts.append(f"{WAYS[way]}, better at {sides.count(1)} and worse at {sides.count(-1)}")
    return [
        f"Is the Wasserstein distance ρ₂ better than ρ₁, on the same networks? Of {len(places)} "
        f"sizes: {'; '.join(parts)}, by 95 % intervals of the paired difference, which are not "
        "adjusted for several sizes."
    ]


def _side(score: Score, classifies: bool) -> int:
    """Return 1 where the difference is for the better, −1 for the worse, 0 where it may be 0."""
    higher = int(score.low > 0) - int(score.high < 0)
    return higher if classifies else -higher


def sameness_sentence(
    judged: Sequence[Mapping[str, Any]], method: str, curve: Curve | None, classifies: bool
) -> str:
    """Say from which size on shrunk networks are still the same, and from which their quality is.

    Both as the last way of the ``curve`` of the method that the judged networks are shrunk by.
    """
    sizes, quality = np.unique([one["size"] for one in judged]), ""
    if curve is not None:
        way = list(curve.quality)[-1]
        accurate = least_size(curve, way, classifies)
        quality = (
            f"95 % of the quality is kept from {accurate} neurons on, over all networks "
            f"({METHODS[method]}, {WAYS[way]}). "
        )
    verdicts = listed(
        [f"{_same_from(judged, sizes, what)} by the verdict on the {what}" for what in SAME]
    )
    return (
        f"Most of the judged networks are the same as the original {verdicts}. {quality}"
        f"{_itself(judged, sizes[-1])}"
    )


def _same_from(judged: Sequence[Mapping[str, Any]], sizes: np.ndarray, what: str) -> str:
    shares = [
        np.mean([one[what] == SAME[what] for one in judged if one["size"] == size])
        for size in sizes
    ]
    first = first_kept(sizes, np.array(shares) > 0.5)
    return "at no size" if first is None else f"from {first} neurons on"


def _itself(judged: Sequence[Mapping[str, Any]], whole: int) -> str:
    """Return the control: what verdicts say of whole networks beside themselves."""
    there = [one for one in judged if one["size"] == whole]
    counts = [
        f"{sum(one[what] == same for one in there)} by the {what}" for what, same in SAME.items()
    ]
    return (
        "A verdict that does not decide does not count as the same: of "
        f"{len(there)} whole networks beside themselves, {listed(counts)} are the same."
    )
