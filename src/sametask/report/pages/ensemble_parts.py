"""The parts of the page of an ensemble, in their order. To add one, add a function to ``PARTS``.

Each takes what was read and returns parts, none where its stores are not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sametask.report.data.ensemble import Ensemble
from sametask.report.pages.parts import Part
from sametask.report.pictures.ensemble.arrangement import arrangement_pictures, circle_pictures
from sametask.report.pictures.ensemble.covariances import covariance_pictures
from sametask.report.pictures.ensemble.distillation import distillation_pictures
from sametask.report.pictures.ensemble.learned import learned_pictures
from sametask.report.pictures.ensemble.networks import (
    identity_pictures,
    loss_pictures,
    quality_pictures,
)
from sametask.report.pictures.ensemble.series import ssa_pictures
from sametask.report.pictures.ensemble.shrinking import sameness_picture, shrinking_picture
from sametask.report.pictures.picture import Picture
from sametask.report.tables.circles import circle_tables
from sametask.report.tables.distillation import compared_table, distillation_table
from sametask.report.tables.shrinking import shrinking_tables
from sametask.report.wording.distillation import distillation_sentences
from sametask.report.wording.ensemble import narrower_sentences, quality_words
from sametask.report.wording.shrinking import (
    difference_sentences,
    sameness_sentence,
)

Parts = Callable[[Ensemble], list[Part]]


def _of_pictures(
    name: str, title: str, sentence: str, pictures: Callable[[Ensemble], list[Picture]]
) -> Parts:
    """Return a part of figures, which is left out where there are none."""

    def part(ensemble: Ensemble) -> list[Part]:
        drawn = pictures(ensemble)
        return [Part(name, title, [sentence], pictures=drawn)] if drawn else []

    return part


def circle_parts(ensemble: Ensemble) -> list[Part]:
    """Return what was found of a circle, of other rhythms and of narrower networks."""
    if ensemble.circle is None:
        return []
    sentences = [
        "Neurons that give back the numbers of a window, one each, are in the order of time. Where "
        "a rhythm dominates, their weights are its sine and cosine, and they run round a circle.",
        *narrower_sentences(ensemble),
    ]
    tables, pictures = circle_tables(ensemble), circle_pictures(ensemble)
    return [Part("circle", "A circle of neurons", sentences, tables, pictures)]


def shrinking_parts(ensemble: Ensemble) -> list[Part]:
    """Return what fewer neurons of each layer cost, by what is merged or left out."""
    return [
        Part(
            f"shrinking-{layer}",
            "Fewer neurons" if layer == ensemble.layer else f"Fewer neurons of layer {layer}",
            [
                "Neurons of a cluster are merged, or neurons are left out. Networks are not "
                "trained again; where it says refit, the weights out of what is left are fitted.",
                *difference_sentences(ensemble.curves(layer), ensemble),
            ],
            shrinking_tables(ensemble, layer),
            [shrinking_picture(ensemble, layer)],
        )
        for layer in ensemble.shrunk_layers
        if ensemble.curves(layer)
    ]


def sameness_parts(ensemble: Ensemble) -> list[Part]:
    """Return whether shrunk networks are still the same, by layer, if that was judged."""
    if ensemble.sameness is None:
        return []
    parts, method = [], ensemble.sameness["method"]
    for name, judged in ensemble.sameness["layers"].items():
        curve = ensemble.curves(int(name)).get(method)
        sentence = sameness_sentence(judged, method, curve, ensemble.classifies)
        picture = sameness_picture(judged, int(name), f"{quality_words(ensemble)}, held out")
        parts.append(
            Part(f"sameness-{name}", "Still the same network?", [sentence], pictures=[picture])
        )
    return parts


def distillation_parts(ensemble: Ensemble) -> list[Part]:
    """Return how good small students are, if any were taught."""
    found = ensemble.distillation
    if found is None:
        return []
    sentences = distillation_sentences(found)
    tables = [distillation_table(found), compared_table(found)]
    pictures = distillation_pictures(ensemble)
    return [Part("distillation", "Distillation", sentences, tables, pictures)]


PARTS: tuple[Parts, ...] = (
    _of_pictures(
        "learned",
        "What the networks learn",
        "Some of the rows, as they were measured.",
        learned_pictures,
    ),
    _of_pictures(
        "networks",
        "The networks",
        "What the networks of each scheme reach on rows that none of them has learned.",
        lambda ensemble: quality_pictures(ensemble) + loss_pictures(ensemble),
    ),
    _of_pictures(
        "ssa",
        "Singular spectrum analysis",
        "What linear components make of the same series, without any network.",
        ssa_pictures,
    ),
    _of_pictures(
        "identity",
        "Gauge and identity",
        "A mean over networks means something only where neuron i of one network is neuron i of "
        "the others.",
        identity_pictures,
    ),
    _of_pictures(
        "covariances",
        "Covariances",
        "How far neurons would be elsewhere, had the networks learned from other rows.",
        covariance_pictures,
    ),
    _of_pictures(
        "arrangement",
        "Arrangement of the neurons",
        "Neurons that lie near to each other, as far as they are known at all, can be merged.",
        arrangement_pictures,
    ),
    circle_parts,
    shrinking_parts,
    sameness_parts,
    distillation_parts,
)


def parts_of(ensemble: Ensemble) -> Iterator[Part]:
    """Yield the parts of a page that have something to show."""
    for part in PARTS:
        yield from part(ensemble)
