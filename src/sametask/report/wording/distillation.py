"""Words about students that are taught with a teacher's posterior as their prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.report.wording.numbers import number, share

ARMS = {
    "transformed": "transformed prior",
    "mean": "transformed mean only",
    "covariance": "transformed covariance only",
    "isotropic": "N(0, I)",
    "pruned": "no prior, starts from the mean",
    "plain": "no prior",
    "transformed-1": "transformed prior, nothing chosen",
    "isotropic-1": "N(0, I), nothing chosen",
}
ORDERS = {
    "signal": "least signal, mᵀ Σ⁻¹ m",
    "magnitude": "least magnitude, ‖m‖",
    "random": "any",
}
# Below this p, after Holm's adjustment, a difference is one.
LEVEL = 0.05
# The comparison in which nothing is chosen, and the fair rival: both choose as much.
PLAIN_RIVAL, FAIR_RIVAL = ("transformed-1", "isotropic-1"), ("transformed", "isotropic")


def distillation_sentences(found: Mapping[str, Any]) -> list[str]:
    """Return how small the students are, and whether the transformed prior makes them better."""
    teacher, student = (found[who]["parameters"] for who in ("teacher", "student"))
    compared = {(one["arm"], one["against"]): one for one in found["compared"]}
    fair = {against: one for (arm, against), one in compared.items() if arm == FAIR_RIVAL[0]}
    return [
        f"A teacher of {teacher} parameters teaches Bayesian students of {student} "
        f"({share(student / teacher)}). Their prior is the teacher’s posterior, with the neurons "
        "and layers that they lack taken out of it.",
        "With scale and temperature 1, nothing chosen, the held-out −ln p is lower than with "
        f"N(0, I) {_counted(compared[PLAIN_RIVAL])}.",
        "The fair rivals choose as much on validation rows as the transformed prior. "
        + " ".join(f"Against {ARMS[name]}: lower {_counted(one)}." for name, one in fair.items()),
    ]


def _counted(one: Mapping[str, Any]) -> str:
    """Return at how many numbers of rows a paired difference is below 0, by two tests."""
    lower = np.array(one["difference"]) < 0
    tests = {"t": one["p_t"], "Wilcoxon": one["p_wilcoxon"]}
    counts = [f"{(lower & (np.array(p) < LEVEL)).sum()} by {name}" for name, p in tests.items()]
    largest = [f"{number(max(p))}" for p in tests.values()]
    return (
        f"at {lower.sum()} of {len(lower)} numbers of rows ({' and '.join(counts)} at the level "
        f"{LEVEL}; the largest p is {' and '.join(largest)})"
    )
