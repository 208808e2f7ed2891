"""Relations between the tasks of two networks in words and symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sametask.base.relations import (
    A_CONTAINS_B,
    B_CONTAINS_A,
    OTHER_TASK,
    SAME_TASK,
    UNDECIDED,
)
from sametask.report.wording.relation import LAYERS, Badge, Vocabulary, matrix

# The words of a badge name the network that learned more first.
SYMBOLS = {SAME_TASK: "=", A_CONTAINS_B: "⊃", B_CONTAINS_A: "⊃", OTHER_TASK: "≠", UNDECIDED: "?"}
MEANINGS = {
    SAME_TASK: "a simple map from a few shared inputs gives the other's answers, both ways; from "
    "the raw input it does not",
    A_CONTAINS_B: "a learned what b does, but b did not learn what a does",
    OTHER_TASK: "neither network is seen to have learned what the other does",
    UNDECIDED: "these inputs cannot tell: the raw input already does as well as a trained network",
}


def task_words(relation: str, a: str, b: str) -> str:
    """Return a relation between the tasks of networks a and b in words."""
    return {
        SAME_TASK: "Same task",
        A_CONTAINS_B: f"{a} does {b}'s task and more",
        B_CONTAINS_A: f"{b} does {a}'s task and more",
        OTHER_TASK: "Different tasks",
        UNDECIDED: "Cannot be told here",
    }[relation]


def task_legend() -> list[tuple[Badge, str]]:
    """Return the badges of all relations of tasks, with their meanings."""
    return [
        (Badge(relation, SYMBOLS[relation], task_words(relation, "a", "b")), meaning)
        for relation, meaning in MEANINGS.items()
    ]


def _relation(verdict: Mapping[str, Any]) -> str:
    return verdict["task"]["relation"]


TASKS = Vocabulary(
    SYMBOLS,
    task_words,
    mirrored={A_CONTAINS_B: B_CONTAINS_A, B_CONTAINS_A: A_CONTAINS_B},
    row_words={A_CONTAINS_B: "does its task and more", B_CONTAINS_A: "does a part of its task"},
    row_symbols={**SYMBOLS, B_CONTAINS_A: "⊂"},
    relation=_relation,
    # The controls of a verdict on a task are its floors: they are part of the decision.
    alarming=lambda verdict: False,
)


def matrices(
    networks: Iterable[str], verdicts: Sequence[Mapping[str, Any]], page: str = ""
) -> dict[str, list]:
    """Return the matrices of both answers by heading, see ``relation.matrix``."""
    kinds = {"What they learned": TASKS, "What the layers hold": LAYERS}
    return {title: matrix(networks, verdicts, page, of) for title, of in kinds.items()}
