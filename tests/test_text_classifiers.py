"""Classifiers of texts: trained by the loop of all networks, saved as transformers saves them."""

import pytest
import torch
from refusals import refusal
from transformers import AutoModelForSequenceClassification

from sametask.base.errors import NetworkError
from sametask.config.reading import read_model
from sametask.config.sections.network_sections import Training
from sametask.config.sections.sentences_section import Sentences, TextClassifier
from sametask.examples.sentences import data_set, read_words
from sametask.inputs import Blocks
from sametask.inputs.data_sets.texts import read_texts
from sametask.networks.given import without_padding
from sametask.networks.text_classifiers import accuracy, train_classifier, untrained_classifier
from sametask.networks.tokenisers import load_tokeniser, tokens, train_tokeniser
from sametask.networks.train import train

COUNTS = {"train": 256, "validation": 64, "test": 64}
SIZES = {"unigram": 80, "byte_pairs": 440}
XLNET = {
    "class": "XLNetForSequenceClassification",
    "configuration": {
        "d_model": 16, "n_layer": 1, "n_head": 2, "d_inner": 32, "dropout": 0.0,
        "summary_last_dropout": 0.0, "use_mems_eval": False,
    },
    "tokeniser": "unigram",
    "train": {"learning_rate": 1e-3, "batch": 32, "epochs": 2},
}  # fmt: skip
ROBERTA = {
    "class": "RobertaForSequenceClassification",
    "configuration": {
        "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 40, "type_vocab_size": 1,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
    },
    "tokeniser": "byte_pairs",
    "train": {"learning_rate": 1e-3, "batch": 32, "epochs": 2},
}  # fmt: skip
of_both = pytest.mark.parametrize("settings", [XLNET, ROBERTA], ids=["xlnet", "roberta"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    there = tmp_path_factory.mktemp("sentences")
    data_set(read_words("resources/sentences.yaml"), COUNTS, 0).save_to_disk(there / "data")
    texts = read_texts(there / "data", "train").texts
    for kind, size in SIZES.items():
        train_tokeniser(kind, texts, size).save_pretrained(there / kind)
    return there


def trained(folder, settings, **changes):
    section = TextClassifier(**settings | changes)
    return train_classifier(section, folder / "data", folder / section.tokeniser, seed=3)


@of_both
def test_a_saved_classifier_is_one_of_transformers(folder, settings, tmp_path):
    made = trained(folder, settings)
    made.save(tmp_path / "saved")
    files = {path.name for path in (tmp_path / "saved").iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "training.json"} <= files
    loaded = AutoModelForSequenceClassification.from_pretrained(tmp_path / "saved").eval()
    texts = read_texts(folder / "data", "test").texts
    given = tokens(load_tokeniser(tmp_path / "saved"), texts)
    with torch.no_grad():
        torch.testing.assert_close(loaded(**given).logits, made.network(**given).logits)
    assert type(loaded).__name__ == settings["class"]


@of_both
def test_the_same_seed_gives_the_same_weights(folder, settings):
    first, again = trained(folder, settings), trained(folder, settings)
    assert first.figures == again.figures
    weights = again.network.state_dict()
    assert all(torch.equal(weights[name], w) for name, w in first.network.state_dict().items())


@of_both
def test_padding_changes_no_answer(folder, settings):
    made = trained(folder, settings)
    texts = ["the park offers good food", "in summer our lovely harbour does not hide fine stories"]
    both = tokens(made.tokeniser, texts)
    alone = [tokens(made.tokeniser, [text]) for text in texts]
    with torch.no_grad():
        together = made.network(**both).logits
        apart = torch.cat([made.network(**given).logits for given in alone])
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=1e-5)
    short = without_padding({name: part[:1] for name, part in both.items()})
    assert all(torch.equal(part, alone[0][name]) for name, part in short.items())


def test_a_column_of_another_task_is_learned_instead(folder):
    figures = [
        trained(folder, XLNET, label=label).figures["training_loss"]
        for label in ("label", "other_label")
    ]
    assert figures[0] != figures[1]


@of_both
def test_the_loop_of_all_networks_trains_on_tokens(folder, settings):
    """What one word decides is learned in seconds; the recipes of the sentiment take minutes."""
    tokeniser = load_tokeniser(folder / settings["tokeniser"])
    network = untrained_classifier(settings["class"], settings["configuration"], tokeniser, 2)
    data = {}
    for split in ("train", "test"):
        texts = read_texts(folder / "data", split).texts
        denied = [{"not", "never", "rarely"} & set(text.split()) != set() for text in texts]
        data[split] = tokens(tokeniser, texts), torch.tensor(denied).long()
    recipe = Training(learning_rate=1e-2, batch=32, epochs=12)
    train(network, Blocks.single(256, data["train"]), None, recipe, 0)
    assert accuracy(network, data["test"]) > 0.9


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"class": "XLNetForSequenceClasification"}, ("did you mean", "XLNetForSequenceClass")),
        ({"configuration": {"d_modle": 16}}, ("'d_modle'", "'d_model'")),
        ({"configuration": {"d_model": 15, "n_head": 2}}, ("cannot be built",)),
        ({"configuration": {"vocab_size": 9}}, ("vocab_size is added here",)),
        ({"label": "labels"}, ("no column 'labels'", "'label'")),
        ({"tokeniser": "data"}, ("no tokeniser",)),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(folder, changes, words):
    refusal(lambda: trained(folder, XLNET, **changes), words=words)


def test_texts_longer_than_the_positions_are_refused(folder):
    short = ROBERTA["configuration"] | {"max_position_embeddings": 12}
    refusal(
        lambda: trained(folder, ROBERTA, configuration=short),
        words=("max_position_embeddings: 12", "room for 10 tokens"),
    )


def test_tokens_take_no_noise(folder):
    tokeniser = load_tokeniser(folder / "unigram")
    network = untrained_classifier(XLNET["class"], XLNET["configuration"], tokeniser, 2)
    given = tokens(tokeniser, ["the park offers good food"])
    data = Blocks.single(1, (given, torch.tensor([1])))
    with pytest.raises(NetworkError, match=r"train\.noise"):
        train(network, data, None, Training(noise=0.1, epochs=1), 0)


@pytest.mark.parametrize("name", ["sentences", "sentences-small"])
def test_the_files_of_settings_are_valid(tmp_path, name):
    from pathlib import Path

    settings = read_model(Path(f"config/{name}.yaml"), Sentences)
    assert set(settings.classifiers) == {"xlnet", "xlnet_words", "xlnet_other", "roberta"}
    assert settings.classifiers["xlnet_other"].label == "other_label"


def test_a_classifier_of_an_unknown_tokeniser_is_refused(tmp_path):
    path = tmp_path / "sentences.yaml"
    path.write_text(
        "words: words.yaml\ncounts: {train: 32}\ntokenisers: {unigram: {kind: unigram, "
        "vocabulary: 80}}\nclassifiers: {x: {class: X, tokeniser: unigrams, train: {}}}\n"
    )
    refusal(read_model, path, Sentences, words=("'unigrams'", "'unigram'"))
