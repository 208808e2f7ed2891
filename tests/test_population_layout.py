"""The layout of a zoo of Google: a table whose shapes are texts."""

import pytest
from refusals import refusal
from zoo_files import google_files

from sametask.populations.imported.layout_table import read_layout


@pytest.fixture
def files(tmp_path):
    return google_files(tmp_path / "mnist", runs=1, steps=(0,))


def refused(files, *words):
    """The line with which the layout of a zoo is refused."""
    path = files.write().folder / "layout.csv"
    return refusal(read_layout, path, 4970, words=["layout.csv", *words])


@pytest.mark.parametrize(
    ("line", "entry", "words"),
    [
        (3, ("sequential/conv2d_1/kernel:0", 176, 2480, "(3, 3, 16, 8)"), ["does not fill 176"]),
        (7, ("sequential/dense/kernel:0", 4810, 4980, "(17, 10)"), ["of 4970 weights"]),
        (7, ("sequential/dense/gamma:0", 4810, 4970, "(160,)"), ["neither a kernel:0 nor"]),
        (6, ("sequential/dense/bias:0", 4800, 4810, "(5, 2)"), ["the shape (5, 2)", "10 units"]),
        (6, ("sequential/dense_1/bias:0", 4800, 4810, "(10,)"), ["dense_1", "has no kernel"]),
        (1, ("sequential/conv2d/kernel:0", 16, 160, "(9, 1, 16)"), ["no kernel of a dense layer"]),
        (0, ("sequential/conv2d_1/bias:0", 160, 176, "(16,)"), ["line 4", "is there twice"]),
        (0, ("sequential/conv2d/bias:0", 1, 17, "(16,)"), ["4970 weights, 4969 of them different"]),
    ],
)
def test_a_layout_that_does_not_add_up_is_refused(files, line, entry, words):
    files.layout[line] = entry
    refused(files, *words)


def test_a_layer_that_does_not_follow_the_one_before_is_refused(files):
    files.layout[7] = ("sequential/dense/kernel:0", 4810, 4970, "(2, 2, 4, 10)")
    refused(files, "layer 3 has 4 inputs, but layer 2 has 16 units")


@pytest.mark.parametrize(
    "text",
    ["__import__('pathlib').Path('canary').touch()", "(" * 90, "[3, 3, 1, 16]", "(3.0, 48)",
     "(-9, -16)", "(True, 144)", "144", "(9 ** 9 ** 9,)", "(3, 3, 1, 16" + " " * 200 + ")"],
)  # fmt: skip
def test_a_shape_is_never_evaluated(files, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    files.layout[1] = (*files.layout[1][:3], text)
    refused(files, "line 3", "is no shape")
    assert not (tmp_path / "canary").exists()
