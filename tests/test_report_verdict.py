"""The verdict on the page: words, alarms, evidence, controls, and the matrix of relations."""

import json
import re

import pytest
from report_pages import (
    Page,
    image_experiment,
    line_experiment,
    read,
    render,
    small_pictures,
)
from report_stores import R2, stated

from sametask.base.errors import StoreError
from sametask.report.data.reading import read_report
from sametask.report.tables.verdict import control_table, cost_sentence, evidence_table
from sametask.report.wording.maps import KINDS, kind_of
from sametask.report.wording.relation import badge, matrix

ALARM = "An untrained copy of <one> is equivalent too."
NAMES = ("one", "two")


pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with small_pictures():
        yield


@pytest.fixture
def plane(made_page):
    return made_page("plane")


def pair_of(folder, **verdict):
    return read_report(*line_experiment(folder, **verdict)).pairs[0]


def by_name(pair):
    return {item.name: item for item in evidence_table(pair)}


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("equivalent", "Equivalent"),
        ("a_determines_b", "one determines two"),
        ("b_determines_a", "two determines one"),
        ("partial", "Partly shared"),
        ("unrelated", "No function found"),
    ],
)
def test_every_relation_has_words_of_its_own(relation, words):
    shown = badge(stated(NAMES, relation))
    assert (shown.text, shown.relation, shown.alarm) == (words, relation, False)
    assert badge(stated(NAMES, relation, alarms=[ALARM])).alarm


def test_the_verdict_comes_first_and_alarms_directly_beneath(tmp_path):
    notes = ["shallow: few <neurons>."]
    text = read(render(image_experiment, tmp_path, alarms=[ALARM], notes=notes))
    order = [
        '<h1>made-up</h1>', "What they learned", 'class="badge same_task"', "Yes: one and two",
        "What the layers hold", 'class="badge equivalent alarming"', 'class="sentence">one (',
        "one (tanh&lt;1&gt;) and two (tanh2) are equivalent", 'class="notice alarm"',
        "An untrained copy of &lt;one&gt; is equivalent too.", "<img", "few &lt;neurons&gt;.",
        "measured layer", 'id="evidence-one-two"', ">Evidence on what they learned<",
        ">Evidence on what the layers hold<", ">Controls<",
        'id="maps-one-two"', 'class="maps"', 'id="networks"', 'id="diagnostics"',
    ]  # fmt: skip
    body = text[text.index("<body>") :]
    places = [body.index(part) for part in order]
    assert places == sorted(places)
    assert body.index('id="one-two-task-layer"') < body.index("<img")


def test_without_alarms_nothing_is_alarming(tmp_path):
    text = read(render(line_experiment, tmp_path))
    body = text[text.index("<body>") :]
    assert "⚠" not in body and "alarm" not in body


def test_more_networks_get_a_matrix_that_links_to_their_pairs(plane):
    page = Page(read(plane))
    tasks, layers = (
        {row[0][0].strip(): [cell[0].split() for cell in row[1:]] for row in page.rows[n : n + 3]}
        for n in (1, 5)
    )
    assert tasks == {
        "one": [["·"], ["=", "Same", "task"], ["⊃", "does", "its", "task", "and", "more"]],
        "two": [["=", "Same", "task"], ["·"], ["≠", "Different", "tasks"]],
        "three": [
            ["⊂", "does", "a", "part", "of", "its", "task"],
            ["≠", "Different", "tasks"],
            ["·"],
        ],
    }
    assert layers == {
        "one": [["·"], ["⇄", "Equivalent", "⚠", "alarm"], ["→", "determines"]],
        "two": [["⇄", "Equivalent", "⚠", "alarm"], ["·"], ["◐", "Partly", "shared"]],
        "three": [["←", "is", "determined", "by"], ["◐", "Partly", "shared"], ["·"]],
    }
    links = {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    ids = {attrs.get("id") for _, attrs in page.tags}
    for pair in ("one-two", "one-three", "two-three"):
        assert f"#verdict-{pair}" in links and f"verdict-{pair}" in ids


def test_pairs_that_were_not_compared_stay_empty():
    (_, cells), *_ = matrix(("one", "two", "three"), [stated(NAMES)], "other.html")
    assert [cell and cell.href for _, cell in cells] == [None, "other.html#verdict-one-two", None]


@pytest.mark.parametrize("relation", R2)
def test_evidence_stands_beside_its_thresholds(tmp_path, relation):
    items = by_name(pair_of(tmp_path, relation=relation))
    for direction, way in (("a_to_b", "n<b>1 → second"), ("b_to_a", "second → n<b>1")):
        item = items[f"R² {way}"]
        assert item.threshold == "lower end ≥ 0.95"
        assert item.met is (R2[relation][direction][0] >= 0.95)
    assert items["Procrustes residual of the coordinates"].met is False
    assert items["Smallest local correlation, median"].met is True
    assert items["Neurons of n<b>1 (Whitney)"].met is False
    assert items["Neurons of second (Whitney)"].met is True
    assert items["Outside the support of second"].value == "5.0 %"


def test_a_direction_without_r2_is_said_to_have_none(tmp_path):
    items = by_name(pair_of(tmp_path, relation="partial", constant="a_to_b"))
    missing = items["R² n<b>1 → second"]
    assert (missing.value, missing.met) == ("not defined", None)
    assert "R² n<b>1 → second, intrinsic route" not in items
    assert "R² second → n<b>1, intrinsic route" in items


def test_controls_say_what_they_mean(tmp_path):
    rows = control_table(pair_of(tmp_path, relation="partial", alarms=[ALARM], different="third"))
    assert [row["name"] for row in rows] == [
        "shuffled pairs", "n<b>1 untrained", "second untrained",
        "third (another task) for n<b>1", "third (another task) for second",
    ]  # fmt: skip
    shuffled, untrained, failed, same, other = rows
    assert shuffled["should"] == "No function found" and "As it should be" in shuffled["meaning"]
    assert untrained["badge"].alarm and untrained["meaning"].startswith("Alarm")
    assert failed["badge"] is None and failed["meaning"].endswith("too few")
    assert same["badge"].alarm and same["meaning"].startswith("Alarm: as related as the pair")
    assert other["meaning"] == "As it should be: less related than the pair."
    assert len(control_table(pair_of(tmp_path / "more"))) == 3


def test_controls_that_were_not_asked_for_have_no_row(tmp_path):
    pair = pair_of(tmp_path)
    pair.verdict["controls"].pop("untrained")
    assert [row["name"] for row in control_table(pair)] == ["shuffled pairs"]
    pair.verdict["controls"].clear()
    assert control_table(pair) == []


def test_the_cost_of_a_verdict_is_said(tmp_path):
    given = line_experiment(tmp_path)
    report = read_report(*given)
    assert cost_sentence(report, report.pairs[0]) is None
    for of, rule, row in (
        ("n<b>1-second", "reach_verdict", "3.14\t410.0"),
        ("n<b>1", "embed_diffusion", "2.0\t300.0"),
        ("second", "embed_datafold", "3.2\t-"),
    ):
        folder = tmp_path / of / "benchmarks"
        folder.mkdir(parents=True)
        (folder / f"{rule}.tsv").write_text(f"s\tmax_rss\n{row}\n")
    report = read_report(*given)
    said = cost_sentence(report, report.pairs[0])
    assert "The verdict took 3.1 s and 410 MB" in said
    assert said.endswith("diffusion maps of n<b>1 and second took 5.2 s and 300 MB.")


def test_a_verdict_on_other_stores_is_refused(tmp_path):
    samples, networks, pairs, *rest = line_experiment(tmp_path / "one")
    other = line_experiment(tmp_path / "two", relation="partial")[2]
    (pair,) = pairs
    broken = {pair: pairs[pair] | {"verdict": other[pair]["evaluation"]}}
    with pytest.raises(StoreError, match="where a verdict store"):
        read_report(samples, networks, broken, *rest)
    swapped = {pair[::-1]: pairs[pair]}
    with pytest.raises(StoreError, match="another activations_a "):
        read_report(samples, networks, swapped, *rest)


def test_a_damaged_verdict_is_refused(tmp_path):
    samples, networks, pairs, *rest = line_experiment(tmp_path)
    (place,) = pairs.values()
    (tmp_path / "broken.json").write_text(json.dumps(stated(NAMES))[:-9])
    with pytest.raises(StoreError, match=r"broken\.json: damaged"):
        broken = {pair: place | {"relation": str(tmp_path / "broken.json")} for pair in pairs}
        read_report(samples, networks, broken, *rest)


def test_maps_are_grouped_by_what_they_are_for(plane):
    assert [kind_of(name) for name in ("thesis", "intrinsic", "intrinsic_random", "knn")] == [
        KINDS[0], KINDS[0], KINDS[1], KINDS[3],
    ]  # fmt: skip
    titles = [row[0][0] for row in Page(read(plane)).rows if len(row) == 1]
    assert titles[:3] == ["one → two", KINDS[0], KINDS[3]]


def test_figures_of_the_evidence_are_on_the_page_and_say_what_they_show(plane):
    pictures = [attrs for tag, attrs in Page(read(plane)).tags if tag == "img"]
    assert all(one["alt"] for one in pictures)
    for pair in ("one-two", "one-three", "two-three"):
        for figure in ("r2", "agreement", "directions", "null"):
            assert (plane / "figures" / f"{pair}-{figure}.png").stat().st_size > 1000
            assert len(re.findall(f'<figure id="{pair}-{figure}">', read(plane))) == 1
