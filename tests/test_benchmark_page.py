"""The benchmark's page: the answer first, then figures, tables, and what went wrong."""

import pytest
from report_pages import Page, small_pictures
from test_same_task import SETTINGS, row, trap
from test_same_task_matching import SETTINGS as MATCHING
from test_same_task_matching import row as matched

from sametask.base.relations import RELATIONS
from sametask.benchmark import calibration
from sametask.benchmark.summary import report
from sametask.matching.confidence import EVEN, POWER
from sametask.report.pages.benchmark import write_benchmark


@pytest.fixture(scope="module")
def rows():
    """Pairs of both kinds of layer and of every relation; one of them is judged wrongly."""
    found = [
        row(truth, score=0.9 if truth == "equivalent" else 0.1 + place / 20, kind=kind)
        for place, truth in enumerate(RELATIONS)
        for kind in ("outputs", "hidden")
    ]
    why = "tanh plain of z1, outputs: the kernel falls into 2 pieces of 599, 1 samples"
    return [*found, row("partial", "equivalent", score=0.8, p_value=None, failures=[why])]


@pytest.fixture(scope="module")
def page(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    halves = {"calibration": rows, "held_out": rows}
    traps = [trap("rare", "partial"), trap("wide", "partial", "equivalent")]
    judged = {"calibration": traps, "held_out": traps}
    figures = {"networks": 12, **report(halves, judged, SETTINGS, seed=0)}
    own = [
        matched("equivalent", True, 0.01), matched("equivalent", False, 0.9, kind="hidden"),
        matched("partial", False, 0.02), matched("unrelated", False, None),
        matched("partial", False, None, ranks=(1, 2)),
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, small_pictures():
        patch.setattr(calibration, "RESAMPLES", 49)
        matching = calibration.report({"calibration": own, "held_out": own}, MATCHING)
        write_benchmark(figures, matching, folder / "benchmark.html", folder / "figures")
    return folder / "benchmark.html"


def test_the_page_starts_with_the_answer_and_names_what_is_wrong(page):
    text = page.read_text()
    answer = "On held-out networks: 10 of 11 relations right"
    assert text.index(answer) < text.index("Area under the ROC curve")
    assert "1 of 9 other pairs called equivalent" in text
    assert "tanh plain of z1, outputs" in text
    assert "the kernel falls into 2 pieces of 599, 1 samples (2 pairs)" in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_traps_are_counted_by_kind_and_wrong_ones_are_explained(page):
    text = page.read_text()
    assert '<td class="number">1 of 2</td><td class="number">1 of 2</td>' in text
    assert "held out wide 1" in text and "9, 300; 500" in text
    assert "R² a to b reaches 0.990, of every component 0.990" in text


def test_every_figure_is_drawn_and_kept(page):
    shown = [given for tag, given in Page(page.read_text()).tags if tag == "img"]
    assert len(shown) == 4 and all(one["alt"] for one in shown)
    assert {path.stem for path in (page.parent / "figures").glob("*.png")} == {
        "confidence", "explained", "roc", "scores",
    }  # fmt: skip


def test_matches_are_said_to_be_right_or_not(page):
    text = page.read_text()
    assert "2 of 3 other pairs reported not found" in text
    assert "1 of 2 found matches right" in text
    assert "partial, stress 0.02, 30 % of the variance missed" in text
    assert f"used: s = {EVEN}, q = {POWER}" in text
