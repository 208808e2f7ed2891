"""Words about students that are taught with a teacher's posterior as their prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
    return [
        f"A teacher of {teacher} parameters teaches Bayesian students of {student} "
        f"({share(student / teacher)}). Their prior is the teacher’s posterior, with the neurons "
        "and layers that they lack taken out of it.",
        "With scale and temperature 1, nothing chosen: "
        + _by_rows(found["rows"], compared[PLAIN_RIVAL]),
        "The fair rival N(0, I) has its scale and temperature chosen on validation rows, as the "
        "transformed prior has: " + _by_rows(found["rows"], compared[FAIR_RIVAL]),
    ]


def _by_rows(rows: Sequence[int], one: Mapping[str, Any]) -> str:
    """Return paired differences of −ln p with their p, by how many rows students learned from."""
    keys = ("difference", "low", "high", "p_t", "p_wilcoxon")
    parts = []
    for count, *values in zip(rows, *(one[key] for key in keys), strict=True):
        difference, low, high, *chances = values
        side = "undecided" if max(chances) >= LEVEL else "better" if difference < 0 else "worse"
        shown = f"{difference:.3f} [{low:.3f}, {high:.3f}]".replace("-", "−")
        t, ranks = map(number, chances)
        parts.append(f"{count} rows {shown}, p = {t} (t) and {ranks} (Wilcoxon): {side}")
    return (
        "the transformed prior’s −ln p less that of N(0, I), in nats, is for "
        + "; ".join(parts)
        + "."
    )
