"""The experiments on speech of the hub, with folders of that format in the place of names."""

import json

import numpy as np
import pytest
import yaml
from datasets import Audio, Dataset
from sound_networks import DECODER, RATE, WORDS, english, german, wav
from text_networks import xlnet
from workflow_helpers import ROOT, make_repository, run

from sametask.cli.main import main
from sametask.inputs.fields import POSITIONS
from sametask.inputs.sounds import as_sound, encode_sounds
from sametask.networks.hearing import hear_words

SIZES = {"validation": 24, "test": 24}
MOST = 30


def clips():
    """Noise in the place of speech, by split."""
    draw = np.random.default_rng(1)
    return {
        split: [as_sound(2000 * draw.standard_normal(draw.integers(6000, 9000))) for _ in range(n)]
        for split, n in SIZES.items()
    }


def librispeech(folder, texts):
    """A folder as `hf download` makes it: a configuration, its splits in files of parquet."""
    (folder / "clean").mkdir(parents=True)
    files = []
    for split, sounds in clips().items():
        rows = {
            "audio": [
                {"bytes": wav(sound), "path": f"{row}.flac"} for row, sound in enumerate(sounds)
            ],
            "text": texts[split],
            "speaker_id": list(range(len(sounds))),
        }
        table = Dataset.from_dict(rows).cast_column("audio", Audio(RATE, decode=False))
        table.to_parquet(folder / f"clean/{split}-00000-of-00001.parquet")
        files.append({"split": split, "path": f"clean/{split}-*"})
    header = yaml.safe_dump({"configs": [{"config_name": "clean", "data_files": files}]})
    (folder / "README.md").write_text(f"---\n{header}---\n")


def as_many_words(folder):
    """Texts of as many words as a network of random weights hears in the clips."""
    texts = {}
    for split, sounds in clips().items():
        heard = hear_words(encode_sounds(sounds, 9600), str(folder), MOST, special=[])[POSITIONS]
        counts = (heard[..., 1] > heard[..., 0]).sum(axis=1)
        texts[split] = [" ".join(WORDS[row % 8] for row in range(n or 2)) for n in counts]
    return texts


def smaller(name, folder):
    """An experiment of the hub with local folders, fewer samples, and no GPU."""
    asked = yaml.safe_load((ROOT / f"config/experiments/{name}.yaml").read_text())
    asked["inputs"] |= {"source": str(folder / "librispeech"), "longest": 0.6}
    asked["samples"] = {"fit": 24, "test": 24}
    asked["perturbations"]["count"] = 8
    for key, network in asked["networks"].items():
        here = str(folder / key)
        network["pretrained"]["source"] = here
        network |= {"gpu": 0, "neurons": {"components": 4}}
        arguments = network["view"]["arguments"]
        arguments |= dict.fromkeys(arguments.keys() & {"network", "tokeniser"}, here)
        if "transcript" in network:
            network["transcript"]["tokeniser"] = here
    return asked | {"diffusion": {"coordinates": 3}, "alignment": {"shuffles": 99}, "shards": 1}


@pytest.fixture
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.mark.slow
def test_speech_of_the_hub_on_local_folders(tmp_path, offline):
    texts = {split: [" ".join(WORDS[:3])] * count for split, count in SIZES.items()}
    librispeech(tmp_path / "librispeech", texts)
    english(tmp_path / "english")
    german(tmp_path / "german")
    asked = smaller("speech-hub", tmp_path)
    asked["positions"] = {"of": "frames", "per_clip": 6, "samples": 120, "context": 2}
    networks = asked["networks"]
    assert networks["german"]["pretrained"]["class"] == DECODER
    networks["german"]["pretrained"]["generate"] = {"tokens": 8, "first": 5}
    folder = make_repository(tmp_path / "sametask", asked)
    run(folder, "results/tiny/report.html")
    place = folder / "results/tiny/english-german/evaluation.json"
    maps = json.loads(place.read_text())["maps"]
    assert {"word_agreement", "word_error_rate"} <= set(maps["affine_window"]["b_to_a"])
    # LibriSpeech has no German texts: nothing is said of what the translator should say.
    assert "word_error_rate" not in maps["affine"]["a_to_b"]
    assert "<audio" in (folder / "results/tiny/report.html").read_text()


@pytest.mark.slow
def test_the_sentiment_of_speech_of_the_hub_on_local_folders(tmp_path, offline, capsys):
    english(tmp_path / "english")
    texts = as_many_words(tmp_path / "english")
    librispeech(tmp_path / "librispeech", texts)
    xlnet(tmp_path / "sentiment", [text for split in texts.values() for text in split])
    asked = smaller("speech-sentiment-hub", tmp_path)
    asked["positions"]["samples"] = 100
    for network in asked["networks"].values():
        network["view"]["arguments"]["positions"] = MOST
    asked["networks"]["sentiment"]["view"]["arguments"]["length"] = 3 * MOST
    folder = make_repository(tmp_path / "sametask", asked)
    run(folder, "results/tiny/report.html", "results/tiny/network")
    place = folder / "results/tiny/english-sentiment/evaluation.json"
    assert "agreement" in json.loads(place.read_text())["maps"]["affine"]["a_to_b"]
    main(["answer", str(folder / "results/tiny"), str(clip_of(tmp_path))])
    assert "clip.wav: " in capsys.readouterr().out


def clip_of(folder):
    """A file of one of the clips."""
    (folder / "clip.wav").write_bytes(wav(clips()["test"][3]))
    return folder / "clip.wav"
