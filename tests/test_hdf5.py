"""HDF5 files whose values are elsewhere, held back, or read by nothing that is installed."""

import subprocess
import sys

import h5py
import numpy as np
import pytest
from refusals import refusal

from sametask.base.errors import SametaskError
from sametask.config.sections.input_sections import Array
from sametask.config.sections.sample_sections import Samples
from sametask.inputs import draw_samples, examine

SAMPLES = Samples(fit=30, test=20)
ROWS = np.random.default_rng(0).normal(size=(60, 3))


@pytest.fixture
def data(tmp_path):
    """Write an HDF5 file by a function of it; returns the section ``inputs`` that names it."""
    with h5py.File(tmp_path / "parts.h5", "w") as file:
        file["first"], file["last"], file["all"] = ROWS[:30], ROWS[30:], ROWS

    def written(fill):
        with h5py.File(tmp_path / "data.h5", "w") as file:
            fill(file)
        return Array(domain="array", source=str(tmp_path / "data.h5"))

    return written


def refused(inputs, *words):
    assert len(refusal(lambda: examine(inputs, None), words=["data.h5", *words])) < 300


def of_type(values):
    return lambda file: file.create_dataset("inputs", data=values)


@pytest.mark.parametrize(("stored", "read"), [(">f8", "f8"), (">f4", "f4"), ("f2", "f4")])
def test_numbers_are_read_in_the_order_and_precision_of_this_machine(data, stored, read):
    drawn = draw_samples(data(of_type(ROWS.astype(stored))), SAMPLES, None, 0)["fit"]
    assert drawn.inputs.dtype == np.dtype(read)
    np.testing.assert_array_equal(drawn.inputs, ROWS.astype(stored)[drawn.rows])


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        (of_type(ROWS.astype("g")), "float128"),
        (of_type(ROWS + 0j), "complex128"),
        (of_type(np.zeros(60, [("a", "f8")])), "a compound type"),
        (of_type(np.array(["a"] * 60, h5py.string_dtype())), "not numeric"),
        (of_type(3.0), "'inputs' is no array of rows"),
        (of_type(h5py.Empty("f8")), "'inputs' is no array of rows"),
        (of_type(ROWS[:0]), "inputs of shape (0, 3) have no rows"),
        (lambda file: file.create_group("inputs"), "'inputs' is no array of rows"),
        (lambda file: file.__setitem__("inputs", np.dtype("f8")), "'inputs' is no array of rows"),
        (lambda file: file.create_dataset("inputs", (60, 3), "f8"), "never written in full"),
    ],
)
def test_what_is_no_array_of_rows_of_numbers_is_refused(data, fill, words):
    refused(data(fill), words)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (h5py.SoftLink("/gone"), "link to '/gone' in "),
        (h5py.SoftLink("/inputs"), "damaged"),
        (h5py.ExternalLink("gone.h5", "/all"), "link to '/all' in gone.h5"),
        (h5py.ExternalLink("parts.h5", "/gone"), "link to '/gone' in parts.h5"),
    ],
)
def test_links_that_lead_nowhere_are_named(data, link, words):
    refused(data(lambda file: file.__setitem__("inputs", link)), words)


def test_links_that_lead_somewhere_are_followed(data):
    inputs = data(lambda file: file.__setitem__("inputs", h5py.ExternalLink("parts.h5", "/all")))
    assert len(draw_samples(inputs, SAMPLES, None, 0)["fit"].inputs) == 30


def virtual(*parts, rows=60):
    """A virtual array of parts: a file, a name in it, and which rows of how many."""

    def fill(file):
        layout, start = h5py.VirtualLayout((rows, 3), "f8"), 0
        for place, name, chosen, of in parts:
            source = h5py.VirtualSource(place, name, shape=(of, 3))[chosen]
            layout[start : start + source.shape[0]] = source
            start += source.shape[0]
        file.create_virtual_dataset("inputs", layout, fillvalue=0)

    return fill


HALF = slice(0, 30)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([("parts.h5", "first", HALF, 30), ("gone.h5", "last", HALF, 30)], "made of gone.h5"),
        ([("parts.h5", "first", HALF, 30), ("parts.h5", "gone", HALF, 30)], "made of 'gone' in "),
        ([("parts.h5", "first", HALF, 30)], "leave gaps in it"),
        ([("parts.h5", "first", slice(0, 60), 60)], "more rows than"),
        ([("parts.h5", "first", slice(10, 40), 60), ("parts.h5", "last", HALF, 30)], "more rows"),
    ],
)
def test_virtual_arrays_with_missing_parts_are_refused(data, parts, words):
    refused(data(virtual(*parts)), words)


def test_virtual_arrays_that_are_all_there_are_read(data):
    inputs = data(virtual(("parts.h5", "first", HALF, 30), ("parts.h5", "all", slice(30, 60), 60)))
    drawn = draw_samples(inputs, SAMPLES, None, 0)["fit"]
    np.testing.assert_array_equal(drawn.inputs, ROWS[drawn.rows])


def test_values_in_another_file_are_refused(data):
    external = [("raw.bin", 0, 60 * 24)]
    fill = lambda file: file.create_dataset("inputs", (60, 3), "f8", external=external)  # noqa: E731
    refused(data(fill), "keeps its values in raw.bin")


def test_a_filter_that_is_not_installed_is_named(data):
    def fill(file):
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_chunk((10, 3))
        settings.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, (0, 0, 0, 0, 4, 1, 1))
        space = h5py.h5s.create_simple((60, 3))
        h5py.h5d.create(file.id, b"inputs", h5py.h5t.NATIVE_DOUBLE, space, settings)

    refused(data(fill), "HDF5 filter 32001 (blosc)", "h5repack")


WRITER = """
import sys, h5py, numpy
file = h5py.File(sys.argv[1], "w", libver="latest")
file["inputs"] = numpy.random.default_rng(0).normal(size=(60, 3))
if sys.argv[2] == "many":
    file.swmr_mode = True
file.flush()
print("written", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("readers", ["none", "many"])
def test_a_file_that_is_being_written_is_no_damaged_one(data, tmp_path, readers):
    inputs = data(of_type(ROWS))
    given = [sys.executable, "-c", WRITER, inputs.source, readers]
    with subprocess.Popen(given, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        refused(inputs, "open for writing in another program")
        writer.stdin.close()
    assert len(draw_samples(inputs, SAMPLES, None, 0)["fit"].inputs) == 30


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_damage_of_any_place_ends_in_one_line_or_in_nothing(data, tmp_path, compression):
    def fill(file):
        file.create_dataset("inputs", data=ROWS, chunks=(10, 3), compression=compression)

    inputs, drawn = data(fill), np.random.default_rng(1)
    path = tmp_path / "data.h5"
    whole, told = path.read_bytes(), 0
    for number in range(60):
        damaged = bytearray(whole)
        for place in drawn.integers(0, len(whole) if number % 2 else 1000, size=3):
            damaged[place] = drawn.integers(256)
        path.write_bytes(damaged)
        try:
            examine(inputs, None)
        except SametaskError as error:
            told += 1
            assert "\n" not in str(error) and len(str(error)) < 300
    assert told > 10
