"""Pages of made-up populations, and what tests ask of them."""

from collections import Counter

import numpy as np
from population_stores import FACTS
from report_pages import Page, small_pictures

from sametask.report.data.population import read_studied
from sametask.report.pages.population import write_population as write_page
from sametask.weights.scores import Score

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


def score(estimate):
    return Score(estimate - 0.01, estimate, estimate + 0.01).plain()
