"""The page of an ensemble: the answer first, then only what there is."""

import subprocess
import sys

import numpy as np
import pytest
from population_pages import drawn
from report_pages import Page, small_pictures

from sametask.neurons.arrangement.arranged import write_arrangement
from sametask.neurons.arrangement.circle import find_circle
from sametask.neurons.moments import Moments
from sametask.report.data.ensemble import read_ensemble
from sametask.report.pages.ensemble import write_ensemble
from sametask.storage import store
from sametask.storage.json_files import write_json

NEURONS, MEMBERS = 40, 12
SETTINGS = {
    "name": "made-up",
    "data": {"of": "gait"},
    "network": {"kind": "autoencoder"},
    "training": {"members": MEMBERS, "schemes": ["bootstrap"]},
    "neurons": {"layer": 2, "gauges": ["permutation"]},
}


def moments():
    """Neurons round a circle with a period of ten, and how well each is known."""
    angle = 2 * np.pi * np.arange(NEURONS) / 10
    mean = np.column_stack([np.cos(angle), np.sin(angle), 0.1 * np.sin(3 * angle)])
    return Moments(mean, np.broadcast_to(0.01 * np.eye(3), (NEURONS, 3, 3)))


def write(path, kind, arrays, **attributes):
    """Write a small store."""
    with store.create(path, kind) as writer:
        for name, values in arrays.items():
            writer.array(name, values, [f"{name}-{axis}" for axis in range(values.ndim)])
        writer.attributes |= attributes
    return path


def data(folder):
    held = np.arange(30)[None] >= 20
    arrays = {"wanted": np.zeros((30, 2), np.float32), "held_out": held}
    return write(folder / "data.zarr", "ensemble data", arrays)


def everything(folder):
    """The inputs of the rule, all of them."""
    some, random = moments(), np.random.default_rng(0)
    arranged = folder / "arrangement" / "bootstrap.zarr"
    with store.create(arranged, "arrangement") as writer:
        neurons = some.mean + 0.1 * random.normal(size=(MEMBERS, NEURONS, 3))
        write_arrangement(writer, some, neurons)
    covariances = {"mean": some.mean, "covariance": some.covariance}
    circle = find_circle(some.mean).plain()
    tested = {"share": 0.4, "p": 0.005, "surrogates": 199, "red": 0.1, "weights": circle}
    found = {**circle, **tested, "places": some.mean[:, :2].tolist()}
    narrower = {"hidden": [2, 3], "ratio": {"low": 1.1, "estimate": 1.2, "high": 1.3}}
    write_json(folder / "circle.json", {
        "expected": 10.0, "found": {"bootstrap": found},
        "gaits": [{"dominant": 2.0, "expected": 25.0, **found}],
        "narrower": narrower | {"errors": [0.12, 0.1], "networks": MEMBERS},
    })  # fmt: skip
    there = np.ones((1, MEMBERS), bool)
    trained = {"quality": random.uniform(size=(1, MEMBERS)), "present": there}
    gauge = {"identity": 5 + random.uniform(size=(1, NEURONS)), "present": there}
    gauges = folder / "bootstrap" / "gauges" / "permutation.zarr"
    return {
        "data": data(folder),
        "ensembles": [write(folder / "bootstrap" / "ensemble.zarr", "ensemble", trained)],
        "gauges": [write(gauges, "ensemble", gauge)],
        "covariances": [
            write(folder / "covariances" / "bootstrap.zarr", "covariances", covariances)
        ],
        "arrangement": [arranged],
        "circle": [folder / "circle.json"],
    }


def page_of(folder, paths):
    with small_pictures():
        write_ensemble(read_ensemble(paths, SETTINGS), folder / "report.html", folder / "figures")
    return Page((folder / "report.html").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return page_of(folder, everything(folder)), folder


def test_the_page_begins_with_what_was_found(whole):
    page, _ = whole
    first = page.text.index("Neurons of all networks correspond: ‖mean‖ / sd is 5.")
    circle = page.text.index("round a circle with a period of 10.0 neurons; the series has 10.0")
    assert first < circle < page.text.index("12 autoencoder networks for each of 1 splits")


def test_all_that_there_is_is_drawn_and_nothing_is_fetched(whole):
    page, folder = whole
    assert drawn(page) == {
        "quality", "identity", "sizes", "ellipses-bootstrap", "domes-bootstrap",
        "ellipsoids-bootstrap", "distances-bootstrap", "circle",
    }  # fmt: skip
    assert "http" not in (folder / "report.html").read_text()


def test_circles_and_narrower_networks_stand_in_figures(whole):
    page, _ = whole
    rows = {row[0][0]: [cell for cell, _ in row[1:]] for row in page.rows if row}
    assert rows["bootstrap"][:2] == ["10.0", "10.0"] and rows["2 Hz"][0] == "25.0"
    assert "1.2000 [1.1000, 1.3000] times as large" in page.text


def test_data_alone_have_a_page(tmp_path):
    page = page_of(tmp_path, {"data": data(tmp_path)})
    assert "not studied yet" in page.text and "<figure" not in page.text


def test_the_page_needs_no_torch():
    code = "import sys, sametask.report.pages.ensemble; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
