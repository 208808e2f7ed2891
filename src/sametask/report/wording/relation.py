"""Relations between layers in words and symbols, and the matrix of all relations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sametask.base.relations import A_DETERMINES_B, B_DETERMINES_A, EQUIVALENT, PARTIAL, UNRELATED
from sametask.report.wording.addresses import file_name

# Symbols and words say the same as the colours: no reader depends on colours. The words of a
# badge name the determining network first, so both of its arrows point to the right.
SYMBOLS = {
    EQUIVALENT: "⇄",
    A_DETERMINES_B: "→",
    B_DETERMINES_A: "→",
    PARTIAL: "◐",
    UNRELATED: "○",
}
# A relation between a and b as a relation between b and a; the others are symmetric.
MIRRORED = {A_DETERMINES_B: B_DETERMINES_A, B_DETERMINES_A: A_DETERMINES_B}
MEANINGS = {
    EQUIVALENT: "each layer can be computed from the other",
    A_DETERMINES_B: "b's layer can be computed from a's layer, but not a's from b's",
    PARTIAL: "each layer contains something that cannot be computed from the other",
    UNRELATED: "no function from either layer to the other was found",
}
# Words and symbols of a cell in a matrix, where the row comes before and the column behind them.
ROW_WORDS = {A_DETERMINES_B: "determines", B_DETERMINES_A: "is determined by"}
ROW_SYMBOLS = {**SYMBOLS, B_DETERMINES_A: "←"}


@dataclass(frozen=True)
class Badge:
    """A relation as it is shown; ``alarm`` if a control makes it meaningless."""

    relation: str
    symbol: str
    text: str
    alarm: bool = False


@dataclass(frozen=True)
class Link:
    """A cell of the matrix: a badge and the address of the pair."""

    badge: Badge
    href: str


def relation_words(relation: str, a: str, b: str) -> str:
    """Return a relation between networks a and b in words."""
    return {
        EQUIVALENT: "Equivalent",
        A_DETERMINES_B: f"{a} determines {b}",
        B_DETERMINES_A: f"{b} determines {a}",
        PARTIAL: "Partly shared",
        UNRELATED: "No function found",
    }[relation]


@dataclass(frozen=True)
class Vocabulary:
    """The words for one kind of relations, of layers or of tasks, as badges and matrices need them.

    ``words`` take a relation and two names; ``mirrored`` are relations of b and a, by those of a
    and b; ``row_words`` and ``row_symbols`` stand in a cell between row and column; ``relation``
    and ``alarming`` are read from a ``verdict.json``.
    """

    symbols: Mapping[str, str]
    words: Callable[[str, str, str], str]
    mirrored: Mapping[str, str]
    row_words: Mapping[str, str]
    row_symbols: Mapping[str, str]
    relation: Callable[[Mapping[str, Any]], str]
    alarming: Callable[[Mapping[str, Any]], bool]


LAYERS = Vocabulary(
    SYMBOLS,
    relation_words,
    MIRRORED,
    ROW_WORDS,
    ROW_SYMBOLS,
    relation=lambda verdict: verdict["relation"],
    alarming=lambda verdict: bool(verdict["alarms"]),
)


def badge(verdict: Mapping[str, Any], of: Vocabulary = LAYERS) -> Badge:
    """Return the badge of a ``verdict.json``."""
    relation, (a, b) = of.relation(verdict), names_of(verdict)
    return Badge(relation, of.symbols[relation], of.words(relation, a, b), of.alarming(verdict))


def names_of(verdict: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of networks a and b."""
    return verdict["networks"]["a"]["name"], verdict["networks"]["b"]["name"]


def pair_id(verdict: Mapping[str, Any]) -> str:
    """Return a pair's name as it stands in addresses."""
    return file_name("-".join(names_of(verdict)))


def seen_from_rows(
    verdicts: Iterable[Mapping[str, Any]], of: Vocabulary = LAYERS
) -> dict[tuple[str, str], tuple[str, Mapping[str, Any]]]:
    """Return ``{(row, column): (relation, verdict)}``, with every pair in both orders.

    ``relation`` is that of the row to the column: a is the row's network, b is the column's.
    """
    cells = {}
    for verdict in verdicts:
        (a, b), relation = names_of(verdict), of.relation(verdict)
        cells[a, b] = relation, verdict
        cells[b, a] = of.mirrored.get(relation, relation), verdict
    return cells


def _link(relation: str, verdict: Mapping[str, Any], page: str, of: Vocabulary) -> Link:
    text = of.row_words.get(relation) or of.words(relation, "", "")
    cell = Badge(relation, of.row_symbols[relation], text, of.alarming(verdict))
    return Link(cell, f"{page}#verdict-{pair_id(verdict)}")


def matrix(
    networks: Iterable[str],
    verdicts: Sequence[Mapping[str, Any]],
    page: str = "",
    of: Vocabulary = LAYERS,
) -> list[tuple[str, list[tuple[str, Link | None]]]]:
    """Return the rows of the matrix of relations: a network, and its cells by column.

    A cell reads "row … column"; it is ``None`` where a pair was not compared. ``page`` is the
    address of the page with the pairs, if it is another one.
    """
    seen = seen_from_rows(verdicts, of)
    cells = {key: _link(*cell, page, of) for key, cell in seen.items()}
    names = list(networks)
    return [(row, [(column, cells.get((row, column))) for column in names]) for row in names]
