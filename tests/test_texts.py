"""Texts from data sets: folders of save_to_disk and of files, and what is refused in one line."""

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from refusals import refusal

from sametask.inputs.data_sets.texts import read_texts

FEATURES = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})


def table(texts=("a fine day", "a dull day"), labels=(1, 0)):
    return Dataset.from_dict({"text": list(texts), "label": list(labels)}, FEATURES)


@pytest.fixture
def folder(tmp_path):
    DatasetDict(train=table(), test=table()).save_to_disk(tmp_path / "data")
    return tmp_path / "data"


def test_texts_and_labels_come_back(folder):
    read = read_texts(folder, "train", label="label")
    assert (read.texts, read.labels.tolist()) == (["a fine day", "a dull day"], [1, 0])
    assert (read.names, read.classes, len(read)) == (("bad", "good"), 2, 2)
    assert read_texts(folder, "test").labels is None


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_a_folder_of_files_is_read_by_the_same_code(tmp_path, kind, monkeypatch):
    """The form of data sets of the hub; ``sentence`` and ``label`` are the columns of SST-2."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    there = tmp_path / "sst2"
    there.mkdir()
    rows = table().rename_column("text", "sentence")
    getattr(rows, f"to_{kind}")(there / f"train.{kind}")
    read = read_texts(there, "train", text="sentence", label="label")
    assert (read.texts, read.labels.tolist()) == (["a fine day", "a dull day"], [1, 0])
    refusal(read_texts, there, "tests", words=("no split 'tests'", "'train'"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"split": "tests"}, ("no split 'tests'", "'test'")),
        ({"split": "train", "text": "txt"}, ("no column 'txt'", "'text'")),
        ({"split": "train", "label": "lable"}, ("no column 'lable'", "'label'")),
        ({"split": "train", "text": "label"}, ("row 0", "int", "not a text")),
        ({"split": "train", "label": "text"}, ("row 0", "'a fine day'", "class_encode_column")),
        ({"split": "train", "revision": "main"}, ("revision: main", "is a folder here")),
    ],
)
def test_what_a_data_set_does_not_have_is_named(folder, arguments, words):
    refusal(lambda: read_texts(folder, **arguments), words=(str(folder), *words))


@pytest.mark.parametrize("text", ["", "  ", None])
def test_an_empty_text_is_refused(tmp_path, text):
    DatasetDict(train=table(texts=("a fine day", text))).save_to_disk(tmp_path / "data")
    refusal(read_texts, tmp_path / "data", "train", words=("train", "row 1", "text"))


@pytest.mark.parametrize("label", [-1, None])
def test_a_text_without_a_label_is_refused(tmp_path, label):
    DatasetDict(test=table(labels=(1, label))).save_to_disk(tmp_path / "data")
    refusal(lambda: read_texts(tmp_path / "data", "test", label="label"), words=("row 1",))


def test_what_is_no_data_set_is_refused(folder, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/readme.md").write_text("nothing")
    refusal(read_texts, tmp_path / "notes", "train", words=("no data set", "save_to_disk"))
    refusal(read_texts, folder / "train", "train", words=("without splits",))
    refusal(read_texts, f"{tmp_path}/dota", "train", words=("no such folder", "data"))
    (folder / "train/data-00000-of-00001.arrow").write_bytes(b"no arrow")
    refusal(read_texts, folder, "train", words=("damaged",))


def test_a_name_of_the_hub_without_a_connection_says_how_to_go_on(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    refusal(
        lambda: read_texts("nobody/no-such-data", "train", revision="main"),
        words=("nobody/no-such-data", "HF_HUB_OFFLINE", "hf download --repo-type dataset"),
    )
