"""The page of networks that share only a few inputs: the match, its study, its evidence."""

import re

import numpy as np
import pytest
from matching_stores import BASELINES, DENSE, ROUTES, matching
from report_pages import Page, read, small_pictures

from sametask.base.errors import StoreError
from sametask.report.data.match import open_matched
from sametask.report.data.reading import read_report
from sametask.report.figures.study import CURVES, STYLES, crossover, drawn_maps, middle
from sametask.report.tables.match import LISTED, candidate_table, match_table
from sametask.report.wording.maps import KINDS, kind_of
from sametask.report.wording.match import (
    baseline_title,
    match_notes,
    match_sentence,
    match_warnings,
    shared_inputs,
)
from sametask.report.wording.match_badge import match_badge

pytestmark = pytest.mark.xdist_group("pages")
MADE = ("line", "plane", "circle", "images", "lost", "none")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with small_pictures():
        yield


def opened(folder, **settings):
    return read_report(*matching(folder, **settings), open_matched)


@pytest.fixture(scope="module")
def pages(made_page):
    return {name: made_page(f"match-{name}") for name in MADE}


def figures_of(folder):
    return {path.stem for path in (folder / "figures").glob("*.png")}


@pytest.mark.parametrize("name", MADE)
def test_every_figure_has_words_and_nothing_is_fetched(pages, name):
    text = read(pages[name])
    page = Page(text)
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(pictures) == len(figures_of(pages[name])) and all(one["alt"] for one in pictures)
    assert all(one["src"].startswith("data:image/png;base64,") for one in pictures)
    links = [attrs["href"] for _, attrs in page.tags if "href" in attrs]
    assert links and all(href[1:] in ids for href in links)
    assert not re.search(r"https?://|@import|url\(|<y>|<shapes>|nan\b", text)


def test_a_match_is_told_in_the_order_in_which_a_reader_asks(pages):
    text = read(pages["line"])
    order = [
        'class="badge found"', "Match found, confidence 99.2 %", "With three shared inputs",
        "1.00e-04 (intrinsic) and 1.20 (affine)", 'id="one-two-study"', 'id="one-two-matched"',
        'id="one-two-places"', *KINDS[:3], "Baselines fitted on the three shared inputs alone",
        'id="evidence-one-two"', "Stress one → two", 'id="networks"', 'id="diagnostics"',
    ]  # fmt: skip
    body = text[text.index("<body>") :]
    places = [body.index(part) for part in order]
    assert places == sorted(places)
    named = {row[0][0].strip() for row in Page(text).rows if row}
    assert {*ROUTES, *DENSE, *BASELINES} <= named
    assert "182 led to a match that is reported as found; 2 of these have a held-out" in text
    assert "direct_rbf is ahead of intrinsic: one → two from" in text


def test_without_a_match_only_baselines_are_shown(pages):
    for name in ("lost", "none"):
        text = read(pages[name])
        assert 'class="badge not_found"' in text and "differ too much" in text
        rows = {row[0][0].strip() for row in Page(text).rows if row}
        assert set(BASELINES) <= rows and not rows & {*ROUTES, *DENSE}
        # The study has it in its legend; no picture is drawn of it.
        drawn = figures_of(pages[name])
        assert not {one for one in drawn if "rotated" in one or "way" in one or "matched" in one}
    assert "one-two-study" in figures_of(pages["lost"])
    assert "Four" not in read(pages["lost"]) and "4 matches fit equally well" in read(pages["lost"])
    assert "Three shared inputs would decide between them" in read(pages["lost"])
    assert "Baselines that need no shared input" in read(pages["none"])
    assert 'id="matched-one-two"' not in read(pages["none"])


def test_each_domain_has_the_pictures_that_suit_it(pages):
    both = {"one-two-matched", "one-two-errors", "spectrum", "coordinates", "eigenvalues"}
    for name in ("line", "plane", "circle", "images"):
        assert both <= figures_of(pages[name])
        assert ("one-two-places" in figures_of(pages[name])) == (name != "images")
    assert "one-to-two-disagreements" in figures_of(pages["images"])
    assert "coordinates-over-input" in figures_of(pages["plane"])


def test_every_sample_is_placed_next_to_one_with_nearly_the_same_input(tmp_path):
    report = opened(tmp_path, domain="plane", studied=False, sizes=(90, 700))
    (pair,) = report.pairs
    own = pair.a.samples["fit/inputs"]
    met = pair.b.samples["fit/inputs"][pair.nearest("a_to_b")]
    assert len(met) == len(own) and np.median(np.linalg.norm(met - own, axis=1)) < 0.1


def test_candidates_that_fit_equally_well_are_told(tmp_path):
    (found, lost) = (
        opened(tmp_path / str(flag), found=flag, studied=False, sides=10, anchors=1).pairs[0]
        for flag in (True, False)
    )
    assert "The shared inputs decide" in match_notes(found)[0] and not match_warnings(found)
    assert "Three shared inputs would decide" in match_warnings(lost)[-1] and not match_notes(lost)
    rows = candidate_table(found)
    assert len(rows) == LISTED and [one["chosen"] for one in rows[:2]] == [True, False]
    items = {one.name: one for one in match_table(lost)}
    assert items["Confidence"].met is False and items["Confidence"].threshold == "≥ 90.0 %"
    assert items["Confidence"].value == "31.0 % (10.0 % to 60.0 %)"
    assert items["Candidates"].value == "10"


def test_no_shared_input_has_no_agreement(tmp_path):
    (pair,) = opened(tmp_path, anchors=0, studied=False).pairs
    items = {one.name: one for one in match_table(pair)}
    assert items["Agreement with the shared inputs (0)"].value == "–"
    assert match_sentence(pair).startswith("With no shared inputs, every sample")


def test_a_baseline_that_is_ahead_is_admitted(tmp_path):
    (pair,) = opened(tmp_path, studied=False).pairs
    assert match_notes(pair) == []
    pair.facts["maps"]["knn"]["b_to_a"]["activation_r2"] = 1 - 1e-9
    (note,) = match_notes(pair)
    assert "two → one" in note and "one → two" not in note


def test_words_for_shared_inputs():
    assert [shared_inputs(n) for n in (0, 1, 2, 1000)] == [
        "no shared inputs", "one shared input", "two shared inputs", "1,000 shared inputs",
    ]  # fmt: skip
    assert baseline_title(2) == "Baselines fitted on the two shared inputs alone"
    assert kind_of("dense_affine") == KINDS[2] and kind_of("intrinsic_pairs") == KINDS[1]
    badge = match_badge({"found": True, "confidence": 0.9996})
    assert badge.text == "Match found, confidence 99.9 %"


def test_quantiles_pass_over_what_is_impossible():
    errors = np.array([[np.nan, np.nan], [np.nan, 0.5], [0.1, 1e9]])
    low, median, high = middle(errors)
    assert np.isnan([low[0], median[0], high[0]]).all() and median[1] == 0.5
    assert high[2] < 10.1 and low[2] > 0.1


def test_the_crossover_is_where_a_baseline_stays_ahead():
    ours = np.array([[np.nan], [1.0], [1.0], [1.0], [1.0]])
    theirs = np.array([[np.nan], [0.5], [2.0], [0.5], [0.4]])
    counts = [1, 2, 4, 8, 16]
    assert crossover(counts, ours, theirs) == 8
    assert crossover(counts, ours, ours + 1) is None
    assert crossover(counts, ours, np.full((5, 1), np.nan)) is None


def test_no_more_curves_than_can_be_told_apart():
    assert len(drawn_maps(list(STYLES))) == CURVES and drawn_maps(["mean", "intrinsic"]) == [
        "intrinsic", "mean",
    ]  # fmt: skip


def test_samples_of_another_experiment_are_refused(tmp_path):
    shared, networks, *rest = matching(tmp_path / "here", studied=False)
    _, others, *_ = matching(tmp_path / "there", studied=False, anchors=2)
    networks["one"] = networks["one"] | {"samples": others["one"]["samples"]}
    with pytest.raises(StoreError, match="another"):
        read_report(shared, networks, *rest, open_matched)
