"""The study of distillation: teachers, priors, students of all arms, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sametask.base.progress import progress
from sametask.base.randomness import derived_seed, generator
from sametask.config.sections.distillation_section import Distillation
from sametask.neurons.data.rows import Rows
from sametask.neurons.distillation.arms import ARMS, Candidates, Students, best
from sametask.neurons.distillation.bayesian import Posterior
from sametask.neurons.distillation.gaussians import Gaussian
from sametask.neurons.distillation.perceptrons import Shape, fitted_at
from sametask.neurons.distillation.rows import Answered, divided
from sametask.neurons.distillation.scores import compared, scored
from sametask.neurons.distillation.shrunk import shrunk_students
from sametask.neurons.distillation.teachers import laplace, require_small
from sametask.neurons.distillation.transformed import of_student, without_layer, without_neurons

# Pairs of arms that are compared: in the first nothing is chosen, in the others all have as many
# candidates.
COMPARED = [("transformed-1", "isotropic-1")] + [
    ("transformed", other) for other in ("isotropic", "mean", "covariance", "pruned", "plain")
]


@dataclass(frozen=True)
class Lessons:
    """Rows with their classes, and the same rows with the teachers' answers, of each part."""

    classes: dict[str, Answered]
    answers: dict[str, Answered]

    def scores(self, part: str, posterior: Posterior, shape: Shape, seed: int) -> dict:
        """Return the scores (n,) of n = S C students, C for each seed, on a part of the rows."""
        classes, answers = self.classes[part], self.answers[part]
        times = len(posterior.mean) // len(classes.inputs)
        rows = classes.repeated(times)
        draw = torch.Generator().manual_seed(derived_seed(seed, f"predictions {part}"))
        logs = posterior.predicted(shape, rows.inputs, draw)
        return scored(logs, rows, answers.repeated(times))


def distil(
    rows: Rows, asked: Distillation, activation: str, held_out: float, seed: int
) -> dict[str, Any]:
    """Return everything that is stored of a study, as JSON values.

    ``held_out`` is the share of the rows that is held out, drawn anew for each seed.
    """
    shares = {
        "teacher": 1 - held_out - asked.validation,
        "validation": asked.validation,
        "held_out": held_out,
    }
    classes = divided(rows, asked.seeds, shares, max(asked.rows), seed)
    widths = [rows.inputs.shape[1], *asked.teacher, rows.outputs]
    teacher = Shape.of(widths, activation)
    lessons, priors, told = _taught(teacher, classes, asked, seed)
    shape = Shape.of([widths[0], *asked.student, widths[-1]], activation)
    random = shape.started([generator(seed, "students", one) for one in range(asked.seeds)])
    students = Students(shape, priors, random, asked, seed)
    arms, last = _all_arms(students, lessons)
    return {
        "teacher": {"parameters": teacher.size, **told},
        "student": {"parameters": shape.size},
        "rows": asked.rows,
        "arms": arms,
        "compared": _all_compared(arms),
        "shrunk": shrunk_students(last, shape, lessons.classes["held_out"], seed),
    }


def _taught(
    shape: Shape, classes: dict[str, Answered], asked: Distillation, seed: int
) -> tuple[Lessons, list[Gaussian], dict[str, Any]]:
    """Return what S teachers answer, their posteriors in the student's shape, and their scores."""
    require_small(shape)
    start = shape.started([generator(seed, "teachers", one) for one in range(asked.seeds)])
    seen = classes["teacher"]
    (weights,) = fitted_at(start, shape, seen, asked.precision, [asked.steps], asked.learning_rate)
    answers = {
        part: rows.answered_by(shape.logits(weights, rows.inputs)) for part, rows in classes.items()
    }
    priors = [
        transformed(shape, laplace(one, shape, inputs, asked.precision), asked.student)
        for one, inputs in progress(list(zip(weights, seen.inputs, strict=True)), "teachers")
    ]
    logs = answers["held_out"].shares.clamp_min(1e-30).log()
    told = scored(logs, classes["held_out"], answers["held_out"])
    return (
        Lessons(classes, answers),
        priors,
        {name: values.tolist() for name, values in told.items()},
    )


def transformed(shape: Shape, posterior: Gaussian, hidden: list[int]) -> Gaussian:
    """Return a teacher's posterior in the shape of a student with these hidden units."""
    widths = [shape.layers[0].kernel.shape[1], *shape.hidden, len(shape.layers[-1].kernel)]
    for depth in range(len(shape.hidden) - 1, len(hidden) - 1, -1):
        posterior = without_layer(posterior, Shape.of(widths, "identity").layers, depth)
        del widths[depth + 1]
    layers = Shape.of(widths, "identity").layers
    narrow, kept = without_neurons(posterior, layers, hidden)
    return of_student(narrow, layers, kept)


def _all_arms(students: Students, lessons: Lessons) -> tuple[dict[str, Any], Posterior]:
    """Return scores (r, S) of every arm at each number of rows, and the last transformed ones."""
    shape, asked = students.shape, students.asked
    arms: dict[str, dict[str, list]] = {arm: {} for arm in ARMS}
    chosen: dict[str, Posterior] = {}
    for count in progress(asked.rows, "numbers of rows"):
        taught = lessons.answers["teacher"].first(count)
        for arm in ARMS:
            candidates = students.candidates(arm, taught)
            chosen[arm], choices = _chosen(candidates, lessons, students)
            scores = lessons.scores("held_out", chosen[arm], shape, students.seed)
            for name, values in scores.items():
                arms[arm].setdefault(name, []).append(values.tolist())
            arms[arm].setdefault("chosen", []).append(choices)
    return arms, chosen["transformed"]


def _chosen(
    candidates: Candidates, lessons: Lessons, students: Students
) -> tuple[Posterior, list[list[float]]]:
    """Return the candidate of each seed that is best on validation rows, and what it has."""
    found = lessons.scores("validation", candidates.posterior, students.shape, students.seed)
    places = best(found["nll"].reshape(students.asked.seeds, -1))
    return candidates.of(places), [candidates.choices[place] for place in places]


def _all_compared(arms: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the paired comparisons of held-out likelihoods."""
    return [
        {
            "arm": arm,
            "against": other,
            **compared(np.array(arms[arm]["nll"]), np.array(arms[other]["nll"])),
        }
        for arm, other in COMPARED
    ]
