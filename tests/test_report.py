"""The report: what is on the page and in the folder of figures, from small made-up stores."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from report_pages import (
    Page,
    binary_experiment,
    line_experiment,
    read,
    render,
    small_pictures,
)
from report_stores import MAPS, arguments

from sametask.base.errors import StoreError
from sametask.report.data.reading import read_report
from sametask.report.data.runs import read_runs
from sametask.report.figures.network import confine
from sametask.report.pages import experiment as report_page
from sametask.report.pages import saving
from sametask.report.pages.experiment import write_report
from sametask.report.pictures.network import function_picture, spectrum_picture
from sametask.report.pictures.picture import colouring
from sametask.report.tables.pair import map_table
from sametask.report.wording.numbers import number, r2_text, share
from sametask.report.wording.pair import pair_warnings
from sametask.storage.json_files import read_json, write_json

EVIDENCE = ("task-layer", "task-answers", "r2", "agreement", "directions", "null")
PNG = b"\x89PNG\r\n\x1a\n"


pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with small_pictures():
        yield


@pytest.fixture
def line(made_page):
    return made_page("line")


@pytest.fixture
def images(made_page):
    return made_page("images")


@pytest.fixture
def binary(made_page):
    return made_page("binary")


@pytest.mark.parametrize("made", ["line", "images", "binary"])
def test_page_asks_for_nothing_outside_itself(made, request):
    text = read(request.getfixturevalue(made))
    page = Page(text)
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "iframe", "object")
        if "src" in attrs:
            assert attrs["src"].startswith("data:image/png;base64,")
        if "href" in attrs:
            assert attrs["href"].startswith("#") and attrs["href"][1:] in ids
    assert not re.search(r"https?://|@import|url\(", text)


def test_every_map_has_a_row_in_both_directions_and_the_best_is_marked(line):
    page = Page(read(line))
    for title in ("n<b>1 → second", "second → n<b>1"):
        rows = page.below(title)
        assert tuple(rows) == MAPS
        missed, error, seconds = rows["intrinsic"]
        assert (missed[0].strip(), error[0].strip()) == ("1.00e-06", "1.00e-12")
        assert "best" in missed[1] and "best" in error[1]
        assert not any("best" in cell[1] for cell in rows["mean"][:2])
        # Equal times are all best.
        assert all("best" in row[2][1] for row in rows.values()) and seconds[0].strip() == "0.500"


def test_warnings_appear_exactly_where_they_apply(line, images):
    notices = re.findall(r"<b>Warning\.</b> (.*?)</p>", read(line))
    assert any(
        text.startswith("second: 1 of 4 measured neurons never change (3)") for text in notices
    )
    assert any(text.startswith("second: 2 fit samples") for text in notices)
    assert len(notices) == 2
    # Nothing is wrong with the activations of the other experiment.
    assert "Warning." not in read(images)


def test_a_map_worse_than_the_mean_is_named(tmp_path):
    given = line_experiment(tmp_path)
    path = tmp_path / "n<b>1-second-evaluation.json"
    facts = read_json(path)
    facts["maps"]["intrinsic"]["b_to_a"]["activation_r2"] = -0.5
    write_json(path, facts)
    (warning,) = pair_warnings(read_report(*given).pairs[0])
    assert warning.startswith("second → n<b>1:") and "1.50" in warning


def test_names_and_descriptions_are_escaped(line):
    text = read(line)
    assert "<b>1" not in text and "<y>" not in text and "<1>" not in text
    assert "n&lt;b&gt;1" in text and "x -&gt; &lt;y&gt; &amp; z" in text and "tanh&lt;1&gt;" in text


def names_of(folder):
    found = {path.stem for path in (folder / "figures").glob("*.png")}
    for path in (folder / "figures").glob("*.png"):
        assert path.read_bytes().startswith(PNG) and path.stat().st_size > 1000
    return found


def test_figures_of_a_line(line):
    pair = "n_b_1-second"
    expected = {"functions", "activations", "spectrum", "coordinates", "coordinates-over-input"}
    expected |= {"eigenvalues", "n_b_1-to-second-way", "second-to-n_b_1-way"}
    expected |= {f"{pair}-{one}" for one in (*EVIDENCE, "rotated", "rotated-over-input", "errors")}
    assert names_of(line) == expected
    pictures = [attrs for tag, attrs in Page(read(line)).tags if tag == "img"]
    assert len(pictures) == len(expected) and all(one["alt"] for one in pictures)


def test_figures_of_a_classifier_show_where_it_disagrees(images):
    expected = {"spectrum", "coordinates", "eigenvalues", "one-to-two-disagreements"}
    expected |= {f"one-two-{one}" for one in (*EVIDENCE, "rotated", "errors")}
    assert names_of(images) == expected
    assert "differs from that of two: intrinsic 5 of 20" in Page(read(images)).text


def cells(row):
    """The figures of a binary classification in a row of the page."""
    return [cell[0].strip() for cell in row[4:10]]


def test_networks_of_one_logit_have_the_figures_of_two_classes(binary):
    page = Page(read(binary))
    there, back = (page.below(title) for title in ("one → two", "two → one"))
    # The networks' own figures come first: 13 of 20 are of class 1, two misses four of them.
    assert tuple(there) == ("one itself", "two itself", *MAPS)
    assert tuple(back) == ("two itself", "one itself", *MAPS)
    two = ["0.800", "0.846", "1.00", "0.692", "0.818", "1.00"]
    assert cells(there["one itself"]) == cells(back["one itself"]) == ["1.00"] * 6
    assert cells(there["two itself"]) == cells(back["two itself"]) == two
    # Five answers are turned: TP 9, FN 4, FP 1, TN 6.
    assert cells(there["intrinsic"]) == ["0.750", "0.775", "0.900", "0.692", "0.783", "0.857"]
    assert "accuracy 0.800, balanced accuracy 0.846" in page.text
    assert "precision 1.00" not in page.text
    assert "F1 are of class 1" in page.text
    assert "differs from that of two: intrinsic 5 of 20" in page.text


def test_a_source_with_a_task_of_its_own_has_no_row(tmp_path):
    given = binary_experiment(tmp_path)
    path = tmp_path / "one-two-evaluation.json"
    facts = read_json(path) | {"same_targets": False}
    write_json(path, facts)
    first, second = map_table(read_report(*given).pairs[0])["groups"]
    assert [row.name for row in first["own"]] == ["two itself"]
    assert [row.name for row in second["own"]] == ["one itself"]
    for one in facts["networks"].values():
        one["task"] = {}
    write_json(path, facts | {"same_targets": True})
    assert all(not one["own"] for one in map_table(read_report(*given).pairs[0])["groups"])


def test_labels_are_no_function_to_hold_logits_against(tmp_path):
    inputs = {part: np.linspace(-1, 1, n)[:, None] for part, n in (("fit", 30), ("test", 20))}
    networks = [(np.tanh, np.tanh), (np.sin, np.sin)]

    def labels(x):
        return (x > 0).astype(float)

    given = arguments(tmp_path, ("one", "two"), inputs, labels, networks, 5)
    report = read_report(*given)
    picture = function_picture(report)
    assert len(picture.figure.axes) == 1 and "above 0 means class 1" in picture.caption
    assert colouring(report, next(iter(report.networks.values())), "test").values.shape == (20,)


def test_stores_that_do_not_belong_together_are_refused(tmp_path):
    samples, networks, *rest = line_experiment(tmp_path)
    first, second = networks
    networks[first]["geometry"] = networks[second]["geometry"]
    with pytest.raises(StoreError, match="another activations"):
        read_report(samples, networks, *rest)


def test_a_failure_leaves_the_old_page(tmp_path, monkeypatch):
    (tmp_path / "report.html").write_text("old")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.png").touch()
    monkeypatch.setattr(report_page, "network_pictures", lambda report: iter(()))
    monkeypatch.setattr(report_page, "pair_pictures", lambda report, pair: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        render(line_experiment, tmp_path)
    assert read(tmp_path) == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "figures", "stores"}
    monkeypatch.setattr(report_page, "pair_pictures", lambda report, pair: iter(()))
    render(line_experiment, tmp_path)
    assert read(tmp_path) != "old" and not (tmp_path / "figures" / "old.png").exists()


def test_report_does_without_torch():
    check = "import sys, sametask.report.pages.experiment; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_numbers():
    values = [0, 1.0, 0.98888, 123.45, 33738, 4.0288e-10, 5.28e-4, -2.77, 0.001]
    shown = ["0", "1.00", "0.989", "123", "3.37e+04", "4.03e-10", "5.28e-04", "-2.77", "0.00100"]
    assert [number(value) for value in values] == shown
    assert [share(value) for value in (1, 0.99996, 0.7278)] == ["100 %", "99.9 %", "72.8 %"]
    r2 = {1: "1", 1 - 2e-11: "1\u00a0−\u00a02.00e-11", 0.9971: "0.997", 0: "0", -0.9: "−0.900"}
    assert [r2_text(value) for value in r2] == list(r2.values())


def test_small_figures_are_kept_as_vectors_too(tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "SVG_POINTS", 2000)
    given = line_experiment(tmp_path)
    monkeypatch.setattr(report_page, "network_pictures", lambda report: [spectrum_picture(report)])
    monkeypatch.setattr(report_page, "pair_pictures", lambda report, pair: [])
    write_report(read_report(*given), tmp_path / "report.html", tmp_path / "figures")
    assert (tmp_path / "figures" / "spectrum.svg").read_text().startswith("<?xml")


def test_outliers_are_moved_to_the_edge_and_counted():
    points = np.random.default_rng(0).normal(size=(1000, 2))
    points[3] = 500, 0
    confined, moved = confine(points)
    assert moved == 1 and confined[3, 0] < 10
    np.testing.assert_array_equal(np.delete(confined, 3, axis=0), np.delete(points, 3, axis=0))


def test_run_times_are_read_from_benchmarks(tmp_path):
    folder = tmp_path / "net" / "benchmarks"
    folder.mkdir(parents=True)
    Path(folder / "train.tsv").write_text("s\th:m:s\tmax_rss\n3.71\t0:00:03\t279.61\n")
    Path(folder / "quick.tsv").write_text("s\th:m:s\tmax_rss\n0.01\t0:00:00\t-\n")
    for name, text in (("broken", ""), ("cut", "s\th:m:s\tmax_rss\n3.7")):
        Path(folder / f"{name}.tsv").write_text(text)
    Path(folder / "render_report.tsv").write_text("s\tmax_rss\n9.9\t9.9\n")
    quick, train = read_runs(tmp_path)
    assert train == {"rule": "train", "of": "net", "seconds": 3.71, "megabytes": 279.61}
    assert quick["megabytes"] is None
