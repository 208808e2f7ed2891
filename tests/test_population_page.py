"""The page of a population: the answer first, then what it rests on, and only what there is."""

import subprocess
import sys
from collections import Counter
from typing import get_args

import numpy as np
import pytest
from population_stores import (
    DENSE,
    FACTS,
    KINDS,
    NETWORKS,
    paths_of,
    write_population,
    write_statistics,
    write_told,
    write_view,
)
from refusals import refusal
from report_pages import Page, small_pictures
from test_figures_paper import assert_legible

from sametask.config.sections.study_section import PREDICTORS, Study
from sametask.populations.layout import LayerWeights, dense_layers
from sametask.report.data.population import read_studied
from sametask.report.data.weights_source import SOURCES
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
from sametask.report.pages.population import write_population as write_page
from sametask.report.pictures.population.drawn_weights import Filters
from sametask.report.wording.population import guard_sentences, predictor_words, score_text
from sametask.storage.json_files import write_json
from sametask.weights.scores import Score
from sametask.weights.statistics import VARIANTS

WORDS = "81.4% right\nrelu, kaiming uniform, rmsprop, 50 % of the images"
IMAGES = np.random.default_rng(4).uniform(size=(40, 16))


def page_of(folder, paths, images=IMAGES, **facts):
    """Write a page and return it."""
    with small_pictures():
        studied = read_studied(paths, FACTS | facts, images)
        write_page(studied, folder / "report.html", folder / "figures")
    return Page((folder / "report.html").read_text())


def drawn(page):
    """The names of the figures of a page, each of which must have words for those who see none."""
    shown = [given for tag, given in page.tags if tag == "img"]
    assert all(len(one["alt"]) > 10 and one["width"] for one in shown)
    names = [given["id"] for tag, given in page.tags if "id" in given]
    assert max(Counter(names).values()) == 1
    return {given["id"] for tag, given in page.tags if tag == "figure"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A page of everything; ``sets`` is best by the networks to choose by, not on held-out ones."""
    folder = tmp_path_factory.mktemp("whole")
    population = write_population(folder, lost=[(2, 3), (3, 3)])
    good = {"chosen_by": 0.9}
    tell = [
        ("accuracy", "perceptron", None, 0.01, (0.5, 0.3, 0.4), {"chosen_by": 0.8}),
        ("accuracy", "sets", None, 0.05, (0.5, 0.2, np.nan), good),
        ("accuracy", "probes-images", None, 0.04, (0.5, 0.2, 0.3), {"chosen_by": 0.95}),
        ("accuracy", "linear-whole", None, 0.1, (), {"chosen_by": np.nan, "parameters": None}),
        ("accuracy", "sets", 6, 0.2, (0.5, 0.2, 0.3), good),
        ("accuracy", "sets", 8, 0.1, (0.5, 0.2, 0.3), good),
        ("activation", "sets", None, 0.1, (0.5, 0.2, 0.3), good),
        ("initialiser", "linear-units", None, 0.4, (), good),
        ("epoch", "sets", None, 0.4, (0.5, 0.2, 0.3), good),
    ]
    told = [write_told(folder, population, *one, **facts) for *one, facts in tell]
    told.append(
        write_told(folder, population, "shuffled-accuracy", "sets", r2=score(-0.001), tau=0.0)
    )
    views = [write_view(folder, population, space) for space in ("weights", "units")]
    statistics = [write_statistics(folder, population)]
    paths = paths_of(population, statistics, told, views)
    return page_of(folder, paths, source="tetris-hyper"), folder


def score(estimate):
    return Score(estimate - 0.01, estimate, estimate + 0.01).plain()


def test_the_page_begins_with_what_is_told_and_what_the_source_has(whole):
    page, _ = whole
    lead = [text for text in page.text.splitlines() if "never seen" in text]
    assert lead[0].lstrip().startswith("The accuracy of networks that were never seen is told")
    assert "the source reports 0.89 at best. Among networks of the same epoch" in lead[0]
    assert page.text.index(lead[0]) < page.text.index("What the networks learn")
    assert "The activation, one of 2, is told with F1" in page.text
    assert "Among networks" not in next(line for line in lead if "The epoch of" in line)
    assert "24 networks of 100 weights each, at 4 checkpoints from epoch 0 to 9" in page.text
    assert "activation (2), initialiser (3) and initial weights. 12 of them are held" in page.text


def test_all_that_there_is_is_drawn_and_kept(whole):
    page, folder = whole
    told = {"accuracy-predicted", "accuracy-by-epoch", "accuracy-training", "activation-confusion",
            "activation-by-epoch", "activation-training", "initialiser-confusion",
            "initialiser-by-epoch", "epoch-predicted", "epoch-training"}  # fmt: skip
    others = {"images", "network", "learning", "scaling", "statistics", "view-weights",
              "view-units", "gallery"}  # fmt: skip
    assert drawn(page) == told | others
    assert {path.stem for path in (folder / "figures").glob("*.png")} == told | others
    assert "http" not in (folder / "report.html").read_text()


def test_what_is_shown_is_chosen_by_other_networks_than_it_is_judged_on(whole):
    page, _ = whole
    assert "kept to choose by: outputs at probes from images. Its figures" in page.text
    assert page.text.count("This begins at images that the networks learned; without any") == 1
    rows = {row[0][0]: row[1:] for row in page.rows if len(row) == 7}
    best = rows["perceptron on weights"]
    assert "best" in best[0][1]
    assert not [
        one for one in rows["linear model on statistics of all weights"] if "best" in one[1]
    ]
    assert best[3][0] == "0.71" and best[4][0] == "1,234"
    assert rows["linear model on statistics of all weights"][4][0] == "–"
    assert [cell for cell, _ in rows["attention on units"]] == ["–", "–", "–", "0.87", "–", "–"]


def test_the_guard_stands_in_the_table_and_says_whether_answers_leak(whole):
    page, _ = whole
    assert page.text.count("With shuffled answers") == 1
    assert "R²\u00a0=\u00a0−0.001" in page.text and "leaks into what is learned" in page.text


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [("shuffled-accuracy", 0.02, "may leak"), ("shuffled-activation", 0.0, "may leak"),
     ("shuffled-activation", 0.45, "chance has about 0.500")],
)  # fmt: skip
def test_answers_that_leak_are_told(tmp_path, name, error, words):
    population = write_population(tmp_path)
    guard = write_told(tmp_path, population, name, "sets", error=error)
    (sentence,) = guard_sentences(
        read_studied(paths_of(population, told=[guard]), FACTS, None).told
    )
    assert words in sentence


def test_a_population_alone_has_a_page(tmp_path):
    page = page_of(tmp_path, paths_of(write_population(tmp_path)), images=None)
    assert drawn(page) == {"network", "learning", "gallery"}
    assert "Nothing was told of these networks yet." in page.text
    assert "shuffled" not in page.text and "the source" not in page.text


CONVOLUTION = [
    LayerWeights(0, (3, 1, 9)),
    LayerWeights(27, (2, 3, 4)),
    LayerWeights(51, (2, 2, 1)),
]


@pytest.mark.parametrize(
    ("layers", "figures"),
    [
        (dense_layers([15, 5, 4]), {"learning"}),
        (dense_layers([16, 4]), {"learning"}),
        (CONVOLUTION, {"network", "learning", "gallery"}),
    ],
)
def test_only_weights_that_are_images_are_drawn(tmp_path, layers, figures):
    page = page_of(tmp_path, paths_of(write_population(tmp_path, layers)), IMAGES[:, :15])
    assert drawn(page) == figures


def test_networks_of_one_kind_are_one_group(tmp_path):
    population = write_population(tmp_path, kinds={"activation": ["tanh"]})
    told = [write_told(tmp_path, population, "accuracy", "sets")]
    view = [write_view(tmp_path, population)]
    page = page_of(tmp_path, paths_of(population, told=told, views=view))
    assert {"learning", "view-weights", "accuracy-predicted"} < drawn(page)
    assert "They differ in\n    initial weights." in page.text


def test_pairs_are_shown_where_they_were_compared(tmp_path):
    scores = ["task share", "raw weights", "principal components"]
    row = {"similarities": {"task share": 0.9}, "distances": dict.fromkeys(scores[1:], 2.0)}
    kinds = [("same task", 9), ("other task", 9), ("other task, same start", 9),
             ("earlier checkpoint", 1), ("own earlier checkpoint", 5)]  # fmt: skip
    areas = {kind: {score: [0.4, 0.5, 0.6] for score in scores} for kind, _ in kinds[1:3]}
    rows = [row | {"why": why, "b": {"epoch": epoch}} for why, epoch in kinds]
    path = tmp_path / "pairs.json"
    write_json(path, {"scores": scores, "areas": areas, "pairs": rows})
    page = page_of(tmp_path, paths_of(write_population(tmp_path), pairs=[path]))
    assert "pairs" in drawn(page)
    assert "0.5000 [0.4000, 0.6000] of task share, 0.5000" in page.text


def test_names_are_shown_as_they_are(tmp_path):
    kinds = {"w_<b>init": ["a $x_1$", "<script>alert(1)</script>"]}
    population = write_population(tmp_path, kinds=kinds)
    told = [write_told(tmp_path, population, "w_<b>init", "odd<i>one")]
    page = page_of(
        tmp_path, paths_of(population, told=told, views=[write_view(tmp_path, population)])
    )
    assert "odd<i>one" in page.text and "w <b>init, one of 2" in page.text
    assert not {"script", "i", "b"} & {tag for tag, _ in page.tags}
    assert {given["id"] for tag, given in page.tags if tag == "section"} > {"part-told-w__b_init"}


def test_figures_that_are_not_numbers_are_dashes(tmp_path):
    lost = [(network, place) for network in range(NETWORKS) for place in range(4)]
    population = write_population(tmp_path, lost=lost)
    nothing = score(np.nan)
    told = [
        write_told(tmp_path, population, "accuracy", "sets", losses=[np.nan] * 3, r2=nothing,
                   chosen_by=np.nan, r2_within=nothing, tau=np.nan),
    ]  # fmt: skip
    views = [write_view(tmp_path, population)]
    statistics = [write_statistics(tmp_path, population)]
    page = page_of(tmp_path, paths_of(population, statistics, told, views))
    (row,) = (row for row in page.rows if row[0][0] == "sets of hidden units")
    assert [cell for cell, _ in row[1:]] == ["–", "–", "–", "–", "1,234", "2.50"]
    assert score_text(None) == "–" and "nan" not in page.text.lower()


def test_stores_of_another_population_are_refused(tmp_path):
    (tmp_path / "other").mkdir()
    population = write_population(tmp_path)
    other = write_population(tmp_path / "other", seed=1)
    paths = paths_of(population, told=[write_told(tmp_path / "other", other, "accuracy", "sets")])
    refusal(read_studied, paths, FACTS, None, words=["sets.zarr", "from another population"])


def test_every_source_of_a_study_is_known_and_speaks_of_predictors_that_there_are():
    allowed, _ = get_args(Study.model_fields["source"].annotation)
    assert set(get_args(allowed)) == set(SOURCES)
    for source in SOURCES.values():
        assert {name for told in source.told.values() for name in told} <= set(PREDICTORS)
        assert not source.correlations or {*source.correlations} == {*VARIANTS["extremes"], "all"}


def test_all_predictors_have_words():
    words = [predictor_words(name) for name in PREDICTORS]
    assert len(set(words)) == len(words) and not set(words) & set(PREDICTORS)


def test_statistics_stand_beside_those_of_the_source(tmp_path):
    population = write_population(tmp_path)
    both = {"pearson": score(0.51), "spearman": score(-0.62)}
    found = {
        "variance": {"together": both, "within": both, "regression": {"r2": score(0.4)}},
        "all": {"regression": {"r2": score(0.8)}},
    }
    path = tmp_path / "correlations.json"
    write_json(path, found)
    paths = paths_of(population, [write_statistics(tmp_path, population)], correlations=[path])
    page = page_of(tmp_path, paths, source="tetris")
    one, whole = ([cell for cell, _ in row] for row in page.rows[-2:])
    assert one[1:5] == ["0.510 [0.500,\u00a00.520]", "0.86", "−0.620 [−0.630,\u00a0−0.610]", "0.88"]
    assert whole[:3] == ["all of these", "–", "–"] and whole[-1] == "0.86"
    alone = page_of(tmp_path, paths)
    assert len(alone.rows[-1]) == 5


def test_what_can_be_told_before_the_training_stands_beside_initialisers(tmp_path):
    population = write_population(tmp_path)
    limit = tmp_path / "limit.json"
    write_json(limit, {kind: {"f1": score(0.96)} for kind in ("stored", "simulated")})
    told = [
        write_told(tmp_path, population, name, "sets") for name in ("initialiser", "activation")
    ]
    page = page_of(tmp_path, paths_of(population, told=told, limit=[limit]))
    assert page.text.count("No predictor can be better there.") == 1
    assert page.text.count("Star: what can be told") == 1


def test_a_filter_stands_as_its_image_does():
    filters = Filters.of(DENSE)
    image = mosaic(np.arange(100.0)[filters.into], np.arange(100.0)[filters.out])
    assert image.shape == (6, 24)
    assert np.array_equal(image[:4, 5:9], np.arange(16, 32).reshape(4, 4))
    assert np.array_equal(image[5, 5:9], [81, 86, 91, 96])
    assert np.isnan(image[4]).all() and np.isnan(image[:, 4]).all()
    scale = signed([image, np.array([-500.0])])
    assert scale.vmin == -scale.vmax


def test_a_page_does_without_torch():
    check = "import sys, sametask.report.pages.population; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0


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
    from sametask.report.figures.network import Colouring

    epochs = points()[2]
    colouring = Colouring(epochs, "epoch", discrete=False)
    names = ["mean", "variance", "smallest (p0)", "lower quartile (p25)", "median (p50)"]
    assert_legible(draw_statistics(IMAGES.reshape(-1, 5)[:60], names, points()[0], colouring))
    kinds = Colouring(np.arange(60) % 6, "initialiser", True, names=KINDS["initialiser"] * 2)
    given = {f"by {n}": kinds if n % 2 else colouring for n in range(ways)}
    assert_legible(draw_view(np.column_stack(points()[:2]), given))
