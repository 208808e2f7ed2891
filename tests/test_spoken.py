"""Spoken sentences: who speaks which, how, and that the same seed gives the same sound."""

from io import BytesIO

import numpy as np
import pytest
import soundfile
import yaml
from pydantic import ValidationError
from refusals import refusal
from workflow_helpers import ROOT, TINY, make_repository, planned, run, write_yaml

from sametask.config.sections.spoken_section import Speaking, Spoken
from sametask.examples.sentences import draw_sentences, held_out_pairs, read_words
from sametask.examples.speech import data_set, speaker
from sametask.examples.speech.corpus import MARGIN, RATE
from sametask.inputs.data_sets.sounds import read_sound
from sametask.inputs.sounds import lengths
from sametask.storage.store import open_store

WORDS = read_words(ROOT / "resources/sentences.yaml")
COUNTS = {"train": 12, "fit": 6, "test": 6}
VOICES = {"voices": ["en-us+m3", "en+f2", "en-us+klatt3"], "held_out_voices": ["en-us+linda"]}
SPEAKING = Speaking(**VOICES, speeds=(160, 200), pitches=(40, 60))
TEXT = "the park offers good food"


def sounds(table):
    """The decoded clips of a split."""
    files = [read_sound(BytesIO(row["audio"]["bytes"])) for row in table]
    assert {rate for _, rate in files} == {RATE}
    return [sound for sound, _ in files]


@pytest.fixture(scope="module")
def spoken():
    return data_set(WORDS, COUNTS, SPEAKING, seed=3)


def test_the_same_seed_gives_the_same_sound(spoken):
    again, other = (data_set(WORDS, COUNTS, SPEAKING, seed) for seed in (3, 4))
    for split in COUNTS:
        assert again[split].to_dict() == spoken[split].to_dict()
        assert other[split]["text"] != spoken[split]["text"]


def test_test_sentences_have_voices_of_their_own(spoken):
    for split, count in COUNTS.items():
        voices = list(spoken[split]["voice"])
        wanted = VOICES["held_out_voices" if split == "test" else "voices"]
        assert {voice: voices.count(voice) for voice in wanted} == dict.fromkeys(
            wanted, count // len(wanted)
        )
        assert all(160 <= speed <= 200 for speed in spoken[split]["speed"])
        assert all(40 <= pitch <= 60 for pitch in spoken[split]["pitch"])


def test_clips_begin_and_end_with_short_silence(spoken):
    margin = round(MARGIN * RATE)
    for sound in sounds(spoken["train"]):
        assert 1 < len(sound) / RATE < 6
        assert not sound[:margin].any() and not sound[-margin:].any()
        assert sound[margin] and sound[-margin - 1]


def test_noise_has_the_ratio_that_is_asked_for():
    counts, ratio = {"train": 4}, 20.0
    quiet, noisy = (
        sounds(
            data_set(WORDS, counts, Speaking(**VOICES, speeds=(180, 180), noise=noise), 0)["train"]
        )
        for noise in (None, (ratio, ratio))
    )
    for clean, sound in zip(quiet, noisy, strict=True):
        noise = sound.astype(float) - clean
        measured = 20 * np.log10(clean.astype(float).std() / noise.std())
        assert measured == pytest.approx(ratio, abs=0.3)
        assert noise[: round(MARGIN * RATE)].any()


def test_speed_and_voice_are_heard():
    with speaker() as speaks:
        assert speaks.rate == 22_050
        slow, fast = (len(speaks.say(TEXT, "en-us", speed, 50)) for speed in (120, 240))
        assert slow / fast == pytest.approx(2, rel=0.25)
        low, high = (pitch_of(speaks.say(TEXT, voice, 150, 50)) for voice in ("en+m3", "en+f2"))
    assert low < 130 and high > 160


def pitch_of(sound, rate=22_050):
    """The median fundamental frequency in Hz, by autocorrelation."""
    found = []
    for start in range(0, len(sound) - 1024, 512):
        part = sound[start : start + 1024].astype(float)
        if part.std() > 800:
            same = np.correlate(part, part, "full")[1023:]
            found.append(rate / (rate // 400 + np.argmax(same[rate // 400 : rate // 60])))
    return np.median(found)


@pytest.mark.parametrize(
    ("voice", "words"),
    [
        ("en-us+linds", ["no variant 'linds'", "'linda'"]),
        ("xx+m3", ["'xx+m3'", "no such language", "en-us"]),
    ],
)
def test_a_voice_that_there_is_not(voice, words):
    speaking = SPEAKING.model_copy(update={"voices": [voice]})
    refusal(data_set, WORDS, {"train": 1}, speaking, 0, words=words)


def test_a_text_that_cannot_be_spoken():
    with speaker() as speaks:
        refusal(speaks.say, "…", "en-us", 150, 50, words=["says nothing"])


def test_short_sentences_keep_the_sentiment_balanced():
    counts = {"train": 640, "test": 320}
    drawn = draw_sentences(WORDS, counts, 1, longest=7)
    held = held_out_pairs(WORDS, 1)
    for split, sentences in drawn.items():
        assert max(len(one.english(WORDS).split()) for one in sentences) == 7
        labels = np.array([[one.sentiment(WORDS), one.agreement(WORDS)] for one in sentences])
        assert labels[:, 0].mean() == pytest.approx(0.5, abs=0.01)
        assert 0.3 < labels[:, 1].mean() < 0.7
        assert abs(np.corrcoef(labels.T)[0, 1]) < 0.05
        assert {(one.verb, one.adjective) in held for one in sentences} == {split == "test"}
    refusal(draw_sentences, WORDS, counts, 1, 4, words=["longest: 4", "at least 5"])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"speeds": (200, 150)}, ["speeds: 200 is above 150"]),
        ({"noise": (30, 10)}, ["noise: 30", "above 10"]),
        ({"voices": ["en+m1", "en+m1"]}, ["voices", "'en+m1' is named twice"]),
        ({"held_out_voices": ["en+f2"]}, ["held_out_voices", "'en+f2'"]),
        ({"voices": ["en m1"]}, ["voices"]),
        ({"speeds": (10, 150)}, ["speeds", "80"]),
        ({"speed": (160, 180)}, ["unknown key 'speed'", "'speeds'"]),
    ],
)
def test_wrong_settings_are_named(keys, words):
    with pytest.raises(ValidationError) as caught:
        Speaking(**{**VOICES, "speeds": (150, 160)} | keys)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("name", ["spoken", "spoken-small"])
def test_the_settings_that_come_along(name):
    asked = Spoken(**yaml.safe_load((ROOT / f"config/{name}.yaml").read_text()))
    assert len(asked.speaking.voices) >= (6 if name.endswith("small") else 12)
    # A variant is not in both: the voices of tests are new ones, not old ones with an accent.
    variants = [{voice.split("+")[1] for voice in names}
                for names in (asked.speaking.voices, asked.speaking.held_out_voices)]  # fmt: skip
    assert not variants[0] & variants[1]
    with speaker() as speaks:
        for voice in [*asked.speaking.voices, *asked.speaking.held_out_voices]:
            speaks.require_voice(voice)


def test_spoken_sentences_are_made_before_samples_are_drawn(tmp_path):
    asked = TINY | {
        "inputs": {
            "domain": "speech", "source": "results/spoken-small/data", "split": "fit",
            "test_split": "test", "label": "label", "texts": ["german", "text"], "longest": 6,
        },
        "samples": {"fit": 30, "test": 20},
        "perturbations": {"count": 4, "along": "sametask.inputs.sounds:add_noise",
                          "delta": 0.1, "arguments": {"level": 0.1}},
        "task": {"kind": "classification"},
        "networks": {
            name: {
                "pretrained": {"source": "results/nothing", "class": "Wav2Vec2ForCTC"},
                "view": {"function": "sametask.inputs.sounds:add_noise"},
                "layers": "wav2vec2",
                "pool": "mean",
            }
            for name in ("one", "two")
        },
        "diffusion": {"coordinates": 4},
    }  # fmt: skip
    folder = make_repository(tmp_path / "sametask", asked)
    (folder / "resources").symlink_to(ROOT / "resources")
    settings = {
        "words": "resources/sentences.yaml",
        "counts": {"fit": 30, "test": 20},
        "speaking": VOICES | {"speeds": [180, 200]},
    }
    write_yaml(folder / "config/spoken-small.yaml", settings)
    samples = "results/tiny/samples.zarr"
    assert planned(folder, samples) == {"make_spoken", "draw_samples"}
    run(folder, samples)
    drawn = open_store(folder / samples, "samples")
    sound = drawn["fit/inputs/sound"]
    assert sound.shape == (30, 96_000) and lengths(sound).min() > RATE
    assert drawn.attributes["input_shape"] == [96_000]
    assert drawn["test/inputs/german"].dtype == np.uint8
    assert planned(folder, samples) == set()


def test_what_soundfile_reads_is_what_was_written(spoken):
    """A FLAC file of one channel with 16 bits, which other programs read as well."""
    info = soundfile.info(BytesIO(spoken["fit"][0]["audio"]["bytes"]))
    assert (info.format, info.subtype, info.channels) == ("FLAC", "PCM_16", 1)
