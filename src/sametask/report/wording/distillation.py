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
# The comparison in which nothing is chosen; and the arm that is compared with fair rivals.
PLAIN_RIVAL, CHOOSING = ("transformed-1", "isotropic-1"), "transformed"


def distillation_sentences(found: Mapping[str, Any]) -> list[str]:
    """Return how small the students are, and whether the transformed prior makes them better."""
    teacher, student = (found[who]["parameters"] for who in ("teacher", "student"))
    compared = {(one["arm"], one["against"]): one for one in found["compared"]}
    fair = {against: one for (arm, against), one in compared.items() if arm == CHOOSING}
    return [
        f"A teacher of {teacher} parameters teaches Bayesian students of {student} "
        f"({share(student / teacher)}). Their prior is the teacher’s posterior, with the neurons "
        "and layers that they lack taken out of it.",
        "Held-out −ln p of the transformed prior, against N(0, I), both with scale and temperature "
        f"1, nothing chosen: {_counted(compared[PLAIN_RIVAL])}. Significant: p < {LEVEL} by both "
        "tests, adjusted over the numbers of rows.",
        "The fair rivals choose as much on validation rows as the transformed prior. "
        + " ".join(f"Against {ARMS[name]}: {_counted(one)}." for name, one in fair.items()),
    ]


def _counted(one: Mapping[str, Any]) -> str:
    """Return at how many numbers of rows a paired difference is below 0, by both tests."""
    lower = np.array(one["difference"]) < 0
    tests = np.array([one["p_t"], one["p_wilcoxon"]])
    sure = (lower & (tests < LEVEL).all(axis=0)).sum()
    worse = (~lower & (tests < LEVEL).all(axis=0)).sum()
    higher = f", significantly higher at {worse}" if worse else ""
    return (
        f"lower at {lower.sum()} of {len(lower)} numbers of rows, significantly at {sure}{higher} "
        f"(largest p: {number(tests[0].max())} by t, {number(tests[1].max())} by Wilcoxon)"
    )
