"""Texts of a data set as inputs: their splits, their rows of bytes, and words that are replaced."""

import numpy as np
import pytest
import yaml
from datasets import Dataset, DatasetDict
from refusals import refusal
from text_networks import experiment, make_folders, network
from workflow_helpers import ROOT, make_repository, planned, run, write_yaml

from sametask.check import check_experiment
from sametask.config.experiments import Experiments
from sametask.config.sections.input_sections import Text, inputs_section
from sametask.config.sections.sample_sections import Samples, Task
from sametask.examples.sentences import read_words, substitute
from sametask.examples.sentences.substitution import choices
from sametask.inputs import draw_own, draw_samples, draw_shared, examine
from sametask.inputs.data_sets.arrays import open_table
from sametask.inputs.texts import decode, encode
from sametask.storage.store import open_store

WORDS = ROOT / "resources/sentences.yaml"
ENDING = "ForSequenceClassification"
TASK = Task(kind="classification")
SENTENCES = [
    "in winter this dull hotel never refuses good wine",
    "the park does not offer bad food",
    "our fine school always brings lovely news at noon",
]


@pytest.fixture
def data(tmp_path):
    """Two splits with labels; two texts of the test split are in the fit split as well."""
    fit = [f"text {number}" for number in range(40)] + ["both", "both", "too"]
    test = [f"längerer Text {number}" for number in range(20)] + ["both", "too"]
    tables = {
        name: Dataset.from_dict({"text": texts, "y": [n % 2 for n in range(len(texts))]})
        for name, texts in (("fit", fit), ("test", test))
    }
    DatasetDict(tables).save_to_disk(tmp_path / "data")
    return str(tmp_path / "data")


def section(source, **keys):
    return Text(**{"domain": "text", "source": source, "split": "fit", "label": "y"} | keys)


def test_texts_are_rows_with_room(data):
    with open_table(section(data, room=7)) as table:
        assert table.inputs.dtype == np.uint8 and table.inputs.shape == (43, len("text 10") + 7)
        inputs, labels = table.read(np.array([3, 0]))
    assert decode(inputs) == ["text 3", "text 0"] and list(labels) == [1, 0]
    with open_table(section(data, label=None)) as table:
        assert table.labels is None and table.fit_rows is None


def test_each_split_gives_its_samples(data):
    inputs, samples = section(data, test_split="test"), Samples(fit=40, test=22)
    first, targets = examine(inputs, TASK)
    assert len(targets) == 43 + 22
    drawn = draw_samples(inputs, samples, TASK, 0, first)
    assert set(decode(drawn["fit"].inputs)) == {f"text {number}" for number in range(40)}
    assert len(decode(drawn["test"].inputs)) == 22
    assert set(decode(drawn["test"].inputs)) >= {"both", "too", "längerer Text 7"}
    np.testing.assert_array_equal(drawn["test"].targets, targets[drawn["test"].rows])
    # What is in both splits is not fitted: 40 of the 43 rows are left.
    words = ["samples.fit: 41, but the fit split has 40 rows that are not in the test split"]
    refusal(draw_samples, inputs, Samples(fit=41, test=9), TASK, 0, first, words=words)
    words = ["samples.test: 23, but the test split has 22 rows"]
    refusal(draw_samples, inputs, Samples(fit=9, test=23), TASK, 0, first, words=words)


def test_one_split_is_divided(data):
    drawn = draw_samples(section(data), Samples(fit=25, test=15), TASK, 0)
    fit, test = (set(decode(drawn[part].inputs)) for part in ("fit", "test"))
    assert len(fit | test) == 40 and not fit & test


def test_networks_with_texts_of_their_own(data):
    inputs = section(data, test_split="test")
    samples = Samples(fit=20, test=20, anchors=4)
    sections = inputs, samples, TASK, 0
    shared = draw_shared(*sections, 4)
    own = [draw_own(*sections, shared, name, (n, 2)) for n, name in enumerate("ab")]
    first, second = (decode(draw.inputs) for draw in own)
    assert first[:4] == second[:4] == decode(shared["pool"].inputs)
    assert not set(first[4:]) & set(second[4:])
    of_test = set(decode(shared["test"].inputs))
    assert not of_test & {*first, *second}
    assert all(text.startswith("text") for text in [*first, *second])


@pytest.mark.parametrize("sentence", SENTENCES)
def test_substituted_words_keep_their_slots(sentence):
    row = encode([sentence], 100)
    drawn = substitute(row, 400, np.random.default_rng(1), str(WORDS))
    assert drawn.shape == (1, 400, 100) and drawn.dtype == np.uint8
    known, seen = choices(str(WORDS)), set()
    for text in decode(drawn[0]):
        pairs = list(zip(sentence.split(), text.split(), strict=True))
        changed = {old: new for old, new in pairs if old != new}
        seen |= set(changed)
        # Of a time, both words change, or the second one alone.
        assert 1 <= len(changed) <= 4
        for old, new in changed.items():
            times = {"in", "at", "winter", "summer", "noon", "night"}
            assert {old, new} <= times or new in known[old]
    kept = {"does", "not"} if "not" in sentence else set()
    assert set(sentence.split()) - seen == kept
    again = substitute(row, 400, np.random.default_rng(1), str(WORDS))
    np.testing.assert_array_equal(drawn, again)


def test_choices_are_those_of_one_slot():
    words, known = read_words(WORDS), choices(str(WORDS))
    assert set(known["good"]) == set(words.adjectives)
    assert "offers" not in known["offer"] and len(known["offer"]) == len(words.verbs)
    assert "not" not in known and "not" not in known["never"]
    assert known["at noon"] == tuple(words.times)


def test_texts_without_words_of_the_grammar():
    given = 400, np.random.default_rng(0), str(WORDS)
    told = [f"has no word of {WORDS}"]
    refusal(substitute, encode(["no such words"]), *given, words=told)
    told = ["bytes, rows of texts have 32", "to inputs.room"]
    refusal(substitute, encode([SENTENCES[1]], 32), *given, words=told)


def test_the_section_is_read_from_plain_values(data):
    whole = section(data, test_split="test", room=3)
    assert inputs_section(whole.plain()) == whole


def test_what_is_not_made_yet_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = experiment(tmp_path)
    asked["inputs"]["source"] = "results/sentences/data"
    write_yaml(tmp_path / "tiny.yaml", asked)
    words = ["networks.roberta: source: ", "no such folder"]
    refusal(lambda: check_experiment("tiny", Experiments(tmp_path).get("tiny")), words=words)
    make_folders(tmp_path)
    (note,) = check_experiment("tiny", Experiments(tmp_path).get("tiny"))
    assert note.startswith("inputs.source: made by the workflow and not here yet")
    assert "snakemake --cores all results/sentences/data" in note


def test_sentences_are_made_before_samples_are_drawn(tmp_path):
    make_folders(tmp_path)
    asked = experiment(tmp_path)
    asked["inputs"]["source"] = "results/sentences-small/data"
    folder = make_repository(tmp_path / "sametask", asked)
    (folder / "resources").symlink_to(ROOT / "resources")
    samples = "results/tiny/samples.zarr"
    assert planned(folder, samples) == {"make_sentences", "draw_samples"}
    run(folder, samples)
    drawn = open_store(folder / samples, "samples")
    assert drawn["fit/inputs"].shape[0] == 100 and drawn["fit/inputs"].dtype == np.uint8
    assert set(np.unique(drawn["test/targets"])) == {0, 1}
    assert planned(folder, samples) == set()


@pytest.mark.slow
def test_the_experiment_of_the_hub_on_local_folders(tmp_path):
    """The same file, with folders of that format in the place of names, and smaller sizes."""
    make_folders(tmp_path)
    text = (ROOT / "config/experiments/sentiment-hub.yaml").read_text()
    folder = make_repository(tmp_path / "sametask", smaller(text, tmp_path))
    run(folder, "results/tiny/xlnet-roberta/evaluation.json", "results/tiny/report.html")


@pytest.mark.slow
def test_the_experiment_of_the_hub_is_planned_without_a_connection(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = make_repository(tmp_path / "sametask")
    printed = run(folder, "--dry-run", "results/sentiment-hub/report.html")
    assert "sametask: not tried: config/experiments/sentiment-hub.yaml: " in printed
    assert "hf download --repo-type dataset" in printed and "fetch_pretrained" in printed


def smaller(text, folder):
    """The experiment of the hub with local folders and small sizes."""
    asked = yaml.safe_load(text)
    local = {"source": str(folder / "data"), "split": "fit", "test_split": "test", "text": "text"}
    asked["inputs"] |= local
    asked["samples"] = {"fit": 100, "test": 50}
    asked["perturbations"]["count"] = 16
    asked["positions"]["samples"] = 300
    for name, layer in (("xlnet", "transformer.layer.1"), ("roberta", "roberta.encoder.layer.1")):
        own = asked["networks"][name]
        here = network(folder / name, own["pretrained"]["class"].removesuffix(ENDING), layer)
        own |= {"pretrained": here["pretrained"], "layers": layer, "gpu": 0}
        own["neurons"] = {"components": 6}
        own["view"]["arguments"] |= {"tokeniser": str(folder / name), "length": 30, "positions": 14}
    return asked | {"diffusion": {"coordinates": 4}, "alignment": {"shuffles": 99}}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.array([[104, 105]]), ["rows of bytes, uint8, not int64"]),
        (np.array([[104, 0, 105]], np.uint8), ["row 0 is no text", "a 0 between"]),
        (np.array([[104, 105], [0, 0]], np.uint8), ["row 1 is no text", "empty"]),
        (np.array([[0xFF, 0xFE]], np.uint8), ["row 0 is no text in UTF-8"]),
    ],
)
def test_rows_that_are_no_texts(rows, words):
    """As a function of the user may return them."""
    refusal(decode, rows, words=words)
