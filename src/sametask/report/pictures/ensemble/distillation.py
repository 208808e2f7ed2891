"""How good small students are, by the prior that they have, and how far they can be shrunk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.report.data.ensemble import Ensemble
from sametask.report.figures.ensemble.distillation import draw_distillation, draw_shrunk_students
from sametask.report.pictures.picture import Picture
from sametask.report.wording.distillation import ARMS, CHOOSING, ORDERS


def distillation_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return errors of all students over rows, and accuracies of those that are shrunk further."""
    found = ensemble.distillation
    return [] if found is None else [_by_prior(found), _shrunk(found["shrunk"])]


def _by_prior(found: Mapping[str, Any]) -> Picture:
    arms = {ARMS[name]: np.array(arm["nll"]) for name, arm in found["arms"].items()}
    differences = {
        ARMS[one["against"]]: np.array([one[key] for key in ("difference", "low", "high")])
        for one in found["compared"]
        if one["arm"] == CHOOSING
    }
    return Picture(
        "distillation",
        "Students by their prior",
        draw_distillation(np.array(found["rows"]), arms, differences),
        "Held-out error of students over the rows that they learn from, by prior.",
        "Bars: 95 % intervals over seeds. Right: the student with the transformed prior less "
        "another student of the same seed. The source describes this distillation and reports "
        "no experiment.",
    )


def _shrunk(found: Mapping[str, Any]) -> Picture:
    orders = {ORDERS[name]: np.array(one["accuracy"]) for name, one in found["orders"].items()}
    return Picture(
        "students-shrunk",
        "Hidden units of students that can be left out",
        draw_shrunk_students(np.array(found["units"]), orders),
        "Accuracy over the hidden units that are left of students, by what is removed first.",
        "Students with the transformed prior, of the most rows; units are removed one by one "
        "in the order of their posterior, and nothing is trained again.",
    )
