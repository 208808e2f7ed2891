"""What is told of a property from weights: chosen figures and their captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sametask.report.data.population import Studied, Told
from sametask.report.figures.population.told import (
    draw_by_checkpoint,
    draw_confusion,
    draw_predicted,
)
from sametask.report.figures.population.training import draw_curves
from sametask.report.figures.style import drawn
from sametask.report.pictures.picture import Picture
from sametask.report.wording.population import predictor_words, property_words

# Trainings in a figure, and predictors with a line of their own.
TRAININGS, DRAWN = 9, 8
STAR = " Star: what can be told at all of the stored networks before the training."


def _points(studied: Studied, best: Told) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return true values, predicted ones and colours of held-out checkpoints: of all, of the last.

    The last are left out where all have the same value, such as the epoch. Colours are the epochs,
    and those of the epoch are the accuracies.
    """
    question, networks = studied.question(best), best.store["network"]
    counted, true = question.counted[networks], question.values[networks]
    epochs = np.broadcast_to(studied.population.epochs, counted.shape).astype(float)
    last = counted & (epochs == epochs[:, -1:])
    chosen = {"all epochs": counted, "the last epoch": last}
    if not last.any() or np.ptp(true[last]) == 0:
        del chosen["the last epoch"]
    predicted = best.store["predicted"]
    colours = studied.accuracy[networks] if best.name == "epoch" else epochs
    places = {title: np.argwhere(taken) for title, taken in chosen.items()}
    shown = {title: tuple(some[drawn(len(some))].T) for title, some in places.items()}
    return {title: (true[rows], predicted[rows], colours[rows]) for title, rows in shown.items()}


def _predicted(studied: Studied, best: Told) -> Picture:
    words, what = predictor_words(best.predictor), property_words(best.name)
    count, colour = len(best.store["network"]), "accuracy" if best.name == "epoch" else "epoch"
    return Picture(
        f"{best.name}-predicted",
        f"{what.capitalize()} told, over {what} measured",
        draw_predicted(_points(studied, best), what, colour),
        f"Predicted over true {what} of held-out networks, coloured by {colour}.",
        f"Checkpoints of the {count:,} held-out networks, at most 3,000 of them, by: {words}. On "
        f"the dashed line, what is told is what is true. Points of one {colour} that are spread "
        "along it are networks that are told apart.",
    )


def _confusion(best: Told) -> Picture:
    words, what = predictor_words(best.predictor), property_words(best.name)
    counts = np.array(best.facts["confusion"])
    return Picture(
        f"{best.name}-confusion",
        f"Which {what} is taken for which",
        draw_confusion({words: counts}, best.classes),
        f"True {what} beside the one that is told, as shares of each true one.",
        f"All checkpoints of held-out networks after epoch 0, by: {words}. Every row adds up to 1; "
        "what is on the diagonal is told rightly.",
    )


def _caption(classes: bool, limited: bool) -> str:
    """Return the words below the scores at each epoch."""
    words = (
        f"At most the {DRAWN} best predictors. Each epoch by itself, on held-out networks: what "
        "all networks have in common there, such as a mean that rises, counts for nothing. 1: all "
        "is told. "
    )
    if classes:
        return f"{words}Dashed: about what guessing has.{STAR if limited else ''}"
    return (
        f"{words}Dashed: no better than the mean of that epoch. Values below −0.5 are drawn at the "
        "lower edge: at the first epochs, networks hardly differ."
    )


def _by_checkpoint(studied: Studied, told: Sequence[Told]) -> Picture:
    name, classes = told[0].name, told[0].classes
    judged = studied.question(told[0]).counted[told[0].store["network"]].any(axis=0)
    scores = {
        predictor_words(one.predictor): np.where(judged, one.store["by_checkpoint"], np.nan)
        for one in told[:DRAWN]
    }
    limit = studied.limit if name == "initialiser" else None
    reference = ("guessing", 1 / len(classes)) if classes else ("the mean of the epoch", 0.0)
    untrained = limit["stored"]["f1"]["estimate"] if limit else None
    kind = "F1 (mean over classes)" if classes else "R²"
    return Picture(
        f"{name}-by-epoch",
        f"How well {property_words(name)} is told at each epoch",
        draw_by_checkpoint(studied.population.epochs, scores, kind, reference, untrained),
        f"{kind} of predictors at each epoch by itself.",
        _caption(bool(classes), limit is not None),
    )


def _curves(told: Sequence[Told]) -> list[Picture]:
    curves = {
        predictor_words(one.predictor): {
            part: one.store[f"curve/{part}"] for part in ("steps", "learned", "judged")
        }
        for one in told
        if "curve/steps" in one.store
    }
    if not curves:
        return []
    loss = "cross entropy" if told[0].classes else "square error / variance"
    return [
        Picture(
            f"{told[0].name}-training",
            "How the predictors learned",
            draw_curves(dict(list(curves.items())[:TRAININGS]), loss),
            "Losses of the predictors over the steps of their training.",
            "Where both lines part, a predictor knows the networks that it learned from better "
            "than others. Circle: what is kept, the step that is best on the networks to choose "
            "by.",
        )
    ]


def told_pictures(studied: Studied, name: str) -> list[Picture]:
    """Return the figures of a property: the best predictor, all of them by epoch, trainings."""
    told, best = studied.ranked(name), studied.best(name)
    if best is None or not studied.question(best).counted[best.store["network"]].any():
        return []
    first = _confusion(best) if best.classes else _predicted(studied, best)
    # One epoch has no classes to tell apart when the checkpoint itself is asked for.
    by_epoch = [] if name in ("epoch", "checkpoint") else [_by_checkpoint(studied, told)]
    return [first, *by_epoch, *_curves(told)]
