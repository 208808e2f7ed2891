"""The benchmark's page: the answer first, then figures, tables, and what went wrong."""

import pytest
from report_pages import Page
from test_same_task import SETTINGS, row

from sametask.relations import RELATIONS
from sametask.report.benchmark import write_benchmark
from sametask.same_task.summary import report


@pytest.fixture
def rows():
    """Pairs of both kinds of layer and of every relation; one of them is judged wrongly."""
    found = [
        row(truth, score=0.9 if truth == "equivalent" else 0.1 + place / 20, kind=kind)
        for place, truth in enumerate(RELATIONS)
        for kind in ("outputs", "hidden")
    ]
    return [*found, row("partial", "equivalent", score=0.8)]


@pytest.fixture
def page(rows, tmp_path):
    halves = {"calibration": rows, "held_out": rows}
    figures = {"networks": 12, **report(halves, SETTINGS, seed=0), "pairs": halves}
    write_benchmark(figures, tmp_path / "benchmark.html", tmp_path / "figures")
    return tmp_path / "benchmark.html"


def test_the_page_starts_with_the_answer_and_names_what_is_wrong(page):
    text = page.read_text()
    answer = "On held-out networks: 10 of 11 relations right"
    assert text.index(answer) < text.index("Area under the ROC curve")
    assert "1 of 9 other pairs called equivalent" in text
    assert "tanh plain of z1, outputs" in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_every_figure_is_drawn_and_kept(page):
    shown = [given for tag, given in Page(page.read_text()).tags if tag == "img"]
    assert len(shown) == 3 and all(one["alt"] for one in shown)
    assert {path.stem for path in (page.parent / "figures").glob("*.png")} == {
        "explained", "roc", "scores",
    }  # fmt: skip
