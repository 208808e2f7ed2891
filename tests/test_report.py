"""The report: what is on the page and in the folder of figures, from small made-up stores."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from sametask import store
from sametask.errors import StoreError
from sametask.report import page as report_page
from sametask.report.data import read_report, read_runs
from sametask.report.figures_network import confine
from sametask.report.page import write_report
from sametask.report.pictures_network import eigenvalue_picture
from sametask.report.wording import number, pair_warnings, share

MAPS = ("intrinsic", "direct_rbf", "mean")
PNG = b"\x89PNG\r\n\x1a\n"


def write(folder, name, kind, arrays, parents=None, **attributes):
    """Write a store and return its path and digest."""
    path = folder / f"{name}-{kind}.zarr"
    with store.create(path, kind, parents=parents) as writer:
        for place, values in arrays.items():
            writer.array(place, values, [f"axis_{axis}" for axis in range(np.ndim(values))])
        writer.attributes |= attributes
    return str(path), store.open_store(path, kind).digest


def unit(values):
    return values / np.sqrt(np.mean(values**2, axis=0))


def write_network(folder, name, inputs, layers, outputs, samples, constant=(), duplicates=0):
    """Write a network's stores; ``layers`` and ``outputs`` are functions of inputs (n, ...)."""
    draw = np.random.default_rng(1)
    fit, test = layers(inputs["fit"]), layers(inputs["test"])
    arrays = {"fit/samples": fit, "test/samples": test, "test/layers": test}
    arrays["fit/neighbours"] = fit[:, None] + 0.01 * draw.normal(size=(len(fit), 6, fit.shape[1]))
    arrays["test/outputs"] = outputs(inputs["test"])
    path, activations = write(
        folder, name, "activations", arrays, {"samples": samples},
        layout={"layers": ["tanh<1>"]}, constant_neurons=list(constant),
        duplicate_samples=duplicates,
    )  # fmt: skip
    spectrum = np.exp(-np.arange(fit.shape[1])) * draw.uniform(1, 2, (len(fit), 1))
    geometry = write(
        folder, name, "geometry", {"spectrum": spectrum}, {"activations": activations},
        rank=1, rank_rule="auto", source="neighbours", sigma=0.0125,
    )  # fmt: skip
    vectors = unit(
        np.column_stack([np.cos(k * inputs["fit"].reshape(len(fit), -1)[:, 0]) for k in (1, 2)])
    )
    diffusion = write(
        folder, name, "diffusion", {"eigenvalues": [0.9, 0.7], "eigenvectors": vectors},
        {"activations": activations, "geometry": geometry[1]},
        bandwidth=0.1, bandwidth_rule="knn", engine="native", selection="leading", selected=[1, 2],
    )  # fmt: skip
    places = {"activations": path, "geometry": geometry[0], "diffusion": diffusion[0]}
    return places, diffusion[1], {"layers": test, "outputs": arrays["test/outputs"]}


def judged(name, direction, own, wrong):
    """Return arrays and metrics of a map that is off by more the further down it is listed."""
    off = 10.0 ** (2 * MAPS.index(name) - 6)
    outputs = own["outputs"] + off
    # The intrinsic route from a to b gets the classes of the first few test samples wrong.
    if name == "intrinsic" and direction == "a_to_b" and wrong:
        outputs[:wrong] = np.roll(own["outputs"][:wrong], 1, axis=1)
    place = f"{name}/{direction}"
    error = ((outputs - own["outputs"]) ** 2).mean(axis=1)
    arrays = {f"{place}/layers": own["layers"] + off, f"{place}/outputs": outputs}
    arrays[f"{place}/output_error"] = error
    return arrays, {"activation_r2": 1 - off, "output_mse": float(error.mean()), "seconds": 0.5}


def write_pair(folder, sides, samples, wrong):
    """Write a pair's stores and evaluation.json; ``sides`` are (name, diffusion, own) twice."""
    draw = np.random.default_rng(2)
    (_, a, own_a), (_, b, own_b) = sides
    arrays = {"null_residuals": draw.uniform(1.5, 1.9, 50), "rotation": np.eye(2)}
    alignment = write(folder, "pair", "alignment", arrays, {"a": a, "b": b},
                      residual=0.25, residual_held_out=0.5)  # fmt: skip
    parents = {"alignment": alignment[1]}
    transformation = write(folder, "pair", "transformation", {"x": [0.0]}, parents)
    arrays, maps = {}, {name: {} for name in MAPS}
    for direction, own in (("a_to_b", own_b), ("b_to_a", own_a)):
        for name in MAPS:
            more, maps[name][direction] = judged(name, direction, own, wrong)
            arrays |= more
        coordinates = unit(draw.normal(size=(len(own["layers"]), 2)))
        for stage in ("encoder", "rotation"):
            arrays[f"intrinsic/{direction}/{stage}"] = coordinates
    parents = {"transformation": transformation[1], "samples": samples}
    evaluation = write(folder, "pair", "evaluation", arrays, parents)
    facts = {
        "networks": {
            side: {"parameters": 1234, "task": {"accuracy": 0.75} if wrong else {"mse": 0.5}}
            for side in ("a", "b")
        },
        "samples": {"fit": 30, "test": 20, "neighbours": 6},
        "maps": maps,
        "round_trip": {"a_b_a": 1e-3},
    }
    (folder / "evaluation.json").write_text(json.dumps(facts))
    kinds = {"alignment": alignment, "transformation": transformation, "evaluation": evaluation}
    return {kind: path for kind, (path, _) in kinds.items()} | {
        "facts": str(folder / "evaluation.json")
    }


def arguments(folder, names, inputs, targets, networks, wrong=0):
    """Write a whole experiment and return the arguments of ``read_report``."""
    arrays = {f"{part}/inputs": values for part, values in inputs.items()}
    arrays |= {f"{part}/targets": targets(values) for part, values in inputs.items()}
    kind = "classification" if wrong else "regression"
    samples = write(
        folder, "all", "samples", arrays, input_shape=list(inputs["fit"].shape[1:]), task=kind
    )
    written = {
        name: write_network(folder, str(place), inputs, *one[:2], samples[1], *one[2:])
        for place, (name, one) in enumerate(zip(names, networks, strict=True))
    }
    sides = [(name, digest, own) for name, (_, digest, own) in written.items()]
    facts = {"experiment": "made-up", "description": "x -> <y> & z", "seed": 7}
    facts["trained"] = {names[0]: [-1, 0]}
    pair = {tuple(names): write_pair(folder, sides, samples[1], wrong)}
    return samples[0], {name: places for name, (places, *_) in written.items()}, pair, facts, folder


def line_experiment(folder):
    """One dimension; the first network has one neuron, the second four, one of them constant."""
    inputs = {part: np.linspace(-1, 1, n)[:, None] for part, n in (("fit", 30), ("test", 20))}
    networks = [
        (np.tanh, np.tanh),
        (lambda x: np.hstack([x, x**2, x**3, 0 * x]), np.sin, (3,), 2),
    ]
    return arguments(folder, ("n<b>1", "second"), inputs, np.sin, networks)


def image_experiment(folder):
    """Three classes of 4x4 images; the first map is wrong on five of twenty test images."""
    draw = np.random.default_rng(3)
    inputs = {part: draw.uniform(size=(n, 1, 4, 4)) for part, n in (("fit", 30), ("test", 20))}

    def outputs(x):
        return np.eye(3)[(x[:, 0, 0, 0] * 3).astype(int)] * 5

    networks = [(lambda x: x.reshape(len(x), -1)[:, :5], outputs)] * 2
    return arguments(
        folder, ("one", "two"), inputs, lambda x: outputs(x).argmax(1), networks, wrong=5
    )


class Page(HTMLParser):
    """The parts of a page that tests ask for."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.text, self._open = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        self._open = tag in ("td", "th")
        if self._open:
            self.rows[-1].append(["", dict(attrs).get("class") or ""])

    def handle_endtag(self, tag):
        self._open = False if tag in ("td", "th", "tr") else self._open

    def handle_data(self, data):
        self.text += data
        if self._open:
            self.rows[-1][-1][0] += data

    def below(self, title):
        """Return the rows of the maps in a direction: those under its title."""
        start = next(n for n, row in enumerate(self.rows) if row and row[0][0] == title)
        return {row[0][0].strip(): row[1:] for row in self.rows[start + 1 : start + 1 + len(MAPS)]}


def render(build, folder):
    given = build(folder / "stores")
    write_report(read_report(*given), folder / "report.html", folder / "figures")
    return folder


@pytest.fixture(scope="module", autouse=True)
def small_pictures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_page, "RESOLUTION", 40)
        patch.setattr(report_page, "SVG_POINTS", -1)
        yield


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    return render(line_experiment, tmp_path_factory.mktemp("line"))


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return render(image_experiment, tmp_path_factory.mktemp("images"))


def read(folder):
    return (folder / "report.html").read_text()


@pytest.mark.parametrize("made", ["line", "images"])
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
    assert sum("Whitney" in text for text in notices) == 1
    (whitney,) = (text for text in notices if "Whitney" in text)
    assert (
        whitney.startswith("n&lt;b&gt;1:") and "neurons: 1." in whitney and "asks for 3" in whitney
    )
    assert any(
        text.startswith("second: 1 of 4 measured neurons never change (3)") for text in notices
    )
    assert any(text.startswith("second: 2 fit samples") for text in notices)
    assert len(notices) == 3
    # Nothing is wrong with the activations of the other experiment.
    assert "Warning." not in read(images) and "Before you trust" not in read(images)


def test_a_map_worse_than_the_mean_is_named(tmp_path):
    given = line_experiment(tmp_path)
    path = tmp_path / "evaluation.json"
    facts = json.loads(path.read_text())
    facts["maps"]["intrinsic"]["b_to_a"]["activation_r2"] = -0.5
    path.write_text(json.dumps(facts))
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
    expected |= {f"{pair}-{one}" for one in ("null", "rotated", "rotated-over-input", "errors")}
    assert names_of(line) == expected
    pictures = [attrs for tag, attrs in Page(read(line)).tags if tag == "img"]
    assert len(pictures) == len(expected) and all(one["alt"] for one in pictures)


def test_figures_of_a_classifier_show_where_it_disagrees(images):
    expected = {"spectrum", "coordinates", "eigenvalues", "one-to-two-disagreements"}
    expected |= {f"one-two-{one}" for one in ("null", "rotated", "errors")}
    assert names_of(images) == expected
    assert "answers otherwise than two: intrinsic 5 of 20" in Page(read(images)).text


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
    check = "import sys, sametask.report.page; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_numbers():
    values = [0, 1.0, 0.98888, 123.45, 33738, 4.0288e-10, 5.28e-4, -2.77, 0.001]
    shown = ["0", "1.00", "0.989", "123", "3.37e+04", "4.03e-10", "5.28e-04", "-2.77", "0.00100"]
    assert [number(value) for value in values] == shown
    assert [share(value) for value in (1, 0.99996, 0.7278)] == ["100 %", "99.9 %", "72.8 %"]


def test_small_figures_are_kept_as_vectors_too(tmp_path, monkeypatch):
    monkeypatch.setattr(report_page, "SVG_POINTS", 2000)
    given = line_experiment(tmp_path)
    monkeypatch.setattr(
        report_page, "network_pictures", lambda report: [eigenvalue_picture(report)]
    )
    monkeypatch.setattr(report_page, "pair_pictures", lambda report, pair: [])
    write_report(read_report(*given), tmp_path / "report.html", tmp_path / "figures")
    assert (tmp_path / "figures" / "eigenvalues.svg").read_text().startswith("<?xml")


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
    Path(folder / "broken.tsv").write_text("")
    Path(folder / "render_report.tsv").write_text("s\tmax_rss\n9.9\t9.9\n")
    quick, train = read_runs(tmp_path)
    assert train == {"rule": "train", "of": "net", "seconds": 3.71, "megabytes": 279.61}
    assert quick["megabytes"] is None
