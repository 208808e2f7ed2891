"""Figures of a population: that they draw the data, and can be read."""

import numpy as np
import pytest
from population_pages import IMAGES
from population_stores import DENSE, KINDS
from test_figures_paper import assert_legible

from sametask.report.figures.network import Colouring
from sametask.report.figures.population.spaces import draw_statistics, draw_view
from sametask.report.figures.population.told import (
    draw_by_checkpoint,
    draw_confusion,
    draw_predicted,
    draw_scaling,
)
from sametask.report.figures.population.training import draw_curves, draw_learning
from sametask.report.figures.population.weights import (
    draw_gallery,
    draw_images,
    draw_network,
    mosaic,
    signed,
)
from sametask.report.figures.style import POINTS, drawn
from sametask.report.pictures.population.drawn_weights import Filters

WORDS = "81.4% right\nrelu, kaiming uniform, rmsprop, 50 % of the images"


def test_a_filter_stands_as_its_image_does():
    filters = Filters.of(DENSE)
    image = mosaic(np.arange(100.0)[filters.into], np.arange(100.0)[filters.out])
    assert image.shape == (6, 24)
    assert np.array_equal(image[:4, 5:9], np.arange(16, 32).reshape(4, 4))
    assert np.array_equal(image[5, 5:9], [81, 86, 91, 96])
    assert np.isnan(image[4]).all() and np.isnan(image[:, 4]).all()
    scale = signed([image, np.array([-500.0])])
    assert scale.vmin == -scale.vmax


def points(count=60):
    draw = np.random.default_rng(5)
    return draw.uniform(size=count), draw.uniform(size=count), draw.integers(1, 75, count) * 1.0


FIGURES = {
    "images": lambda: draw_images(IMAGES[:8].reshape(-1, 4, 4)),
    "network": lambda: draw_network({"epoch 0": square(), "epoch 75": square()}, 4),
    "gallery": lambda: draw_gallery(
        {"The best": [(WORDS, square())] * 6,
         "The worst": [("31.4% right", square())] * 4}
    ),
    "learning": lambda: draw_learning(
        np.arange(5), {"Kind": dict.fromkeys("ab", IMAGES[:9, :5])}, "accuracy"
    ),
    "predicted": lambda: draw_predicted({"all": points(), "last": points()}, "accuracy", "epoch"),
    "by epoch": lambda: draw_by_checkpoint(
        np.arange(9), {f"a predictor {n}": np.linspace(-9, 1, 9) for n in range(7)}, "R²",
        ("the mean of the epoch", 0.0),
    ),
    "confusion": lambda: draw_confusion({"sets": np.full((6, 6), 7)}, KINDS["initialiser"] * 2),
    "scaling": lambda: draw_scaling(
        {"sets": np.array([[100, 500, 2500], [0.6, 0.7, 0.8], [0.7, 0.8, 0.9], [0.8, 0.9, 1]])},
        "R²", ("the source: attention on units, units shuffled", 0.95),
    ),
    "training": lambda: draw_curves(
        {"sets": {part: np.array([1.0, 2.0, 4.0]) for part in ("steps", "learned", "judged")}},
        "square error / variance",
    ),
}  # fmt: skip


def square():
    return mosaic(IMAGES[:5].reshape(5, 4, 4), IMAGES[:5, :4])


@pytest.mark.parametrize("name", FIGURES)
def test_figures_can_be_read(name):
    assert_legible(FIGURES[name]())


@pytest.mark.parametrize("ways", [2, 3, 4])
def test_statistics_and_views_can_be_read(ways):
    epochs = points()[2]
    colouring = Colouring(epochs, "epoch", discrete=False)
    names = ["mean", "variance", "smallest (p0)", "lower quartile (p25)", "median (p50)"]
    assert_legible(draw_statistics(IMAGES.reshape(-1, 5)[:60], names, points()[0], colouring))
    kinds = Colouring(np.arange(60) % 6, "initialiser", True, names=KINDS["initialiser"] * 2)
    given = {f"by {n}": kinds if n % 2 else colouring for n in range(ways)}
    assert_legible(draw_view(np.column_stack(points()[:2]), given))


def test_what_is_drawn_of_many_checkpoints_has_all_epochs_of_all_networks():
    epochs = np.tile(np.arange(75), 1000)
    rows = drawn(len(epochs))
    assert len(rows) == len(set(rows)) == POINTS
    first = epochs[rows[rows < len(epochs) // 2]]
    assert len(set(first)) == 75
    assert sorted(drawn(10)) == list(range(10))
