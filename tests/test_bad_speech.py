"""What is wrong with clips, their networks and their transcripts: `sametask check` says it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sound_networks import (
    CTC,
    DECODER,
    corpus,
    english,
    experiment,
    extractor,
    german,
    make_folders,
    tokeniser,
)  # fmt: skip
from test_bad_texts import put, refused
from workflow_helpers import write_yaml

from sametask.cli.main import main
from sametask.inputs.listening import read_ear
from sametask.inputs.sounds import as_sound
from sametask.networks.transcripts import read_transcriber

ENGLISH, GERMAN = ("networks", "english"), ("networks", "german")
GIVEN = ("view", "arguments")
LISTEN = "sametask.inputs.listening:listen"
HEAR = "sametask.networks.hearing:hear_words"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    make_folders(folder)
    corpus(folder / "data")
    return folder


@pytest.fixture
def good(made, tmp_path, monkeypatch):
    """An experiment that is fine, in a folder of its own."""
    shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    read_ear.cache_clear()  # The same name is another folder now.
    read_transcriber.cache_clear()
    return experiment(Path())


def fine(content, capsys):
    """`sametask check` of an experiment that is fine; returns what it says."""
    write_yaml(Path("good.yaml"), content)
    main(["check", "good.yaml"])
    return capsys.readouterr().out


def another(content, which, folder):
    """The experiment with another network in the place of one."""
    network = content["networks"][which[1]]
    changed = put(content, *which, "pretrained", "source", value=folder)
    changed = put(changed, *which, *GIVEN, "network", value=folder)
    assert network["transcript"]
    return put(changed, *which, "transcript", "tokeniser", value=folder)


def test_the_experiment_is_fine(good, capsys):
    assert "good.yaml is fine: 2 networks" in fine(good, capsys)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ((*ENGLISH, *GIVEN, "rate"), 8000, ["english.view.arguments.rate: 8000 Hz", "16000 Hz"]),
        (("inputs", "rate"), 8000, ["arguments.rate: 16000 Hz", "inputs.rate is 8000 Hz"]),
        ((*ENGLISH, *GIVEN, "frame"), 0.0201, ["arguments.frame: 0.02, but", "english has 0.0201"]),
        ((*ENGLISH, *GIVEN, "network"), "english/none", ["networks.english", "no such folder"]),
        (("positions",), {"of": "words"}, ["positions.of: words", "valid: of: frames"]),
        (("positions", "context"), 25, ["positions.context: 25", "25 positions; at most 24"]),
        (("positions", "samples"), 12, ["positions.samples and per_clip: 12 frames", "14"]),
        ((*ENGLISH, "transcript"), None, ["english.transcript", "task.kind: transcription"]),
        ((*ENGLISH, "transcript", "column"), "texts", ["'texts'", "did you mean 'text'?"]),
        (("inputs", "texts"), [], ["english.transcript.column", "inputs.texts"]),
        ((*GERMAN, "transcript", "by"), "ctc", ["german.transcript.by: ctc", "valid: tokens"]),
        (
            (*ENGLISH, "pretrained", "generate"),
            {"tokens": 5},
            ["valid: tokens, or without generate"],
        ),
        ((*ENGLISH, "transcript", "beams"), 3, ["english.transcript.beams", "pretrained.generate"]),
        (
            (*GERMAN, "pretrained", "generate"),
            {"tokens": 9, "first": 29},
            ["generate.first: 29", "at most 28"],
        ),
        ((*GERMAN, "pretrained", "generate"), {"tokens": 99}, ["generate.tokens: 99", "most 16"]),
        (
            (*GERMAN, "pretrained", "generate"),
            None,
            ["networks.german", "give pretrained.generate"],
        ),
        ((*ENGLISH, "layers"), "wav2vec2.feature_extractor", ["for 24 frames"]),
        ((*ENGLISH, "view"), None, ["english.view", LISTEN]),
        ((*ENGLISH, "pool"), "mean", ["networks.english.pool", "positions"]),
        (("geometry",), {"source": "jacobian"}, ["geometry.source: jacobian", "covariance"]),
        (("samples",), {"fit": 24, "test": 20, "anchors": 8}, ["samples.anchors"]),
        (("recorded",), "another", ["recorded: no other experiment 'another'"]),
        (("stitching",), {"target_input": "source"}, ["target_input: source", "valid: dummy, own"]),
    ],
)
def test_keys_that_do_not_fit_are_told_in_a_line(good, path, value, words):
    refused(put(good, *path, value=value), *words)


def test_words_that_are_heard_are_checked_as_frames_are(good):
    bad = put(good, *ENGLISH, "view", "function", value=HEAR)
    refused(bad, "positions.of: frames", f"english, {HEAR}, tells words", "valid: of: words")
    refused(put(bad, "inputs", "rate", value=8000), "arguments.rate: 16000 Hz", "is 8000 Hz")
    bad = put(bad, "positions", value={"of": "words"})
    for network, positions in (("english", 5), ("german", 6)):
        view = {"function": HEAR, "arguments": {"network": network, "positions": positions}}
        bad["networks"][network]["view"] = view
    refused(bad, "german.view.arguments.positions: 6", "english has 5", "words are paired by their")


def test_noise_and_networks_of_their_own_rate_are_fine_together(good, capsys):
    changed = good
    for which in (ENGLISH, GERMAN):
        extractor(Path(which[1]), sampling_rate=8000)
        changed = put(changed, *which, *GIVEN, "rate", value=8000)
    said = fine(put(changed, "inputs", "rate", value=8000), capsys)
    assert "is fine" in said


def test_the_shortest_clip_of_each_part_is_heard(good):
    """A single clip that has no step is found before the first job, whichever it is."""
    short = np.full(100, 500, np.int16)
    corpus(Path("fit"), fit=short)
    corpus(Path("test"), test=short)
    words = ["row 10", "has 0.006 s", "needs 0.0"]
    refused(put(good, "inputs", "source", value="fit"), "fit sample", *words)
    refused(put(good, "inputs", "source", value="test"), "test sample", *words[1:])


def test_room_that_no_clip_needs_is_told(good, capsys):
    assert "inputs.longest" not in fine(good, capsys)
    said = fine(put(good, "inputs", "longest", value=4), capsys)
    assert "note: inputs.longest: 4 seconds, but the longest clip drawn has" in said


def test_the_quietest_clip_is_perturbed(good):
    """Its noise would be lost in rounding, in the middle of a job."""
    corpus(Path("quiet"), fit=as_sound(4 * np.sin(np.arange(5000) / 3)))
    refused(put(good, "inputs", "source", value="quiet"), "level: 0.05", "larger level")


def test_folders_without_their_files_are_told_in_a_line(good):
    Path("english/preprocessor_config.json").unlink()
    refused(good, "networks.english", "no feature extractor", "config.json, model.safetensors")
    english(Path("english"))
    Path("english/vocab.json").unlink()
    read_ear.cache_clear()
    refused(good, "transcript.tokeniser: english: no vocabulary")
    tokeniser(Path("english"), padding=None)
    refused(good, "transcript.tokeniser: english", "blank of CTC")


def test_networks_that_read_padding_are_told_in_a_line(good):
    """Group norms are over the padding too; an adapter has steps of its own."""
    for which, make in ((ENGLISH, english), (GERMAN, german)):
        make(Path("group"), feat_extract_norm="group")
        read_ear.cache_clear()
        changed = another(good, which, "group")
        refused(changed, f"networks.{which[1]}", "padding", "feat_extract_norm: layer")
        shutil.rmtree("group")
    english(Path("adapter"), add_adapter=True)
    refused(another(good, ENGLISH, "adapter"), "networks.english", "at 3 steps", "have 24")


def test_scores_of_fewer_tokens_than_the_tokeniser_has_are_refused(good):
    english(Path("few"), vocab_size=20)
    refused(another(good, ENGLISH, "few"), "few has 29 tokens", "scores of 20")


def test_damaged_convolutions_name_the_file(good):
    configuration = json.loads(Path("english/config.json").read_text())
    changed = configuration | {"conv_kernel": [20, 8]}
    Path("english/config.json").write_text(json.dumps(changed))
    refused(good, "networks.english: config.json", "conv_kernel")


def test_frames_longer_than_clips_are_refused(good):
    changed = put(good, *ENGLISH, *GIVEN, "frame", value=0.9)
    changed = put(changed, *GERMAN, *GIVEN, "frame", value=0.9)
    refused(changed, "networks.english", "frame: 0.9 s", "at most 0.500")


@pytest.mark.parametrize(
    "changes",
    [
        {"positions": None},
        {"positions": {"of": "frames", "per_clip": 1, "samples": 24}},
        {"shards": 2},
        {"neurons": {"components": 4}},
    ],
)
def test_other_ways_to_measure_are_fine(good, capsys, changes):
    for which in (ENGLISH, GERMAN) if "neurons" in changes else ():
        good = put(good, *which, "neurons", value=changes["neurons"])
    for key in set(changes) - {"neurons"}:
        good = put(good, key, value=changes[key])
    assert "is fine" in fine(good, capsys)
    assert {CTC, DECODER} == {n["pretrained"]["class"] for n in good["networks"].values()}


def test_transcripts_are_not_read_from_pooled_answers(good):
    changed = put(put(good, "positions", value=None), *ENGLISH, "pool", value="mean")
    refused(changed, "networks.english.pool", "transcript.by: ctc")
