"""The parts of the page of a population, in their order. To add one, add a function to ``PARTS``.

Each takes what was read and returns a part, or ``None`` where its stores are not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sametask.report.data.population import Studied
from sametask.report.pages.parts import Part
from sametask.report.pictures.picture import Picture
from sametask.report.pictures.population.attention import attention_pictures
from sametask.report.pictures.population.codes import codes_pictures
from sametask.report.pictures.population.gallery import gallery_pictures
from sametask.report.pictures.population.networks import network_pictures
from sametask.report.pictures.population.noise import noise_pictures
from sametask.report.pictures.population.pairs import pairs_pictures
from sametask.report.pictures.population.scaling import scaling_pictures
from sametask.report.pictures.population.statistics import statistics_pictures
from sametask.report.pictures.population.told import told_pictures
from sametask.report.pictures.population.views import view_pictures
from sametask.report.tables.codes import codes_tables
from sametask.report.tables.correlations import correlation_tables
from sametask.report.tables.grouped import Table
from sametask.report.tables.told import told_table
from sametask.report.wording.population import (
    chosen_sentence,
    guard_sentences,
    heading,
    limit_sentences,
    property_words,
)


def _no_tables(studied: Studied) -> list[Table]:
    return []


def _of_pictures(
    name: str,
    title: str,
    sentence: str,
    pictures: Callable[[Studied], list[Picture]],
    tables: Callable[[Studied], list[Table]] = _no_tables,
) -> Callable[[Studied], list[Part]]:
    """Return a part of figures and perhaps tables, which is left out where there are no figures."""

    def part(studied: Studied) -> list[Part]:
        drawn = pictures(studied)
        return [Part(name, title, [sentence], tables(studied), drawn)] if drawn else []

    return part


def told_parts(studied: Studied) -> list[Part]:
    """Return a part for each property that is told from weights."""
    return [
        Part(
            f"told-{name}",
            f"{heading(property_words(name))}, told from weights",
            [
                chosen_sentence(best),
                *guard_sentences(studied.guards(name)),
                *(limit_sentences(studied.limit) if name == "initialiser" else []),
            ],
            [told_table(studied, name)],
            told_pictures(studied, name),
        )
        for name in studied.properties
        if (best := studied.best(name))
    ]


PARTS: tuple[Callable[[Studied], list[Part]], ...] = (
    _of_pictures(
        "networks",
        "The networks",
        "What they learn, what there is to see of one of them, and how they differ.",
        network_pictures,
    ),
    told_parts,
    _of_pictures(
        "scaling",
        "How many networks are enough?",
        "Checkpoints of one network are alike: what counts is the number of networks.",
        scaling_pictures,
    ),
    _of_pictures(
        "statistics",
        "What statistics of the weights see",
        "Seven numbers of a network, which know nothing of which weight is where.",
        statistics_pictures,
        correlation_tables,
    ),
    _of_pictures(
        "views",
        "The population in the plane",
        "Neighbours in the plane are networks with similar weights, or statistics of them.",
        view_pictures,
    ),
    _of_pictures(
        "codes",
        "Weights in a few numbers",
        "Autoencoders put all weights into a few numbers, the code, and give the weights back.",
        codes_pictures,
        codes_tables,
    ),
    _of_pictures(
        "noise",
        "Noise",
        "How well weights are given back when they, or their codes, are disturbed.",
        noise_pictures,
    ),
    _of_pictures(
        "attention",
        "Attention",
        "Which parts of a network a model of its weights looks at, and whether that says how "
        "right the network is.",
        attention_pictures,
    ),
    _of_pictures(
        "pairs",
        "Pairs of networks",
        "Do weights say which networks learned the same task? The verdict on the task, which "
        "compares what they compute, beside distances of their weights.",
        pairs_pictures,
    ),
    _of_pictures(
        "gallery",
        "The best and the worst",
        "What good networks look like, beside bad ones.",
        gallery_pictures,
    ),
)


def parts_of(studied: Studied) -> Iterator[Part]:
    """Yield the parts of a page that have something to show."""
    for part in PARTS:
        yield from part(studied)
