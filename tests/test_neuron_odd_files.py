"""Files of an ensemble that are damaged, empty or odd: each is refused in one line."""

import gzip

import numpy as np
import pytest
from refusals import refusal
from test_neuron_files import FILM, WINDOWS, drawn

from sametask.neurons.data.draw import require_usable
from sametask.neurons.data.rows import Rows

LABELS = np.arange(40) % 4
IMAGES = np.random.default_rng(0).integers(0, 255, (40, 3, 3))


def as_idx(values):
    header = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    return header + values.astype(np.uint8).tobytes()


def refused(*arguments, words):
    refusal(drawn, *arguments, words=words.split())


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (IMAGES[:0], LABELS[:0], "shape (0, 3, 3) there is none"),
        (IMAGES[:, :0], LABELS, "shape (40, 0, 3) none has a pixel"),
        (IMAGES, LABELS * 0, "rows to learn from have the same class"),
        (IMAGES, LABELS[:30], "40 images, 30 classes"),
        (IMAGES, np.r_[LABELS[:-1], 9], "class '9' has 1 rows"),
    ],
)
def test_images_that_nothing_can_be_learned_from_are_refused(tmp_path, images, labels, words):
    paths = tmp_path / "images.gz", tmp_path / "labels.gz"
    for path, values in zip(paths, (images, labels), strict=True):
        path.write_bytes(gzip.compress(as_idx(values)))
    refused({"of": "mnist", "images": str(paths[0]), "labels": str(paths[1])}, words=words)


def test_a_header_that_is_cut_is_said(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(as_idx(IMAGES)[:7])
    data = {"of": "mnist", "images": str(path), "labels": str(path)}
    refused(data, words="7 bytes header 16 is it cut?")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:200], lambda raw: raw[:300] + bytes(9) + raw[309:]]
)
def test_films_in_damaged_archives_are_refused(tmp_path, save, damage):
    path = tmp_path / "film.npz"
    save(path, frames=np.random.default_rng(0).random((40, 6, 8)))
    path.write_bytes(damage(path.read_bytes()))
    refused({"of": "video", "source": str(path)}, FILM, words="film.npz no .npy or .npz file")


def test_whole_numbers_of_any_type_become_shares_of_255(tmp_path):
    path = tmp_path / "film.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (40, 6, 8)))
    assert 0.9 < drawn({"of": "video", "source": str(path)}, FILM).inputs.max() <= 1


@pytest.mark.parametrize(("value", "words"), [("2", "the same numbers"), ("1e39", "above 3e38")])
@pytest.mark.filterwarnings("ignore:overflow")
def test_series_that_nothing_can_be_learned_from_are_refused(tmp_path, value, words):
    path = tmp_path / "series.csv"
    path.write_text("x\n" + f"{value}\n" * 40)
    data = {"of": "motion_sense", "files": [str(path)], "column": "x"}
    refused(data, WINDOWS, words=words)


def test_a_mark_of_byte_order_is_no_part_of_a_name(tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("x,y\n" + "".join(f"{value},0\n" for value in range(40)), "utf-8-sig")
    data = {"of": "motion_sense", "files": [str(path)], "column": "x"}
    assert drawn(data, WINDOWS).inputs[0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("held", [0, 20])
def test_rows_are_needed_on_both_sides(held):
    marked = np.arange(20)[None] < held
    rows = Rows(np.ones((20, 2)), np.arange(20) % 2, marked)
    refusal(require_usable, rows, words=["data.held_out", f"of 20 rows {held} are held out"])


def test_a_series_that_only_moves_where_it_is_held_out_is_refused(tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("x\n" + "0\n" * 30 + "".join(f"{value}\n" for value in range(20)))
    data = {"of": "motion_sense", "files": [str(path)], "column": "x", "held_out": 0.4}
    refused(data, WINDOWS, words="all rows to learn from have the same numbers")


def test_windows_need_readings():
    refused({"of": "ecog", "seconds": 0.001}, words="data.seconds: 0.001 250 Hz 0 readings")
