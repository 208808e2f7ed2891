"""What is wrong with texts, their tokens and their networks: `sametask check` says it in a line."""

import copy
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from datasets import Dataset, load_from_disk
from pretrained_networks import in_parts
from refusals import the_line
from text_networks import TOKENISE, experiment, make_folders
from workflow_helpers import write_yaml

from sametask.activations.ranges import exist
from sametask.cli.main import main
from sametask.inputs.fields import POSITIONS
from sametask.inputs.masks import require_mask
from sametask.inputs.texts import read_tokeniser, tokenise

NOBODY = "nobody/no-such-thing"
ROBERTA = ("networks", "roberta")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    make_folders(folder)
    shutil.copytree("resources", folder / "resources")
    return folder


@pytest.fixture
def good(made, tmp_path, monkeypatch):
    """An experiment that is fine, in a folder of its own: names are short, as a user has them."""
    shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    read_tokeniser.cache_clear()  # the same name is another folder now
    return experiment(Path())


@pytest.fixture
def no_hub(monkeypatch):
    """No connection to the hub, and nothing in its cache."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def put(content, *path, value):
    """A copy of an experiment with another value, or without it (``None``)."""
    changed = copy.deepcopy(content)
    section = changed
    for step in path[:-1]:
        section = section.setdefault(step, {})
    section[path[-1]] = value
    if value is None:
        del section[path[-1]]
    return changed


def refused(content, *words):
    """`sametask check` of an experiment, which ends with one line that has these words."""
    write_yaml(Path("bad.yaml"), content)
    with pytest.raises(SystemExit) as ended:
        main(["check", "bad.yaml"])
    the_line(str(ended.value.code), "sametask: error: bad.yaml: ", *words)


def change_row(row, text):
    """Write the sentences again, with another text in one row of the fit split."""
    tables = load_from_disk("data")
    columns = tables["fit"].to_dict()
    columns["text"][row] = text
    tables["fit"] = Dataset.from_dict(columns, tables["fit"].features)
    tables.save_to_disk("changed")
    return "changed"


@pytest.mark.usefixtures("no_hub")
def test_names_of_the_hub_without_a_connection(good):
    data = put(good, "inputs", "source", value=NOBODY)
    words = [NOBODY, "HF_HUB_OFFLINE forbids", "hf download --repo-type dataset", "FOLDER"]
    refused(data, *words)
    network = put(good, *ROBERTA, "pretrained", "source", value=NOBODY)
    words = ["networks.roberta: source", "HF_HUB_OFFLINE", "--local-dir FOLDER", "source: FOLDER"]
    refused(network, NOBODY, *words)
    tokeniser = put(good, *ROBERTA, "view", "arguments", "tokeniser", value=NOBODY)
    refused(tokeniser, NOBODY, f"hf download {NOBODY}", "then tokeniser: FOLDER")


def without_tokeniser(folder):
    for file in folder.glob("tokenizer*"):
        file.unlink()


def without_weights(folder):
    (folder / "model.safetensors").unlink()


def with_a_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def without_a_part(folder):
    in_parts(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()


def of_another_class(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (without_tokeniser, ["roberta: no tokeniser: it has no tokenizer.json", "config.json"]),
        (without_weights, ["no weights: neither model.safetensors nor"]),
        (with_a_pickle, ["has pytorch_model.bin", "a pickle may run code", "save_pretrained("]),
        (without_a_part, ["part 2 of 2 of the weights is missing: model-00002-of"]),
        (of_another_class, ["roberta.encoder.layer.2.", "are not among the weights"]),
    ],
)
def test_folders_that_lack_something(good, damage, words):
    damage(Path("roberta"))
    refused(good, "networks.roberta", *words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("XLNetForSequenceClassification", ["does not fit model_type 'roberta'", "saved as Rob"]),
        ("RobertaForMaskedLM", ["needs 'lm_head.bias' and", "are not among the weights"]),
        ("RobertaForSequenceClasification", ["did you mean 'RobertaForSequenceClassification'"]),
    ],
)
def test_classes_that_do_not_fit(good, name, words):
    bad = put(good, *ROBERTA, "pretrained", "class", value=name)
    refused(bad, "networks.roberta", *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ", ["fit: text: row 77 is an empty text"]),
        ("the park\0offers good food", ["text 77 holds the character 0"]),
        (
            "the park offers good wörk",
            ["1 texts have characters outside its vocabulary", "'wörk' of 'the park offers"],
        ),
    ],
)
def test_texts_that_cannot_be_read(good, text, words):
    bad = put(good, "inputs", "source", value=change_row(77, text))
    # All fit rows are drawn, and the XLNet comes first: its tokeniser does not know every letter.
    bad = put(bad, "samples", "fit", value=120)
    bad["networks"] = {name: bad["networks"][name] for name in ("xlnet", "roberta")}
    bad["perturbations"] = {"count": 8, "delta": 0.1, "along": "inside"}
    bad["networks"]["xlnet"]["perturb"] = "transformer.word_embedding"
    bad["networks"]["roberta"]["perturb"] = "roberta.embeddings"
    refused(bad, *words)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (
            "roberta.embedings",
            ["no layer 'roberta.embedings'", "did you mean 'roberta.embeddings'"],
        ),
        ("classifier.dense", ["'classifier.dense': noise there does not change", "before the"]),
    ],
)
def test_noise_inside_needs_a_place_that_the_layers_hear(good, place, words):
    bad = put(good, "perturbations", value={"count": 8, "delta": 0.1, "along": "inside"})
    bad["networks"] = {name: bad["networks"][name] for name in ("xlnet", "roberta")}
    bad["networks"]["xlnet"]["perturb"] = "transformer.word_embedding"
    bad["networks"]["roberta"]["perturb"] = place
    refused(bad, "networks.roberta: perturb: ", *words)


def test_texts_that_are_too_long(good):
    length = (*ROBERTA, "view", "arguments", "length")
    refused(put(good, *length, value=9), "tokens; give the view length: ")
    words = ["40 tokens with padding", "Roberta", "32 positions", "length: 32 or less"]
    refused(put(good, *length, value=40), *words)


def test_tokens_of_another_network(good):
    bad = put(good, "networks", "xlnet", "view", "arguments", "tokeniser", value="roberta")
    bad["networks"] = {name: bad["networks"][name] for name in ("xlnet", "roberta")}
    words = ["networks.xlnet: token", "outside the vocabulary of XLNet", "ends at 79"]
    refused(bad, *words, "name the tokeniser that belongs to the network")


def test_perturbations_that_outgrow_their_rows(good):
    bad = put(good, "inputs", "room", value=0)
    bad = put(bad, "perturbations", "count", value=64)
    refused(bad, "bytes, rows of texts have", "to inputs.room")


def other_length(mask, ids):
    return mask[:, 1:]


def other_values(mask, ids):
    return 2 * mask


def all_zero(mask, ids):
    return 0 * mask


def zeros_between(mask, ids):
    changed = mask.copy()
    changed[:, 2] = 0
    return changed


def all_ones(mask, ids):
    return np.ones_like(mask)


def masked(samples, tokeniser, length, how):
    """A view with a mask that contradicts the tokens."""
    made = tokenise(samples, tokeniser, length)
    return {**made, "attention_mask": globals()[how](made["attention_mask"], made["input_ids"])}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (other_length, ["has shape", "valid: a 1 for each token"]),
        (other_values, ["attention_mask of input 0 has values other than 0 and 1"]),
        (all_zero, ["attention_mask of input 0 is 0 everywhere"]),
        (zeros_between, ["attention_mask of input 0 has zeros between ones"]),
        (all_ones, ["is 1 where input_ids has 1, the network's pad_token_id"]),
    ],
)
def test_masks_that_contradict_the_tokens(good, how, words):
    view = good["networks"]["roberta"]["view"]
    arguments = view["arguments"] | {"how": how.__name__}
    view = {"function": "test_bad_texts:masked", "arguments": arguments}
    bad = put(good, *ROBERTA, "view", value=view)
    refused(bad, "networks.roberta", *words)


def test_masks_that_are_good():
    ids = np.array([[5, 6, 1], [5, 6, 7], [1, 5, 6]])
    require_mask({"input_ids": ids, "attention_mask": (ids != 1).astype(np.int64)})
    require_mask({"input_ids": ids})
    require_mask({"input_ids": ids, "attention_mask": np.ones((3, 3, 3))})


def unlike(kind):
    """Perturbations that are not for texts."""
    return {"delta": 0.1, "along": kind}


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["perturbations"], unlike("noise"), ["adds to numbers", "inside", "substitute"]),
        (["perturbations"], unlike("data"), ["adds to numbers", "inside", "substitute"]),
        (["perturbations", "along"], "inside", ["perturbations: arguments: of a function"]),
        ([*ROBERTA, "view"], None, ["networks.roberta.view", TOKENISE]),
        (["task", "kind"], "reconstruction", ["task.kind: reconstruction"]),
        (["reconstruct"], {"of": ["input"], "dimension": 2}, ["valid: {of: [output]}"]),
        (["stitching"], {"target_input": "own"}, ["pooled layers are only read"]),
        (["stitching"], {"target_input": "source"}, ["different views; valid: dummy, own"]),
        (["inputs", "test_split"], "fit", ["test_split: fit is the split of the fit samples"]),
        (["inputs", "test_split"], "tset", ["no split 'tset'; did you mean 'test'"]),
        (["inputs", "text"], "txt", ["no column 'txt'; did you mean 'text'"]),
        (["inputs", "revision"], "v1", ["revision: v1: is one of the hub"]),
        (["samples", "test"], 61, ["samples.test: 61, but the test split has 60 rows"]),
        (["samples", "fit"], 121, ["samples.fit: 121, but the fit split has 120 rows"]),
    ],
)
def test_keys_that_do_not_fit_texts(good, path, value, words):
    refused(put(good, *path, value=value), *words)


def test_rules_train_no_network_of_texts(good):
    trained = {
        "factory": "mynets:reader",
        "train": {"epochs": 3},
        "view": good["networks"]["roberta"]["view"],
        "layers": "hidden",
    }
    words = ["networks.roberta.train: rules train no networks of texts", "checkpoint"]
    refused(put(good, *ROBERTA, value=trained), *words)


def of_words(content):
    """The same experiment with words as positions."""
    changed = put(content, "positions", value={"of": "words", "samples": 400})
    for name, network in changed["networks"].items():
        del network["pool"]
        network["view"]["arguments"]["positions"] = 14
        changed = put(changed, "networks", name, value=network)
    return changed


@pytest.mark.parametrize(("key", "value"), [("special", ["last"]), ("positions", 15)])
def test_networks_that_count_other_words(good, key, value):
    bad = put(of_words(good), *ROBERTA, "view", "arguments", key, value=value)
    refused(bad, f"networks.xlnet.view.arguments.{key}: ", "networks.roberta has", "both the same")


def without_last(samples, tokeniser, length, positions):
    """A view of one's own that leaves out the token that ends a text."""
    made = tokenise(samples, tokeniser, length, positions)
    made[POSITIONS][np.arange(len(samples)), exist(made[POSITIONS]).sum(axis=1) - 1] = 0
    return made


def test_views_that_find_other_words(good):
    bad = put(of_words(good), *ROBERTA, "view", "function", value="test_bad_texts:without_last")
    refused(bad, "networks.xlnet.view: finds ", "words and special tokens in test sample 0", "same")


def test_words_of_the_same_texts(good):
    write_yaml(Path("good.yaml"), of_words(good))
    main(["check", "good.yaml"])
