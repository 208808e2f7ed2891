"""Sound of a data set as inputs: clips are decoded, resampled, padded, perturbed, or refused."""

import logging
from io import BytesIO

import numpy as np
import pytest
import soundfile
import yaml
from datasets import Audio, ClassLabel, Dataset, DatasetDict, Features, Value
from pydantic import ValidationError
from refusals import refusal, refused_experiment
from workflow_helpers import TINY

from sametask.config.sections.input_sections import inputs_section
from sametask.config.sections.sample_sections import Perturbations, Samples, Task
from sametask.inputs import draw_own, draw_samples, draw_shared, examine, read_draws, write_draws
from sametask.inputs.data_sets.arrays import open_table
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.inputs.shared_samples import facts_of
from sametask.inputs.sounds import (
    PADDING,
    add_noise,
    as_sound,
    decode_sounds,
    encode_sounds,
    lengths,
)
from sametask.inputs.texts import decode
from sametask.storage import store

RATE = 8000
TASK = Task(kind="classification")
KINDS = {
    "audio": {"bytes": Value("binary"), "path": Value("string")},
    "text": Value("string"),
    "german": Value("string"),
    "y": ClassLabel(names=["no", "yes"]),
}
NOISE = "sametask.inputs.sounds:add_noise"


def clip(number, seconds=0.1, rate=RATE):
    """A tone of its own for every number."""
    steps = np.arange(round(seconds * rate)) / rate
    return as_sound((2000 + 20 * number) * np.sin(2 * np.pi * (300 + number) * steps))


def wav(values, rate=RATE, **keys):
    file = BytesIO()
    soundfile.write(file, values, rate, format="WAV", **keys)
    return file.getvalue()


def table(files):
    """Rows with these files, and two texts and a label for each."""
    audio = [{"bytes": file, "path": None} for file in files]
    texts = [f"text {number}" for number in range(len(files))]
    labels = [number % 2 for number in range(len(files))]
    german = [f"Text {number}" for number in range(len(files))]
    columns = {"audio": audio, "text": texts, "german": german, "y": labels}
    return Dataset.from_dict(columns, Features(KINDS))


def as_audio(rows):
    """The column as data sets of the hub have it."""
    return rows.cast_column("audio", Audio(sampling_rate=RATE))


def folder_of(place, **files):
    """A folder of ``save_to_disk`` with splits of these files."""
    tables = {split: as_audio(table(rows)) for split, rows in files.items()}
    DatasetDict(tables).save_to_disk(place / "data")
    return place / "data"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two splits; the last two clips of the test split are in the fit split as well."""
    fit = [wav(clip(number, 0.05 + 0.001 * number)) for number in range(43)]
    test = [wav(clip(number)) for number in range(100, 120)] + fit[:2]
    return folder_of(tmp_path_factory.mktemp("sounds"), fit=fit, test=test)


def section(source, **keys):
    usual = {"domain": "speech", "source": str(source), "split": "fit"}
    return inputs_section(usual | {"rate": RATE, "longest": 0.2} | keys)


def test_clips_are_rows_padded_after_the_end(data):
    with open_table(section(data, label="y")) as rows:
        assert rows.inputs.dtype == np.int16 and rows.inputs.shape == (43, 1600)
        sound, labels = rows.read(np.array([7, 0]))
    for row, number in zip(sound, (7, 0), strict=True):
        wanted = clip(number, 0.05 + 0.001 * number)
        np.testing.assert_array_equal(row[: len(wanted)], wanted)
        assert (row[len(wanted) :] == PADDING).all()
    assert list(labels) == [1, 0]


@pytest.mark.parametrize("kind", ["parquet", "bytes"])
def test_a_folder_of_files_is_read_by_the_same_code(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    rows = table([wav(clip(number)) for number in range(3)])
    (tmp_path / "files").mkdir()
    # As `hf download` gives them: sound is marked as such, or is a pair of bytes and a path.
    made = as_audio(rows) if kind == "parquet" else rows
    made.to_parquet(tmp_path / "files/test-00000-of-00001.parquet")
    with open_table(section(tmp_path / "files", split="test", texts=["text"])) as opened:
        read = opened.inputs[:2]
    assert decode(read["text"]) == ["text 0", "text 1"]
    np.testing.assert_array_equal(decode_sounds(read["sound"])[1], clip(1))


def test_a_downloaded_folder_has_configurations(tmp_path, monkeypatch):
    """As LibriSpeech has them: ``clean`` and ``other``, each with splits of the same names."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    configs = []
    for number, name in enumerate(("clean", "other")):
        (tmp_path / "files" / name).mkdir(parents=True)
        rows = as_audio(table([wav(clip(number))]))
        rows.to_parquet(tmp_path / f"files/{name}/test-00000-of-00001.parquet")
        files = [{"split": "test", "path": f"{name}/test-*"}]
        configs.append({"config_name": name, "data_files": files})
    header = yaml.safe_dump({"configs": configs})
    (tmp_path / "files/README.md").write_text(f"---\n{header}---\n")
    for number, name in enumerate(("clean", "other")):
        asked = section(tmp_path / "files", split="test", configuration=name)
        with open_table(asked) as opened:
            np.testing.assert_array_equal(decode_sounds(opened.inputs[:1])[0], clip(number))
    for name, words in ((None, ["'clean'", "'other'"]), ("clear", ["clear", "clean"])):
        asked = section(tmp_path / "files", split="test", configuration=name)
        refusal(examine, asked, None, words=[f"{tmp_path}/files", *words])


def test_clips_are_decoded_when_they_are_needed(tmp_path):
    folder = folder_of(tmp_path, fit=[wav(clip(0)), b"RIFF damaged", wav(clip(2))])
    with open_table(section(folder)) as rows:
        assert len(rows.read(np.array([0, 2]))[0]) == 2
        words = ["fit: audio: row 1: damaged, or no sound", "leave it out"]
        refusal(rows.read, np.array([0, 1]), words=words)
    refusal(examine, section(folder), None, words=words)


def test_another_rate_is_resampled_and_said_once(tmp_path, caplog):
    steps = np.arange(4410) / 44_100
    tone = as_sound(8000 * np.sin(2 * np.pi * 500 * steps))
    folder = folder_of(tmp_path, fit=[wav(tone, 44_100)] * 3)
    with caplog.at_level(logging.WARNING), open_table(section(folder)) as rows:
        sound = rows.inputs[:3]
    (said,) = caplog.messages
    assert "fit: audio" in said and "44100 Hz are resampled to 8000 Hz" in said
    (found,) = decode_sounds(sound[:1])
    wanted = 8000 * np.sin(2 * np.pi * 500 * np.arange(800) / 8000)
    # The ends miss what would be beside them.
    np.testing.assert_allclose(found[50:-50], wanted[50:-50], atol=40)
    assert len(found) == 800


@pytest.mark.parametrize("subtype", ["FLOAT", "PCM_24", "PCM_U8"])
def test_other_formats_have_the_same_scale(tmp_path, subtype):
    loud = clip(0) * 8
    folder = folder_of(tmp_path, fit=[wav(loud / 32768, subtype=subtype)])
    with open_table(section(folder)) as rows:
        (sound,) = decode_sounds(rows.inputs[:1])
    np.testing.assert_allclose(sound, loud, atol=300 if subtype == "PCM_U8" else 1)


def test_the_loudest_sound_is_no_padding(tmp_path):
    square = np.where(np.arange(400) % 40 < 20, -32768, 32767).astype(np.int16)
    folder = folder_of(tmp_path, fit=[wav(square)])
    with open_table(section(folder)) as rows:
        (sound,) = decode_sounds(rows.inputs[:1])
    np.testing.assert_array_equal(sound, np.maximum(square, -32767))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (wav(np.stack([clip(0), clip(1)], axis=1)), ["has 2 channels", "mono"]),
        (wav(np.empty(0, np.int16)), ["is an empty clip"]),
        (wav(np.zeros(500, np.int16)), ["is silent"]),
        (wav(clip(0) // 1000), ["is silent"]),
        (wav(clip(0), 1), ["has 1 values a second", "1,000 to 1,000,000"]),
        (wav(clip(0), 2**31 - 1), ["has 2,147,483,647 values a second"]),
        (wav(clip(0, 0.21)), ["has 0.21 seconds", "inputs.longest is 0.2", "give 0.21"]),
        (wav(np.full(99, np.nan), subtype="FLOAT"), ["NaN or infinite"]),
        (wav(clip(0))[:30], ["damaged, or no sound"]),
        (b"no sound at all", ["damaged, or no sound"]),
    ],
    # A file may hold the time at which it was written; names of tests are the same in all workers.
    ids=[
        "stereo",
        "empty",
        "zeros",
        "quiet",
        "slow",
        "fast",
        "long",
        "not finite",
        "cut",
        "text",
    ],
)
def test_what_is_no_usable_clip_is_named(tmp_path, file, words):
    folder = folder_of(tmp_path, fit=[wav(clip(5)), file])
    refusal(examine, section(folder), None, words=[f"{folder}: fit: audio: row 1: ", *words])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"split": "fits"}, ["no split 'fits'", "'fit'"]),
        ({"audio": "audi"}, ["no column 'audi'", "'audio'"]),
        ({"texts": ["txt"]}, ["no column 'txt'", "'text'"]),
        ({"audio": "text"}, ["column text has no sound", "inputs.audio"]),
        ({"label": "text"}, ["row 0", "class_encode_column"]),
        ({"configuration": "clean"}, ["configuration: clean", "is a folder here"]),
    ],
)
def test_what_a_data_set_does_not_have(data, keys, words):
    refusal(examine, section(data, **keys), None, words=[str(data), *words])


def test_a_path_in_place_of_bytes(tmp_path):
    (tmp_path / "clip.wav").write_bytes(wav(clip(3)))
    paths = [str(tmp_path / "clip.wav"), str(tmp_path / "none.wav"), None]
    audio = [{"bytes": None, "path": path} for path in paths] + [None]
    kinds = Features({"audio": KINDS["audio"]})
    DatasetDict(fit=Dataset.from_dict({"audio": audio}, kinds)).save_to_disk(tmp_path / "data")
    with open_table(section(tmp_path / "data")) as opened:
        np.testing.assert_array_equal(decode_sounds(opened.inputs[:1])[0], clip(3))
        refusal(opened.read, np.array([1]), words=["row 1: ", "none.wav: no such file"])
        for row in (2, 3):
            refusal(opened.read, np.array([row]), words=[f"row {row}: has no sound"])


@pytest.mark.parametrize("texts", [[], ["text", "german"]])
def test_samples_are_drawn_written_and_read(data, tmp_path, texts):
    inputs = section(data, test_split="test", label="y", texts=texts)
    samples = Samples(fit=30, test=22)
    first, targets = examine(inputs, TASK)
    drawn = draw_samples(inputs, samples, TASK, 0, first)
    with store.create(tmp_path / "samples.zarr", "samples", provenance={}) as writer:
        write_draws(writer, drawn)
        writer.attributes |= facts_of(drawn, inputs, samples, TASK)
    opened = store.open_store(tmp_path / "samples.zarr", "samples")
    assert opened.attributes["input_shape"] == [1600]
    back = read_draws(opened, ("fit", "test", "pool"))
    assert set(back) == {"fit", "test"}
    for part, draw in drawn.items():
        assert back[part].inputs.dtype == draw.inputs.dtype
        np.testing.assert_array_equal(back[part].inputs, draw.inputs)
        np.testing.assert_array_equal(back[part].targets, targets[draw.rows])
    # Rows of 0 to 42 are the fit split; its first two clips are in the test split as well.
    assert drawn["fit"].rows.min() >= (0 if texts else 2) and drawn["fit"].rows.max() < 43
    if texts:
        numbers = [f"text {row - 43}" for row in drawn["test"].rows]
        assert decode(drawn["test"].inputs["text"]) == numbers


def test_equal_clips_are_on_one_side(data):
    inputs, samples = section(data, test_split="test"), Samples(fit=41, test=22)
    drawn = draw_samples(inputs, samples, None, 0)
    assert set(drawn["fit"].rows) == set(range(2, 43))
    words = ["samples.fit: 42, but the fit split has 41 rows that are not in the test split"]
    refusal(draw_samples, inputs, Samples(fit=42, test=22), None, 0, words=words)


def test_networks_with_clips_of_their_own(data):
    inputs = section(data, test_split="test", texts=["text"])
    samples = Samples(fit=12, test=20, anchors=4)
    shared = draw_shared(inputs, samples, None, 0, 4)
    own = [draw_own(inputs, samples, None, 0, shared, name, (n, 2)) for n, name in enumerate("ab")]
    for draw in own:
        np.testing.assert_array_equal(draw.inputs[:4], shared["pool"].inputs)
    assert not set(own[0].rows[4:]) & set(own[1].rows[4:])


def sample(texts):
    """One sample: a row, or a record with its text."""
    sound = encode_sounds([clip(0)], 1000)
    if not texts:
        return sound
    record = np.empty(1, [("sound", np.int16, (1000,)), ("text", np.uint8, (3,))])
    record["sound"], record["text"] = sound, [[97, 98, 0]]
    return record


@pytest.mark.parametrize("texts", [False, True])
def test_noise_is_sound_and_padding_stays(texts):
    given = sample(texts)
    drawn = add_noise(given, 200, np.random.default_rng(1), 0.1)
    assert drawn.dtype == given.dtype and drawn.shape == (1, 200, *given.shape[1:])
    sound = drawn[0]["sound"] if texts else drawn[0]
    assert (lengths(sound) == 800).all()
    added = sound[:, :800].astype(float) - clip(0)
    assert added.std() == pytest.approx(0.1 * clip(0).astype(float).std(), rel=0.02)
    assert abs(np.corrcoef(added[0], added[1])[0, 1]) < 0.2
    if texts:
        assert (drawn["text"] == [97, 98, 0]).all()


def test_noise_does_not_depend_on_how_samples_are_divided():
    asked = Perturbations(count=4, delta=0.1, along=NOISE, arguments={"level": 0.2})
    around = DrawnPerturbations(asked, 5).around
    samples = np.concatenate([sample(True), sample(True)])
    whole = around(samples, [4, 9], samples)
    np.testing.assert_array_equal(whole[1:], around(samples[1:], [9], samples))
    assert (whole[0]["sound"] != whole[1]["sound"]).any()


def test_noise_that_rounding_loses():
    quiet = encode_sounds([clip(0) // 500], 900)
    words = ["level: 0.01", "which rounding loses", "larger level"]
    refusal(add_noise, quiet, 2, np.random.default_rng(0), 0.01, words=words)


def test_perturbed_records_must_be_records():
    asked = Perturbations(count=4, delta=0.1, along="along_functions:without_fields")
    words = ["must return", "('sound', '<i2', (1000,))", "returned float64"]
    around = DrawnPerturbations(asked, 0).around
    refusal(around, sample(True), [0], sample(True), words=words)


@pytest.mark.parametrize(
    ("clips", "words"),
    [
        ([clip(0).astype(float)], ["clip 0 is no 16-bit sound"]),
        ([clip(0), np.array([PADDING], np.int16)], ["clip 1 is no 16-bit sound"]),
        ([clip(0), clip(0, 0.2)], ["clip 1 has 1600 values", "at most 1000"]),
        ([np.empty(0, np.int16)], ["clip 0 has 0 values"]),
    ],
)
def test_what_is_no_row_of_sound(clips, words):
    refusal(encode_sounds, clips, 1000, words=words)


@pytest.mark.parametrize("place", [slice(3, 4), slice(None)])
def test_padding_inside_a_clip(place):
    rows = encode_sounds([clip(0), clip(1)], 900)
    rows[1, place] = PADDING
    refusal(lengths, rows, words=["row 1 is no clip"])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"texts": ["sound"]}, ["texts: 'sound' is the name of the clip itself"]),
        ({"texts": ["text", "text"]}, ["texts: 'text' is named twice"]),
        ({"test_split": "fit"}, ["test_split: fit"]),
        ({"longest": 1e-9}, ["longest", "no sample at rate 8000"]),
        ({"text": "text"}, ["unknown key 'text'", "'texts'"]),
    ],
)
def test_wrong_keys_of_the_section(keys, words):
    with pytest.raises(ValidationError) as caught:
        section("data", **keys)
    assert all(word in str(caught.value) for word in words)


def test_the_section_is_read_from_plain_values(data):
    whole = section(data, test_split="test", texts=["text"])
    assert inputs_section(whole.plain()) == whole


def experiment(data, **changes):
    """An experiment on sound; only its keys are read."""
    network = {
        "pretrained": {"source": "folder", "class": "Wav2Vec2ForCTC"},
        "view": {"function": NOISE},
        "layers": "wav2vec2",
        "pool": "mean",
    }
    asked = {
        "inputs": section(data).plain(),
        "networks": {"a": network, "b": network | changes.pop("network", {})},
        "perturbations": {"count": 4, "delta": 0.1, "along": NOISE, "arguments": {"level": 0.1}},
        "diffusion": {"coordinates": 4},
    }
    return TINY | asked | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"perturbations": {"count": 4, "delta": 0.1}}, ["along: noise", NOISE]),
        ({"perturbations": {"count": 4, "delta": 0.1, "along": "data"}}, ["along: data", NOISE]),
        ({"task": {"kind": "reconstruction"}}, ["task.kind: reconstruction", "speech"]),
        ({"network": {"view": None}}, ["networks.b.view", "feature extractor", "listening:listen"]),
        (
            {"stitching": {"target_input": "source"}, "network": {"view": {"function": "a:b"}}},
            ["stitching.target_input", "see speech through different views"],
        ),
    ],
)
def test_what_an_experiment_on_sound_needs(data, tmp_path, changes, words):
    refused_experiment(tmp_path, experiment(data, **changes), *words)
