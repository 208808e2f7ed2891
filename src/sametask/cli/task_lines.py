"""The verdict on the task as lines of text on a terminal, and both answers one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sametask.base.relations import (
    A_CONTAINS_B,
    B_CONTAINS_A,
    DIRECTIONS,
    OTHER_TASK,
    SAME_TASK,
    UNDECIDED,
)
from sametask.cli.verdict_lines import matrix, verdict_text
from sametask.report.wording.task import TASKS

# The relation of a row to a column, in characters that every terminal font has.
SIGNS = {SAME_TASK: "=", A_CONTAINS_B: ">", B_CONTAINS_A: "<", OTHER_TASK: "x", UNDECIDED: "?"}
WORDS = {
    SAME_TASK: "same task",
    A_CONTAINS_B: "row does column's task and more",
    B_CONTAINS_A: "column does row's task and more",
    OTHER_TASK: "different tasks",
    UNDECIDED: "cannot be told here",
}
LEGEND = ", ".join(f"{sign} {WORDS[relation]}" for relation, sign in SIGNS.items())
PLACES = ("layer", "answers")


def _line(way: str, place: str, facts: Mapping[str, Any]) -> str:
    """Return one direction at one place: how many samples a map needs, and the task share."""
    needed, last = facts["inputs_needed"], facts["numbers"][-1]

    def amount(start: str) -> str:
        return f"{needed[start]:,}" if start in needed else f"more than {last:,}"

    share = "cannot be told"
    if "share" in facts:
        low, estimate, high = facts["share"]
        share = f"{estimate:z.2f} [{low:z.2f}, {high:z.2f}]"
    return (
        f"{way}, {place}: shared inputs needed {amount('source')} "
        f"(raw input: {amount('inputs')}), task share {share}"
    )


def _evidence_lines(verdict: Mapping[str, Any]) -> Iterator[str]:
    task, networks = verdict["task"], verdict["networks"]
    for direction, (source, target) in DIRECTIONS.items():
        way = f"{networks[source]['name']} → {networks[target]['name']}"
        for place in PLACES:
            yield _line(way, place, task[direction][place])


def task_text(verdict: Mapping[str, Any]) -> str:
    """Return the verdict on the task: the sentence, evidence, notes."""
    task = verdict["task"]
    lines = [task["sentence"], *(f"  {text}" for text in _evidence_lines(verdict))]
    return "\n".join([*lines, *(f"  note: {text}" for text in task["notes"])])


def pair_text(verdict: Mapping[str, Any]) -> str:
    """Return both answers on a pair: what the networks learned, then what the layers hold."""
    return f"{task_text(verdict)}\nLayers: {verdict_text(verdict)}"


def task_matrix(verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Return the relations of the tasks of all networks as a table of signs, rows to columns."""
    return matrix(verdicts, TASKS, SIGNS, LEGEND)


def both_matrices(verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Return the tables of both answers, each under its heading."""
    return (
        f"What they learned:\n{task_matrix(verdicts)}\n\nWhat the layers hold:\n{matrix(verdicts)}"
    )
