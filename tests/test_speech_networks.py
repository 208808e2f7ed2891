"""Networks of speech: vocabularies, batches of clips, filters, training, and saved folders."""

import json

import numpy as np
import pytest
import torch
from refusals import refusal
from transformers import AutoTokenizer, SpeechEncoderDecoderModel, Wav2Vec2ForCTC

from sametask.config.sections.speech_networks_section import Decoder, Recogniser, Translator
from sametask.config.sections.speech_networks_section import SpeechTraining as Training
from sametask.config.sections.spoken_section import Speaking
from sametask.examples.sentences import read_words
from sametask.examples.speech.corpus import data_set
from sametask.networks.speech.answers import require_frames, word_error_rate
from sametask.networks.speech.building import untrained_recogniser, untrained_translator
from sametask.networks.speech.clips import (
    RATE,
    Heard,
    batches_by_length,
    extractor_of_sound,
    given,
    read_heard,
    varied,
)
from sametask.networks.speech.filters import gabor_filters
from sametask.networks.speech.recogniser import train_recogniser
from sametask.networks.speech.saved import load_encoder
from sametask.networks.speech.translator import train_translator
from sametask.networks.speech.vocabularies import IGNORED, characters, labels, whole_words

VOICES = {"voices": ["en-us+m1"], "held_out_voices": ["en+f2"], "speeds": (200, 200)}
CONFIGURATION = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
    "conv_dim": [16, 16], "conv_kernel": [320, 8], "conv_stride": [60, 4], "conv_bias": True,
    "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2, "layerdrop": 0.0,
    "initializer_range": 0.1,
}  # fmt: skip
RECOGNISER = {
    "class": "Wav2Vec2ForCTC", "configuration": CONFIGURATION,
    "train": {"steps": 20, "batch": 4, "speed": 0.1, "noise": 0.05},
}  # fmt: skip
TRANSLATOR = {
    "class": "SpeechEncoderDecoderModel", "encoder": "english",
    "decoder": {
        "class": "BartForCausalLM",
        "configuration": {
            "d_model": 16, "decoder_layers": 1, "decoder_attention_heads": 2,
            "decoder_ffn_dim": 32, "max_position_embeddings": 32,
        },
    },
    "train": {"steps": 20, "batch": 4},
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoken") / "data"
    counts = {"train": 24, "validation": 4, "test": 4}
    words = read_words("resources/sentences.yaml")
    data_set(words, counts, Speaking(**VOICES), 0, 6).save_to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def recogniser(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks") / "english"
    train_recogniser(Recogniser(**RECOGNISER), data, seed=3).save(folder)
    return folder


def clips(*lengths):
    random = np.random.default_rng(0)
    return [(3000 * random.standard_normal(length)).astype(np.int16) for length in lengths]


def test_characters_are_the_blank_the_delimiter_and_letters():
    tokeniser = characters(["ab ba", "c"])
    assert tokeniser.get_vocab() == {"<pad>": 0, "<unk>": 1, "|": 2, "a": 3, "b": 4, "c": 5}
    assert labels(tokeniser, ["a b", "c"]).tolist() == [[3, 2, 4], [5, IGNORED, IGNORED]]
    # Equal characters without a blank between them are one.
    assert tokeniser.decode([3, 3, 0, 3, 2, 0, 4]) == "aa b"
    refusal(labels, tokeniser, ["ab", "zu"], words=["'zu'", "outside the vocabulary"])
    refusal(characters, ["a|b"], words=["'|'", "between words"])


def test_words_are_tokens_and_a_text_has_an_end():
    tokeniser = whole_words(["der Park", "Park bietet"])
    numbers = labels(tokeniser, ["Park", "der Park bietet"])
    assert (numbers[0] == IGNORED).sum() == 2 and numbers[0, 1] == tokeniser.eos_token_id
    assert tokeniser.decode(numbers[1], skip_special_tokens=True) == "der Park bietet"


def test_clips_of_a_batch_have_about_one_length_and_all_are_seen():
    lengths = np.random.default_rng(1).integers(1000, 2000, 64).tolist()
    batches = list(batches_by_length(lengths, 8, 8, np.random.default_rng(0)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(64))
    assert max(np.ptp(np.array(lengths)[chosen]) for chosen in batches) < 300
    few = batches_by_length([9] * 3, 8, 1, np.random.default_rng(0))
    refusal(next, few, words=["3 clips are fewer than train.batch, 8"])


def test_a_faster_clip_is_shorter_and_has_a_higher_pitch():
    tone = (8000 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)).astype(np.int16)
    settings = Training(steps=20, speed=0.3)
    lengths = set()
    for seed in range(4):
        changed = varied(tone, settings, np.random.default_rng(seed))
        factor = len(tone) / len(changed)
        spectrum = np.abs(np.fft.rfft(changed))
        pitch = spectrum.argmax() * RATE / len(changed)
        assert pitch == pytest.approx(500 * factor, rel=0.01) and 0.74 < factor < 1.36
        lengths.add(len(changed))
    assert len(lengths) == 4
    assert np.array_equal(varied(tone, Training(steps=20), np.random.default_rng(0)), tone)
    noisy = varied(tone, Training(steps=20, noise=0.5), np.random.default_rng(0))
    assert 0 < np.std(noisy - tone) < 0.5 * tone.std()


def test_four_filters_tell_how_loud_a_wave_is_whatever_its_phase():
    filters = gabor_filters(40, 400, RATE)
    assert np.allclose(np.linalg.norm(filters, axis=1), 1)
    frequency = np.fft.rfftfreq(RATE, 1 / RATE)[np.abs(np.fft.rfft(filters[20], RATE)).argmax()]
    times = np.arange(400) / RATE
    waves = [np.cos(2 * np.pi * frequency * times + phase) for phase in np.linspace(0, 6, 13)]
    heard = np.maximum(filters[20:24] @ np.array(waves).T, 0).sum(axis=0)
    assert np.ptp(heard) < 0.5 * heard.mean()
    assert np.ptp(np.maximum(filters[20] @ np.array(waves).T, 0)) > heard.mean() / 2


def test_padding_changes_nothing():
    tokeniser = characters(["ab"])
    network = untrained_recogniser(CONFIGURATION, tokeniser).eval()
    sounds, extractor = clips(4000, 6500, 9000), extractor_of_sound()
    with torch.no_grad():
        together = network(**given(extractor, sounds)).logits
        for row, sound in enumerate(sounds):
            alone = network(**given(extractor, [sound])).logits[0]
            assert torch.allclose(together[row, : len(alone)], alone, atol=1e-5)


def test_error_rates_count_words():
    heard = Heard(clips(4000, 4000), ["the park sells art", "our city"])
    said = iter([["the park art"], ["our city"]])

    def answers(inputs):
        return [text for _ in inputs["input_values"] for text in next(said)]

    assert word_error_rate(answers, heard, extractor_of_sound()) == pytest.approx(1 / 6)


def test_the_same_seed_gives_the_same_network(data, recogniser):
    again = train_recogniser(Recogniser(**RECOGNISER), data, seed=3)
    before = Wav2Vec2ForCTC.from_pretrained(recogniser).state_dict()
    assert all(
        torch.equal(value, before[name]) for name, value in again.network.state_dict().items()
    )
    other = train_recogniser(Recogniser(**RECOGNISER), data, seed=4).network.state_dict()
    assert not torch.equal(other["lm_head.weight"], before["lm_head.weight"])


def test_losses_fall(data):
    few = Recogniser(**RECOGNISER | {"train": {"steps": 20, "batch": 4, "learning_rate": 1e-9}})
    more = Recogniser(**RECOGNISER | {"train": {"steps": 80, "batch": 4, "learning_rate": 1e-2}})
    losses = [
        train_recogniser(settings, data, 3).figures["training_loss"] for settings in (few, more)
    ]
    assert losses[1] < 0.8 * losses[0]


def test_folders_load_as_those_of_transformers_do(data, recogniser, tmp_path):
    figures = json.loads((recogniser / "training.json").read_text())
    assert {"training_loss", "seconds", "test_word_error_rate"} <= set(figures)
    settings = Translator(**TRANSLATOR)
    made = train_translator(settings, data, recogniser, seed=3)
    made.save(tmp_path / "german")
    loaded = SpeechEncoderDecoderModel.from_pretrained(tmp_path / "german").eval()
    tokeniser = AutoTokenizer.from_pretrained(tmp_path / "german")
    inputs = given(extractor_of_sound(), read_heard(data, "test", "german").sounds)
    for beams in (1, 3):
        said = loaded.generate(**inputs, num_beams=beams)
        assert torch.equal(said, made.network.generate(**inputs, num_beams=beams))
        assert tokeniser.batch_decode(said, skip_special_tokens=True)


def test_an_encoder_with_rate_0_stays_as_it_was(data, recogniser):
    fixed = train_translator(Translator(**TRANSLATOR, encoder_rate=0), data, recogniser, seed=3)
    moved = train_translator(Translator(**TRANSLATOR), data, recogniser, seed=3)
    before = load_encoder(recogniser).state_dict()
    after, other = fixed.network.encoder.state_dict(), moved.network.encoder.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert not all(torch.equal(other[name], value) for name, value in before.items())


def test_what_does_not_fit_is_refused_in_one_line(data, tmp_path):
    tokeniser = characters(["ab"])
    refusal(untrained_recogniser, {"hiden_size": 8}, tokeniser, words=["hidden_size"])
    refusal(untrained_recogniser, {"vocab_size": 8}, tokeniser, words=["leave it out"])
    refusal(untrained_recogniser, {"hidden_size": 9}, tokeniser, words=["cannot be built"])
    network = untrained_recogniser(CONFIGURATION, tokeniser)
    decoder = Decoder(**{"class": "BertForCausalLM"})
    refusal(untrained_translator, network.wav2vec2, decoder, tokeniser, words=["BertForCausalLM"])
    refusal(load_encoder, tmp_path, words=["no recogniser"])
    heard = Heard(clips(9000, 500), ["ab", "ab"])
    refusal(require_frames, network, heard, [2, 2], 1.0, words=["clip 1: 500 samples", "needs 2"])
