"""The overview of all experiments: a row for each pair, links, intervals, alarms."""

import re

import pytest
from report_pages import Page
from report_stores import MAPS, stated

from sametask.base.errors import StoreError
from sametask.report.pages.summary import read_experiment, write_summary
from sametask.storage.json_files import write_json

ALARM = "An untrained copy of <one> is equivalent too."


def figures(best):
    """An ``evaluation.json`` in which one map is the best in both directions."""
    errors = {name: {"output_mse": 0.1 if name == best else 0.2} for name in MAPS}
    return {"maps": {name: {"a_to_b": one, "b_to_a": one} for name, one in errors.items()}}


def experiment(folder, name, networks, verdicts):
    """Read an experiment with these verdicts back from its files."""
    paths = {"verdicts": [], "evaluations": []}
    for place, verdict in enumerate(verdicts):
        for kind, content in (("verdicts", verdict), ("evaluations", figures(MAPS[place % 2]))):
            path = folder / f"{name}-{place}-{kind}.json"
            write_json(path, content)
            paths[kind].append(str(path))
    facts = {"experiment": name, "description": "x <y> & z", "networks": networks}
    return read_experiment(facts, **paths)


def matched(folder, name, found):
    """Read an experiment whose networks share only a few inputs back from its file."""
    networks = {side: {"name": one, "layer": "tanh<1>"} for side, one in (("a", "p"), ("b", "q"))}
    alignment = {"found": found, "confidence": 0.97 if found else 0.2}
    path = folder / f"{name}.json"
    write_json(path, figures("mean") | {"networks": networks, "alignment": alignment})
    facts = {"experiment": name, "description": "few", "networks": ["p", "q"]}
    return read_experiment(facts, [None], [str(path)])


def write_example(folder):
    """Write the overview of one pair, of three networks, and of a pair with a constant layer."""
    pairs = [("one", "two"), ("one", "three"), ("two", "three")]
    relations = ("equivalent", "b_determines_a", "unrelated")
    tasks = ("same_task", "b_contains_a", "undecided")
    many = [
        stated(pair, relation, task=task)
        for pair, relation, task in zip(pairs, relations, tasks, strict=True)
    ]
    read = [
        experiment(folder, "tiny", ["one", "two"], [stated(("one", "two"), alarms=[ALARM])]),
        experiment(folder, "several", ["one", "two", "three"], many),
        experiment(folder, "still", ["a", "b"], [stated(("a", "b"), "partial", constant="a_to_b")]),
        matched(folder, "few", True),
        matched(folder, "lost", False),
    ]
    write_summary(read, folder / "summary.html")
    return folder / "summary.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("summary")).read_text()


def test_every_pair_has_a_row_that_links_to_its_report(page):
    links = re.findall(r'<a href="([^"#]+)(?:#([\w-]+))?">', page)
    assert ("tiny/report.html", "") in links and ("tiny/report.html", "verdict-one-two") in links
    for pair in ("one-two", "one-three", "two-three"):
        assert ("several/report.html", f"verdict-{pair}") in links
    assert all(not href.startswith(("/", "http", "..")) for href, _ in links)
    text = Page(page).text
    assert "7 pairs of networks in 5 experiments" in " ".join(text.split())
    assert "x &lt;y&gt; &amp; z" in page and "tanh&lt;1&gt;" in page


def test_relations_intervals_and_best_maps_are_shown(page):
    tiny = page[page.index('id="tiny"') : page.index('id="several"')]
    assert "Equivalent" in tiny and tiny.count("<svg") == 2
    assert 'aria-label="R² one → two: 0.980"' in tiny
    assert tiny.count("<td>intrinsic</td>") == 2
    several = page[page.index('id="several"') : page.index('id="still"')]
    assert several.count("<td>direct_rbf</td>") == 2 and several.count("<svg") == 6
    still = page[page.index('id="still"') : page.index('id="matrix-several"')]
    assert "R² a → b: not defined" in still and still.count("<rect") == 1


def test_both_answers_stand_in_a_row(page):
    tiny = page[page.index('id="tiny"') : page.index('id="several"')]
    assert tiny.index("Same task") < tiny.index("Equivalent")
    several = page[page.index('id="several"') : page.index('id="still"')]
    assert "three does one&#39;s task and more" in several and "Cannot be told here" in several
    matrices = page[page.index('id="matrix-several"') : page.index('id="legend"')]
    assert matrices.index("What they learned") < matrices.index("What the layers hold")
    assert "does a part of its task" in matrices


def test_a_match_has_a_badge_and_best_maps_but_no_interval(page):
    few = page[page.index('id="few"') : page.index('id="lost"')]
    lost = page[page.index('id="lost"') : page.index('id="matrix-several"')]
    assert "Match found, confidence 97.0 %" in few and 'href="few/report.html#match-p-q"' in few
    assert "Match not found, confidence 20.0 %" in lost
    assert few.count("<td>mean</td>") == 2 and "p → q" in few and "<svg" not in few + lost


def test_alarms_are_flagged_at_the_top_and_told_at_their_pair(page):
    text = Page(page).text
    assert "⚠ 1 with an alarm." in text
    assert page.count("An untrained copy of &lt;one&gt; is equivalent too.") == 1
    assert page.count("badge equivalent alarming") == 1


def test_only_more_than_two_networks_get_a_matrix(page):
    assert page.count('<table class="matrix">') == 2
    assert page.index('id="matrix-several"') < page.index('<table class="matrix">')
    assert "is determined by" in Page(page).text


def test_the_overview_is_small_and_asks_for_nothing_outside_itself(page):
    assert len(page.encode()) < 30_000
    assert not re.search(r"https?://|@import|url\(|<script|<link|<img", page)


def test_a_verdict_of_an_earlier_version_is_refused(tmp_path):
    earlier = stated(("one", "two"))
    del earlier["task"]
    with pytest.raises(StoreError, match="no verdict on the task: it was made by an earlier ver"):
        experiment(tmp_path, "tiny", ["one", "two"], [earlier])


def test_a_damaged_verdict_is_refused(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    facts = {"experiment": "tiny", "description": "", "networks": ["a", "b"]}
    path = str(tmp_path / "broken.json")
    with pytest.raises(StoreError, match="damaged"):
        read_experiment(facts, [path], [path])
