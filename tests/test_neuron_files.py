"""Real data of an ensemble, each from a small file of its exact format, and what is refused."""

import gzip
from datetime import UTC, datetime

import h5py
import numpy as np
import pytest
from datasets import Array2D, ClassLabel, Dataset, DatasetDict, Features
from PIL import Image

from sametask.base.errors import ConfigError, DataError
from sametask.config.sections.ensemble_section import Ensemble
from sametask.neurons.data.draw import draw
from sametask.neurons.data.mnist import read_idx
from sametask.neurons.data.sources import require_files

COLUMNS = [
    *(f"attitude.{name}" for name in ("roll", "pitch", "yaw")),
    *(
        f"{what}.{axis}"
        for what in ("gravity", "rotationRate", "userAcceleration")
        for axis in "xyz"
    ),
]
WINDOWS = {"kind": "autoencoder", "inputs": 4, "outputs": 4}
FILM = {"kind": "autoencoder", "inputs": 48, "outputs": 48}


def drawn(data, network=None):
    return draw(Ensemble(data=data, network=network or {"kind": "perceptron"}).drawn())


def written_readings(path, values, columns=COLUMNS):
    """A file of MotionSense, whose x of the acceleration has these values."""
    place = columns.index("userAcceleration.x") if "userAcceleration.x" in columns else 0
    lines = [",".join(["", *columns])]
    for number, value in enumerate(values):
        fields = ["0.5"] * len(columns)
        fields[place] = str(value)
        lines.append(",".join([str(number), *fields]))
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def walking(*files, **more):
    return drawn({"of": "motion_sense", "files": list(files), "held_out": 0.4, **more}, WINDOWS)


def test_windows_do_not_cross_from_one_file_into_the_next(tmp_path):
    first = written_readings(tmp_path / "sub_1.csv", range(10))
    with h5py.File(tmp_path / "sub_2.h5", "w") as file:
        file["userAcceleration.x"] = np.arange(10, 30)
    rows = walking(first, str(tmp_path / "sub_2.h5"), points=28)
    table = {"time": np.arange(20), "userAcceleration.x": np.arange(10, 30)}
    Dataset.from_dict(table).to_parquet(tmp_path / "sub_2.parquet")
    other = walking(first, str(tmp_path / "sub_2.parquet"), points=28)
    np.testing.assert_array_equal(other.inputs, rows.inputs)
    starts = rows.inputs[:, 0].tolist()
    assert starts == [*range(7), *range(10, 14), *range(17, 25)]
    assert rows.held_out[0].tolist() == [start >= 17 for start in starts]
    assert rows.facts == {"rate": 50.0}


def test_readings_that_cannot_be_used_are_refused(tmp_path):
    path = tmp_path / "sub_1.csv"
    written_readings(path, [0, 1, "nan", 3, ""])
    with pytest.raises(DataError, match=r"line 4: 'userAccel.* not finite, as in 2 readings"):
        walking(str(path))
    written_readings(path, range(9), COLUMNS[:9])
    with pytest.raises(DataError, match=r"no column 'userAcceleration\.x'"):
        walking(str(path))
    written_readings(path, range(9))
    with pytest.raises(DataError, match=r"did you mean 'userAcceleration\.x'"):
        walking(str(path), column="userAcceleration_x")
    with pytest.raises(DataError, match=r"data\.points: 10 readings, but the files have 9"):
        walking(str(path), points=10)
    written_readings(path, [])
    with pytest.raises(DataError, match="has no readings"):
        walking(str(path))
    path.write_text("")
    with pytest.raises(DataError, match="no column"):
        walking(str(path))


def idx(values):
    header = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    return header + values.astype(np.uint8).tobytes()


def written_mnist(folder):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 3, 4))
    classes = np.arange(40) % 4
    images, labels = folder / "images-idx3-ubyte.gz", folder / "labels-idx1-ubyte"
    images.write_bytes(gzip.compress(idx(pixels)))
    labels.write_bytes(idx(classes))
    return pixels, classes, {"of": "mnist", "images": str(images), "labels": str(labels)}


def test_images_are_read_from_idx_files_and_from_data_sets(tmp_path):
    pixels, classes, data = written_mnist(tmp_path)
    rows = drawn(data)
    assert rows.held_out.sum() == 12
    known = {(image.tobytes(), label) for image, label in zip(pixels, classes, strict=True)}
    found = np.rint(rows.inputs * 255).astype(int)
    assert {(one.tobytes(), label) for one, label in zip(found, rows.wanted, strict=True)} == known
    features = Features({"image": Array2D((3, 4), "uint8"), "label": ClassLabel(4)})
    table = Dataset.from_dict({"image": pixels, "label": classes}, features=features)
    DatasetDict(train=table).save_to_disk(tmp_path / "saved")
    other = drawn({"of": "mnist", "source": str(tmp_path / "saved")})
    np.testing.assert_array_equal(other.inputs, rows.inputs)
    np.testing.assert_array_equal(other.wanted, rows.wanted)
    assert len(drawn({**data, "rows": 32}).inputs) == 32


def test_idx_files_that_are_cut_or_of_another_kind_are_refused(tmp_path):
    _, _, data = written_mnist(tmp_path)
    with pytest.raises(DataError, match="begins with 00000801, where an IDX file of 3"):
        drawn({**data, "images": data["labels"]})
    whole = tmp_path / "labels-idx1-ubyte"
    whole.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"39 bytes of numbers, where 40 of shape \[40\]"):
        drawn(data)
    (tmp_path / "cut.gz").write_bytes(gzip.compress(bytes(99))[:-9])
    with pytest.raises(DataError, match=r"cut\.gz: cannot be read"):
        read_idx(tmp_path / "cut.gz", 1)
    with pytest.raises(ConfigError, match=r"x\.yaml: data: no file .*; download it from https"):
        require_files(Ensemble(data={**data, "images": "gone"}).data, "x.yaml")


def test_films_are_read_from_arrays_and_from_folders_of_images(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (10, 6, 8)).astype(np.uint8)
    np.save(tmp_path / "film.npy", frames)
    np.savez(tmp_path / "film.npz", frames=frames, times=np.arange(10))
    folder = tmp_path / "film"
    folder.mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{number:03d}.png")
    for source in ("film.npy", "film.npz", "film"):
        rows = drawn({"of": "video", "source": str(tmp_path / source)}, FILM)
        np.testing.assert_allclose(rows.inputs, frames.reshape(10, -1) / 255, atol=1e-7)
        np.testing.assert_array_equal(rows.wanted, rows.inputs)
        assert np.flatnonzero(rows.held_out[0]).tolist() == [7, 8, 9]
    assert (
        len(
            require_files(
                Ensemble(data={"of": "video", "source": str(folder)}, network=FILM).data, ""
            )
        )
        == 10
    )
    with pytest.raises(ConfigError, match=r"network\.inputs: 4, but a frame has 48 pixels"):
        drawn({"of": "video", "source": str(folder)}, WINDOWS)
    Image.new("L", (3, 3)).save(folder / "999.png")
    with pytest.raises(DataError, match=r"999\.png: \(3, 3\) pixels, where the first"):
        drawn({"of": "video", "source": str(folder)}, FILM)


def test_a_bar_looks_alike_after_its_period():
    network = {"kind": "autoencoder", "inputs": 256, "outputs": 256}
    frames = drawn({"of": "bar_video", "noise": 0.0, "frames": 60}, network).inputs
    np.testing.assert_allclose(frames[24:48], frames[:24], atol=1e-6)
    assert np.abs(frames[12] - frames[0]).max() > 0.9


def test_movement_lowers_beta_and_raises_high_gamma_of_half_the_channels():
    rows = drawn({"of": "ecog", "windows": 2000})
    powers = rows.inputs.reshape(2000, 8, 5)
    change = powers[rows.wanted == 1].mean(axis=0) - powers[rows.wanted == 0].mean(axis=0)
    expected = np.zeros((8, 5))
    expected[:4, 2], expected[:4, 4] = np.log(0.5), np.log(1.5)
    np.testing.assert_allclose(change, expected, atol=0.15)


def written_recording(path, values, rate=200.0):
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.ecephys import ElectricalSeries

    file = NWBFile("a hand", "one", datetime(2020, 1, 1, tzinfo=UTC))
    device = file.create_device("amplifier")
    group = file.create_electrode_group("grid", "a grid", "cortex", device)
    for _ in range(values.shape[1]):
        file.add_electrode(group=group, location="cortex")
    region = file.create_electrode_table_region([0, 1], "all")
    file.add_acquisition(ElectricalSeries("ElectricalSeries", values, region, rate=rate))
    file.add_trial_column("label", "what the hand does")
    for trial in range(8):
        file.add_trial(
            start_time=float(trial), stop_time=trial + 1.0, label=["rest", "move"][trial % 2]
        )
    with NWBHDF5IO(path, "w") as written:
        written.write(file)


def test_recordings_are_read_from_nwb_files(tmp_path):
    values = np.random.default_rng(0).standard_normal((1600, 2))
    values[200:400] *= 10
    path = tmp_path / "hand.nwb"
    written_recording(path, values)
    data = {"of": "nwb", "file": str(path), "seconds": 1.0, "held_out": 0.5}
    rows = drawn(data)
    assert rows.facts["classes"] == ["move", "rest"]
    assert rows.wanted.tolist() == [1, 0] * 4
    powers = rows.inputs.mean(axis=1)
    assert powers[1] - powers[0] == pytest.approx(2 * np.log(10), abs=1)
    with pytest.raises(ConfigError, match=r"no acquisition 'Electrical'; did you mean 'Elect"):
        drawn({**data, "series": "Electrical"})
    with pytest.raises(ConfigError, match=r"no column 'labels'; did you mean 'label'"):
        drawn({**data, "labels": "labels"})
    with pytest.raises(DataError, match="trial 7 is not inside the recording"):
        drawn({**data, "seconds": 1.5})
    written_recording(path, values + np.array([0, 1e6]))
    np.testing.assert_allclose(drawn(data).inputs, rows.inputs, atol=1e-4)
    written_recording(path, values * [1, 0] + 3.0)
    with pytest.raises(DataError, match=r"channel 1: no power in theta; is it constant\?"):
        drawn(data)
    values[100] = np.nan
    written_recording(path, values)
    with pytest.raises(DataError, match="trial 0 has readings that are not finite"):
        drawn(data)
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"hand\.nwb: no NWB file"):
        drawn(data)


def test_without_the_extra_a_recording_says_what_to_install(monkeypatch):
    monkeypatch.setattr("sametask.neurons.data.nwb.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"need the library pynwb; pip install 'sametask\[nwb\]'"):
        drawn({"of": "nwb", "file": "hand.nwb"})
