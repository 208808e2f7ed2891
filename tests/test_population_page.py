"""The page of a population: the answer first, then what it rests on, and only what there is."""

import subprocess
import sys

import numpy as np
import pytest
from population_pages import IMAGES, drawn, page_of, score
from population_stores import (
    FACTS,
    paths_of,
    write_population,
    write_statistics,
    write_told,
    write_view,
)
from refusals import refusal

from sametask.populations.layout import LayerWeights, dense_layers
from sametask.report.data.population import read_studied
from sametask.report.wording.population import guard_sentences, score_text
from sametask.weights.scores import Score


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
    paths = paths_of(population, statistics=statistics, told=told, views=views)
    return page_of(folder, paths, source="tetris-hyper"), folder


def test_the_page_begins_with_what_is_told_and_what_the_source_has(whole):
    page, _ = whole
    lead = [text for text in page.text.splitlines() if "never seen" in text]
    assert lead[0].lstrip().startswith("The accuracy of networks that were never seen is told")
    assert "the source reports 0.89 at best. Among networks of the same epoch" in lead[0]
    assert page.text.index(lead[0]) < page.text.index("What the networks learn")
    assert "The activation, one of 2, is told with F1" in page.text
    assert "Among networks" not in next(line for line in lead if "The epoch of" in line)
    assert "24 networks of 100 weights each, at 4 checkpoints from epoch 0 to 9" in page.text
    assert (
        "activation (2), initialiser (3), dropout and initial weights. 12 of them are held"
        in page.text
    )


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
    assert "They differ in\n    dropout and initial weights." in page.text


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
    # A network that diverged at once; were there no other, its page would be refused.
    population = write_population(tmp_path, lost=[(0, place) for place in range(4)])
    nothing = score(np.nan)
    told = [
        write_told(tmp_path, population, "accuracy", "sets", losses=[np.nan] * 3, r2=nothing,
                   chosen_by=np.nan, r2_within=nothing, tau=np.nan),
    ]  # fmt: skip
    views = [write_view(tmp_path, population)]
    statistics = [write_statistics(tmp_path, population)]
    page = page_of(tmp_path, paths_of(population, statistics=statistics, told=told, views=views))
    (row,) = (row for row in page.rows if row[0][0] == "sets of hidden units")
    assert [cell for cell, _ in row[1:]] == ["–", "–", "–", "–", "1,234", "2.50"]
    assert score_text(None) == "–" and "[0.000,\u00a0" in score_text(Score(-1e-4, 0.5, 1))
    assert "nan" not in page.text.lower()


def test_stores_of_another_population_are_refused(tmp_path):
    (tmp_path / "other").mkdir()
    population = write_population(tmp_path)
    other = write_population(tmp_path / "other", seed=1)
    paths = paths_of(population, told=[write_told(tmp_path / "other", other, "accuracy", "sets")])
    refusal(read_studied, paths, FACTS, None, words=["sets.zarr", "from another population"])


def test_a_page_does_without_torch():
    check = "import sys, sametask.report.pages.population; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
