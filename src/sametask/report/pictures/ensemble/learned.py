"""What the networks of an ensemble learn: their series, images, or rows of numbers."""

from __future__ import annotations

import numpy as np

from sametask.report.data.ensemble import Ensemble
from sametask.report.figures.ensemble.learned import draw_columns, draw_images, draw_series
from sametask.report.pictures.picture import Picture
from sametask.report.wording.numbers import share

# Images that are shown, at most.
IMAGES = 10


def learned_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return a series, a few images, or points by class; nothing of other rows."""
    if "series" in ensemble.data:
        return [_series(ensemble)]
    if "inputs" not in ensemble.data:
        return []
    facts = ensemble.data.attributes["facts"]
    if len(facts.get("shape", ())) == 2:
        return [_images(ensemble, facts)]
    if ensemble.classifies and ensemble.data["inputs"].shape[1] > 1:
        return [_points(ensemble, facts)]
    return []


def _series(ensemble: Ensemble) -> Picture:
    series = ensemble.data["series"]
    border = round(len(series) * (1 - ensemble.settings["data"]["held_out"]))
    return Picture(
        "learned",
        "The series",
        draw_series(series, ensemble.data.get("clean"), border),
        "The series, without noise where that is known, and the part that is held out.",
        "Networks see windows of it. No window lies across the border. The source shows its "
        "series in figures 3 and 5.",
    )


def _images(ensemble: Ensemble, facts: dict) -> Picture:
    inputs = ensemble.data["inputs"]
    if ensemble.classifies:
        wanted = ensemble.data["wanted"]
        classes, rows = np.unique(wanted, return_index=True)
        titles = [str(facts.get("classes", classes)[int(one)]) for one in classes]
        caption = "The first image of each class."
    else:
        rows = np.arange(min(IMAGES, len(inputs)))
        titles = [f"frame {row + 1}" for row in rows]
        caption = "The first frames of the film."
    shown = inputs[rows[:IMAGES]].reshape(-1, *facts["shape"])
    figure = draw_images(shown, titles[:IMAGES])
    return Picture("learned", "Some of the rows", figure, "A few images.", caption)


def _points(ensemble: Ensemble, facts: dict) -> Picture:
    inputs, classes = ensemble.data["inputs"], ensemble.data["wanted"]
    spread = inputs.std(axis=0)
    standard = (inputs - inputs.mean(axis=0)) / np.where(spread > 0, spread, 1)
    left, sizes, _ = np.linalg.svd(standard, full_matrices=False)
    shares = sizes**2 / (sizes**2).sum()
    labels = [f"component {place + 1} ({share(float(shares[place]))})" for place in range(2)]
    names = facts.get("classes") or [f"class {number}" for number in range(classes.max() + 1)]
    return Picture(
        "learned",
        "The rows in a plane",
        draw_columns((left * sizes)[:, :2], (labels[0], labels[1]), classes, names),
        "All rows in their first two principal components, by class.",
        "Principal components of the standardised inputs of all rows, only to look at; in brackets "
        "their share of the variance.",
    )
