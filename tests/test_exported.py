"""A stitched network as one folder that answers for files of sound."""

import shutil

import numpy as np
import pytest
import soundfile
import torch
from refusals import refusal
from sound_networks import ENGLISH, english, given_of, positions_of, sounds
from text_networks import roberta

import sametask
from sametask.activations.extract import to_network
from sametask.activations.layout import Layout
from sametask.cli import answer_sounds
from sametask.cli.main import main
from sametask.inputs.fields import join_fields
from sametask.inputs.sounds import encode_sounds
from sametask.inputs.texts import encode, tokenise
from sametask.maps import exported as exporting
from sametask.maps.affine import Affine
from sametask.maps.exported import DESCRIPTION, _copied, export
from sametask.maps.transformation import Measured, save_maps
from sametask.networks import save
from sametask.networks.given import rows
from sametask.networks.pretrained import folder_of
from sametask.networks.pretrained_weights import read_pretrained
from sametask.storage import store
from sametask.storage.damage import damage
from sametask.storage.json_files import read_json, write_json
from sametask.storage.pretrained_files import PretrainedFiles

TEXTS = ["the park offers good food", "our dull hotel sells wine"]
HEAR = "sametask.networks.hearing:hear_words"
READ = "sametask.inputs.texts:tokenise"
POSITIONS = 30


def saved_network(folder, source, kind):
    """The folder of a network as a rule leaves it, and the network."""
    filled = read_pretrained(PretrainedFiles.of(folder_of(str(source), None)), kind, {})
    named = {"source": str(source), "class": kind, "revision": None, "arguments": {}}
    made = {"factory": "sametask.networks.pretrained:from_source", "arguments": named}
    save(folder, filled.network, {**made, "recipe": filled.recipe.plain()})
    return filled.network


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder of a stitched network; what it was made of is gone."""
    place = tmp_path_factory.mktemp("exported")
    english(place / "english")
    roberta(place / "roberta", TEXTS * 30, max_position_embeddings=48)
    hearing = saved_network(place / "a", place / "english", "Wav2Vec2ForCTC")
    reading = saved_network(place / "b", place / "roberta", "RobertaForSequenceClassification")
    given = given_of(place / "english", sounds(16_000))
    heard, _ = positions_of(hearing, ENGLISH, given)
    arguments = {"tokeniser": str(place / "roberta"), "length": 40, "positions": POSITIONS}
    tokens = to_network(reading, join_fields(tokenise(encode(TEXTS), **arguments)))
    layers = ["roberta.embeddings"], "all", rows(tokens, slice(0, 1)), None, "words"
    read = Layout.of(reading, *layers).sliced(1)
    ends = Measured("a", heard.sliced(1), None), Measured("b", read, None)
    random = torch.Generator().manual_seed(0)
    stages = {
        way: {"affine": affine(*sizes, random)}
        for way, sizes in (("a_to_b", (12, 16)), ("b_to_a", (16, 12)))
    }
    with store.create(place / "maps.zarr", "transformation") as writer:
        save_maps(writer, {"affine": stages}, *ends)
        writer.attributes["default"] = dict.fromkeys(stages, "affine")
    views = {
        "source": {"function": HEAR, "arguments": {"network": str(place / "english")}},
        "target": {"function": READ, "arguments": arguments | {"column": "text"}},
    }
    views["source"]["arguments"]["positions"] = POSITIONS
    facts = {end: {"view": view, "dtype": "float32", "transcript": None}
             for end, view in views.items()}  # fmt: skip
    facts |= {"direction": "a_to_b", "rate": 16_000, "classes": ["bad", "good"]}
    export(place / "results/network", {"source": place / "a", "target": place / "b"},
           place / "maps.zarr", facts)  # fmt: skip
    for name in ("english", "roberta", "a", "b", "maps.zarr"):
        shutil.rmtree(place / name)
    return place / "results"


def affine(before, after, random):
    matrix = torch.randn(before, after, generator=random, dtype=torch.float64)
    return Affine(matrix=matrix, offset=torch.zeros(after, dtype=torch.float64))


@pytest.fixture
def clip(tmp_path):
    """A file of noise, and its sound."""
    (sound,) = sounds(16_000, seed=2)
    soundfile.write(tmp_path / "clip.wav", sound, 16_000, subtype="PCM_16")
    return tmp_path / "clip.wav", sound


def test_the_folder_needs_nothing_beside_it(exported, clip):
    network = sametask.load_network(exported / "network")
    outputs = network.of_sound(clip[1])
    assert outputs.shape == (1, 2)
    assert network.told(outputs)[0].split()[0] in ("bad", "good")
    torch.testing.assert_close(network.of_sound(clip[1]), outputs)


def test_what_is_heard_decides(exported):
    network = sametask.load_network(exported / "network")
    one, other = (network.of_sound(sounds(16_000, seed=seed)[0]) for seed in (2, 3))
    assert not torch.allclose(one, other)


def test_the_target_is_told_how_many_words_there_are_and_no_more(exported):
    network = sametask.load_network(exported / "network")
    given = network.target.blank_words(torch.tensor([5, 8]))
    assert given["attention_mask"].sum(axis=1).tolist() == [5, 8]
    # Content of tokens is nowhere: all that are none of padding are the same.
    for ids, mask in zip(given["input_ids"], given["attention_mask"], strict=True):
        assert len(np.unique(ids[mask == 1])) == 1
    refusal(
        lambda: network.target.blank_words(torch.tensor([2])),
        words=["no words are heard", "or more than"],
    )


def test_files_are_answered_on_the_command_line(exported, clip, capsys, tmp_path):
    path, sound = clip
    main(["answer", str(exported), str(path)])
    first = capsys.readouterr().out
    assert first.startswith(f"{path}: ") and first.count("\n") == 1
    soundfile.write(tmp_path / "slow.wav", sound[::2], 8_000, subtype="PCM_16")
    main(["answer", str(exported), str(tmp_path / "slow.wav")])
    assert "(8000 Hz, resampled to 16000 Hz)" in capsys.readouterr().out


def test_the_example_in_the_help_is_true(exported, clip, capsys, monkeypatch):
    place = clip[0].parent
    (place / "results").mkdir()
    (place / "results/speech-sentiment").symlink_to(exported)
    monkeypatch.chdir(place)
    main(answer_sounds.EXAMPLE.split()[1:])
    assert capsys.readouterr().out.startswith("clip.wav: ")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.zeros(16_000), "silent"),
        (np.zeros((16_000, 2)), "2 channels"),
        (np.zeros(0), "empty"),
        (np.random.default_rng(0).normal(0, 0.1, 40), "single step"),
    ],
)
def test_files_that_cannot_be_heard_are_refused_by_name(exported, tmp_path, values, why):
    path = tmp_path / "odd.wav"
    soundfile.write(path, values, 16_000, subtype="PCM_16")
    with pytest.raises(SystemExit) as ended:
        main(["answer", str(exported), str(path)])
    text = str(ended.value)
    assert str(path) in text and why in text and "\n" not in text


def test_one_bad_file_does_not_cost_the_answers_of_the_others(exported, clip, capsys, tmp_path):
    path, _ = clip
    (tmp_path / "text.wav").write_text("no sound")
    bad = [path.with_name("clap.wav"), tmp_path, tmp_path / "text.wav"]
    with pytest.raises(SystemExit) as ended:
        main(["answer", str(exported), *map(str, bad), str(path)])
    told = capsys.readouterr()
    assert told.out.startswith(f"{path}: ") and told.out.count("\n") == 1
    lines = [*told.err.splitlines(), str(ended.value)]
    wanted = ["did you mean 'clip.wav'", "is a folder", "damaged, or no sound"]
    for line, file, why in zip(lines, bad, wanted, strict=True):
        assert line.startswith(f"sametask: error: {file}: ") and why in line


def test_a_folder_without_a_stitched_network_is_refused(tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["answer", str(tmp_path), "clip.wav"])
    assert "no stitched network" in str(ended.value)


def test_code_of_strangers_is_not_run(exported, tmp_path):
    copy = tmp_path / "network"
    shutil.copytree(exported / "network", copy)
    facts = read_json(copy / DESCRIPTION)
    facts["source"]["view"]["function"] = "os:system"
    write_json(copy / DESCRIPTION, facts)
    refusal(lambda: sametask.load_network(copy), words=("os:system", "is not run"))


def test_other_networks_load_as_before(exported):
    network = sametask.load_network(exported / "network" / "source" / "network")
    assert type(network).__name__ == "Wav2Vec2ForCTC"


@pytest.fixture
def copy(exported, tmp_path):
    """A copy of the folder that may be changed."""
    shutil.copytree(exported, tmp_path / "copy")
    return tmp_path / "copy" / "network"


@pytest.mark.parametrize(
    "name",
    ["source/files/english/vocab.json", "target/files/roberta/tokenizer_config.json",
     "source/network/model.safetensors", "transformation.zarr/zarr.json"],
)  # fmt: skip
def test_every_file_is_needed_as_it_was_written(copy, name):
    assert damage(copy) is None
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[:-1])
    assert damage(copy) == f"{name} is truncated"
    refusal(sametask.load_network, copy, words=[f"{copy}: {name} is truncated"])
    (copy / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refusal(sametask.load_network, copy, words=[str(copy)])
    (copy / name).unlink()
    assert damage(copy) == f"{name} is missing"
    refusal(sametask.load_network, copy, words=[f"{copy}: {name} is missing"])


NETWORK = ("source", "view", "arguments", "network")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("files",), None, ["has no 'files'"]),
        (("source",), None, ["has no 'source'"]),
        (("classes",), 3, ["has no 'classes'"]),
        (("target", "dtype"), None, ["target: has no 'dtype'"]),
        (("target", "view", "function"), None, ["target.view: has no 'function'"]),
        (("target", "transcript"), {"by": "ctc"}, ["target.transcript: has no 'tokeniser'"]),
        (("target", "view", "function"), HEAR, [HEAR, "required argument"]),
        (("source", "view", "arguments", "positions"), None, ["'positions'"]),
        (NETWORK, "nobody/some-network", ["network: 'nobody/some-network' is no folder in"]),
        (NETWORK, "..", ["network: '..' is no folder in"]),
    ],
)
def test_descriptions_that_this_version_does_not_write(copy, path, value, words):
    change(copy, *path, value=value)
    refusal(sametask.load_network, copy, words=[str(copy / DESCRIPTION), *words])


def change(folder, *path, value):
    """Write the description with another value, or without it (``None``)."""
    facts = section = read_json(folder / DESCRIPTION)
    for step in path[:-1]:
        section = section[step]
    section[path[-1]] = value
    if value is None:
        del section[path[-1]]
    write_json(folder / DESCRIPTION, facts)


def test_values_that_do_not_fit_are_told_in_a_line(copy, clip):
    change(copy, "source", "view", "arguments", "positions", value="many")
    network = sametask.load_network(copy)
    refusal(network.of_sound, clip[1], words=[HEAR, "TypeError"])
    refusal(network.told, torch.zeros(1, 3), words=["2 names, but 3 classes"])


def test_a_folder_that_is_named_from_here_is_found_from_elsewhere(copy, clip, monkeypatch):
    monkeypatch.chdir(copy.parent)
    network = sametask.load_network("network")
    monkeypatch.chdir("/")
    assert network.of_sound(clip[1]).shape == (1, 2)


def test_answers_do_not_depend_on_the_batch(exported):
    network = sametask.load_network(exported / "network")
    assert not network.training
    clips = [sounds(length, seed=2)[0] for length in (16_000, 12_000, 9_000)]
    alone = torch.cat([network.of_sound(clip) for clip in clips])
    torch.testing.assert_close(network(encode_sounds(clips, 20_000)), alone)


@pytest.mark.parametrize("samples", [encode_sounds([], 900), np.zeros(900, np.int16), [[1, 2]]])
def test_what_is_no_batch_of_samples_is_refused(exported, samples):
    network = sametask.load_network(exported / "network")
    refusal(network, samples, words=["encode_sounds"])


def test_folders_of_one_name_are_copied_apart(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name / "words").mkdir(parents=True)
        (tmp_path / name / "words" / "file").write_text(name)
        (tmp_path / name / "words" / "pickled.bin").touch()
    one, other = (str(tmp_path / name / "words") for name in ("one", "other"))
    # A column is no folder, whatever there is of its name.
    view = {"function": READ, "arguments": {"tokeniser": one, "column": one}}
    copies = {}
    view = _copied(view, tmp_path / "new", "target", copies)["arguments"]
    said = _copied({"tokeniser": other, "by": "ctc"}, tmp_path / "new", "target", copies)
    assert view["column"] == one
    for section, text in ((view, "one"), (said, "other")):
        place = tmp_path / "new" / section["tokeniser"]
        assert [path.name for path in place.iterdir()] == ["file"]
        assert (place / "file").read_text() == text


def test_what_is_on_the_hub_is_copied_from_its_cache(tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "vocab.json").touch()
    known = {("somebody/reader", "abc"): tmp_path / "cache"}
    monkeypatch.setattr(exporting, "cached_folder", lambda *asked: known.get(asked))
    view = {"function": READ, "arguments": {"tokeniser": "somebody/reader", "revision": "abc"}}
    named = _copied(view, tmp_path / "new", "target", {})["arguments"]
    assert named == {"tokeniser": "target/files/reader"}
    assert (tmp_path / "new" / named["tokeniser"] / "vocab.json").is_file()
    view["arguments"]["tokeniser"] = "somebody/else"
    refusal(_copied, view, tmp_path / "new", "target", {}, words=["hf download somebody/else"])


def test_a_name_of_several_lines_is_told_in_one(exported, clip, capsys):
    path = clip[0].rename(clip[0].with_name("two\nlines.wav"))
    main(["answer", str(exported), str(path)])
    assert capsys.readouterr().out.count("\n") == 1


def test_a_source_that_reads_hears_no_files(copy, clip):
    facts = read_json(copy / DESCRIPTION)
    facts["source"]["view"] = facts["target"]["view"]
    write_json(copy / DESCRIPTION, facts)
    with pytest.raises(SystemExit, match="its source, which is given the files, hears no sound"):
        main(["answer", str(copy.parent), str(clip[0])])
