"""Pages of results that jobs may well hand over, however far out: all render and say it rightly."""

import re

import numpy as np
import pytest
import report_stores
from report_pages import (
    Page,
    image_experiment,
    line_experiment,
    read,
    render,
    small_pictures,
)

from sametask.cli.verdict_lines import verdict_text
from sametask.report.data.reading import read_report
from sametask.report.figures.verdict import R2Row, r2_figure
from sametask.report.pages.summary import Experiment, write_summary
from sametask.report.pictures.pair import pair_pictures
from sametask.report.wording.numbers import r2_text
from sametask.report.wording.pair import pair_warnings
from sametask.storage import store

WHY = "network 'first': the kernel is in 3 pieces; raise diffusion.neighbour"
ONLY_WITH_COORDINATES = ("r2_intrinsic", "round_trip", "procrustes")

# What is done to every array of floats.
ARRAYS = {
    "constant": lambda values: np.full_like(values, values.flat[0]),
    "zero": np.zeros_like,
    "tiny": lambda values: values * 1e-200,
    "huge": lambda values: values * 1e100,
}
# What R² may come to: the same in all resamples, far below zero, or outside its interval.
SAME, LOW = [0.25, 0.25, 0.25], [-1e6, -1e6, -1e6]
BELOW, ABOVE = [0.3, 0.2, 0.4], [-0.2, 0.1, 0.0]
INTERVALS = {
    "constant": {"a_to_b": SAME, "b_to_a": [1.0, 1.0, 1.0]},
    "zero": {},
    "tiny": {"a_to_b": LOW},
    "huge": {"a_to_b": BELOW, "b_to_a": ABOVE},
}


@pytest.fixture(scope="module", autouse=True)
def quick():
    with small_pictures():
        yield


def changed(monkeypatch, change):
    """Let ``change(name, kind, arrays, attributes)`` alter what is written of every store."""
    write = report_stores.write

    def altered(folder, name, kind, arrays, parents=None, **attributes):
        arrays = {place: np.asarray(values) for place, values in arrays.items()}
        arrays, attributes = change(name, kind, arrays, attributes)
        return write(folder, name, kind, arrays, parents, **attributes)

    monkeypatch.setattr(report_stores, "write", altered)


def restated(monkeypatch, **figures):
    """Let verdicts have other figures; those that are ``None`` are absent."""
    stated = report_stores.stated

    def altered(*names, **keywords):
        verdict = {**stated(*names, **keywords), **figures}
        return {key: value for key, value in verdict.items() if value is not None}

    monkeypatch.setattr(report_stores, "stated", altered)


def without_map(*networks, geometry=False):
    """Return a change that takes the diffusion maps, and perhaps the geometry, of networks."""

    def change(name, kind, arrays, attributes):
        if name in networks and (kind == "diffusion" or (geometry and kind == "geometry")):
            kept = {
                key: attributes[key]
                for key in attributes
                if key in ("engine", "source", "perturbations")
            }
            return {}, {**kept, "sigma": 0.1, "rank_rule": "auto", "failed": WHY}
        if kind == "alignment":
            return {}, {"failed": WHY}
        if kind == "evaluation":
            arrays = {place: one for place, one in arrays.items() if "intrinsic" not in place}
        return arrays, attributes

    return change


def failing(build, folder, monkeypatch, *networks, geometry=False):
    """Render a page of networks without diffusion maps."""
    changed(monkeypatch, without_map(*networks, geometry=geometry))
    monkeypatch.setattr(report_stores, "MAPS", ("direct_rbf", "mean"))
    restated(monkeypatch, failures=[f"There is no diffusion map ({WHY})."],
             **dict.fromkeys(ONLY_WITH_COORDINATES))  # fmt: skip
    told_of = {"alignment": {"failed": WHY}, "left_out": {"intrinsic": WHY}}
    plain = store.write_json

    def write(path, facts):
        plain(path, facts | (told_of if path.name.endswith("evaluation.json") else {}))

    monkeypatch.setattr(store, "write_json", write)
    return render(build, folder)


@pytest.mark.parametrize(
    ("build", "extreme"),
    [
        (image_experiment, "constant"),
        (line_experiment, "zero"),
        (image_experiment, "tiny"),
        (line_experiment, "huge"),
    ],
)
def test_pages_of_extreme_figures_render(build, extreme, tmp_path, monkeypatch):
    def change(name, kind, arrays, attributes):
        floats = kind != "samples"
        altered = {
            place: ARRAYS[extreme](values) if floats and values.dtype.kind == "f" else values
            for place, values in arrays.items()
        }
        return altered, attributes

    changed(monkeypatch, change)
    dimension = {"a": 0, "b": 1, "joint": 1} if extreme == "zero" else {"a": 1, "b": 1, "joint": 1}
    restated(monkeypatch, r2=INTERVALS[extreme], r2_intrinsic=INTERVALS[extreme],
             dimension=dimension, round_trip={})  # fmt: skip
    text = Page(read(render(build, tmp_path))).text
    # No page shows a figure of a hundred digits, or one that is none.
    assert not re.search(r"\bnan\b", text, re.IGNORECASE) and "0" * 40 not in text
    assert ("nothing to compare" in text) == (extreme == "zero")


@pytest.mark.parametrize(
    ("build", "networks", "geometry"),
    [
        (line_experiment, ("0",), True),
        (image_experiment, ("0", "1"), False),
    ],
)
def test_pages_do_without_diffusion_maps(build, networks, geometry, tmp_path, monkeypatch):
    folder = failing(build, tmp_path, monkeypatch, *networks, geometry=geometry)
    page = Page(read(folder))
    first = page.text.split("Evidence on", 1)[0]
    assert WHY in first and "Not made." in first
    assert "Left out: there is no intrinsic map" in page.text
    assert "not tested" in page.text
    every = len(networks) == 2
    assert ("no network has a diffusion map" in page.text) == every
    drawn = {path.stem for path in (folder / "figures").glob("*.png")}
    assert not {name for name in drawn if name.endswith(("rotated", "null", "way"))}
    assert ("coordinates" in drawn) != every
    assert any(name.endswith("agreement") for name in drawn)


def test_summary_and_terminal_tell_what_was_not_made(tmp_path):
    verdict = report_stores.stated(("one", "two")) | {"failures": [WHY]}
    for key in ONLY_WITH_COORDINATES:
        del verdict[key]
    assert f"!! {WHY}" in verdict_text(verdict) and "not tested" in verdict_text(verdict)
    figures = {"a_to_b": {"output_mse": 1.0}, "b_to_a": {"output_mse": 1.0}}
    evaluation = {"maps": {"mean": figures}, "networks": verdict["networks"]}
    experiment = Experiment("made-up", "", ("one", "two"), [(verdict, evaluation)])
    write_summary([experiment], tmp_path / "summary.html")
    text = Page((tmp_path / "summary.html").read_text()).text
    assert WHY in text and "1 without a diffusion map" in text


def test_outputs_that_are_not_finite_are_told_and_not_drawn(tmp_path, monkeypatch):
    judged = report_stores.judged

    def broken(name, *rest):
        arrays, figures = judged(name, *rest)
        if name == "intrinsic":
            arrays = {place: values * np.nan for place, values in arrays.items()}
            figures = {"not_finite": 3, "seconds": 0.5}
        return arrays, figures

    monkeypatch.setattr(report_stores, "judged", broken)
    report = read_report(*line_experiment(tmp_path))
    (pair,) = report.pairs
    warnings = pair_warnings(pair)
    assert len(warnings) == 2
    assert "held-out samples with such outputs: intrinsic 3" in warnings[0]
    drawn = {picture.name: picture for picture in pair_pictures(report, pair)}
    assert drawn[f"{pair.name}-answers"].figure is None
    assert not any(name.endswith("way") for name in drawn)
    assert len(drawn[f"{pair.name}-errors"].figure.axes[0].get_yticks()) == 2


def test_an_interval_is_drawn_where_it_is():
    row = R2Row("one", {"a_to_b": BELOW, "b_to_a": ABOVE}, "pair")
    figure = r2_figure([row], dict.fromkeys(row.intervals, ""), {"determined": 0.9, "related": 0.1})
    for axes, ends in zip(figure.axes, row.intervals.values(), strict=True):
        (bar,) = axes.collections[-1].get_segments()
        np.testing.assert_allclose(bar[:, 0], [max(ends[0], -0.12), ends[2]])


def test_an_r2_far_below_zero_is_short():
    assert r2_text(-1e6) == "−1.00e+06" and r2_text(-1e290) == "−1.00e+290"
