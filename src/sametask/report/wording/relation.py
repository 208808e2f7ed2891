"""A verdict in words, symbols and colours, and the matrix of all verdicts of an experiment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sametask.base.relations import A_DETERMINES_B, B_DETERMINES_A, EQUIVALENT, PARTIAL, UNRELATED
from sametask.report.pages.rendering import file_name

# Symbols and words say what the colours say: nobody has to tell colours apart. The arrow goes
# with words such as "b determines a".
SYMBOLS = {
    EQUIVALENT: "⇄",
    A_DETERMINES_B: "→",
    B_DETERMINES_A: "→",
    PARTIAL: "◐",
    UNRELATED: "○",
}
MIRRORED = {A_DETERMINES_B: B_DETERMINES_A, B_DETERMINES_A: A_DETERMINES_B}
MEANINGS = {
    EQUIVALENT: "each layer can be computed from the other",
    A_DETERMINES_B: "b's layer can be computed from a's, not the other way round",
    PARTIAL: "each layer holds something that cannot be computed from the other",
    UNRELATED: "neither layer tells anything measurable about the other",
}


@dataclass(frozen=True)
class Badge:
    """A relation as it is shown; ``alarm`` if a control takes its meaning away."""

    relation: str
    symbol: str
    text: str
    alarm: bool = False


@dataclass(frozen=True)
class Link:
    """A cell of the matrix: a badge and the place that says more."""

    badge: Badge
    href: str


def relation_words(relation: str, a: str, b: str) -> str:
    """Return a relation between networks a and b in words."""
    return {
        EQUIVALENT: "Equivalent",
        A_DETERMINES_B: f"{a} determines {b}",
        B_DETERMINES_A: f"{b} determines {a}",
        PARTIAL: "Partly shared",
        UNRELATED: "Unrelated",
    }[relation]


def badge(verdict: Mapping[str, Any]) -> Badge:
    """Return the badge of a ``verdict.json``."""
    relation, (a, b) = verdict["relation"], names_of(verdict)
    text = relation_words(relation, a, b)
    return Badge(relation, SYMBOLS[relation], text, bool(verdict["alarms"]))


def names_of(verdict: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of networks a and b."""
    return verdict["networks"]["a"]["name"], verdict["networks"]["b"]["name"]


def pair_id(verdict: Mapping[str, Any]) -> str:
    """Return a pair's name as it stands in addresses."""
    return file_name("-".join(names_of(verdict)))


def _seen_from_row(verdict: Mapping[str, Any], mirrored: bool, page: str) -> Link:
    relation = verdict["relation"]
    if mirrored:
        relation = MIRRORED.get(relation, relation)
    short = {A_DETERMINES_B: "determines", B_DETERMINES_A: "is determined by"}
    text = short.get(relation) or relation_words(relation, "", "")
    # The words of a cell are about its row: the arrow points there if the column determines it.
    symbol = "←" if relation == B_DETERMINES_A else SYMBOLS[relation]
    one = Badge(relation, symbol, text, bool(verdict["alarms"]))
    return Link(one, f"{page}#verdict-{pair_id(verdict)}")


def matrix(
    networks: Iterable[str], verdicts: Sequence[Mapping[str, Any]], page: str = ""
) -> list[tuple[str, list[tuple[str, Link | None]]]]:
    """Return the rows of the matrix of relations: a network, and its cells by column.

    A cell reads "row … column"; it is ``None`` where a pair was not compared. ``page`` is the
    address of the page with the pairs, if it is another one.
    """
    cells: dict[tuple[str, str], Link] = {}
    for verdict in verdicts:
        a, b = names_of(verdict)
        cells[a, b] = _seen_from_row(verdict, False, page)
        cells[b, a] = _seen_from_row(verdict, True, page)
    names = list(networks)
    return [(row, [(column, cells.get((row, column))) for column in names]) for row in names]
