"""Damage to what rules have made: each is told in one line, or what is read is what was written."""

import shutil

import h5py
import numpy as np
import pytest
from refusals import cut
from test_faults_of_jobs import embed, verdict_of
from workflow_helpers import copy_of, jobs_in, run, script

from sametask.base.errors import SametaskError, StoreError
from sametask.cli.stored_verdicts import read_verdicts
from sametask.config.sections.recording import Recording
from sametask.maps.transformation import Transformation
from sametask.networks import load, weights_digest
from sametask.storage import store
from sametask.storage.damage import damage
from sametask.storage.header import read_header

TINY = "results/tiny"
STORES = [
    "samples", *(f"deep/{kind}" for kind in ("activations", "geometry", "diffusion")),
    *(f"shallow-deep/{kind}" for kind in ("alignment", "transformation", "evaluation", "verdict")),
]  # fmt: skip
# Files of a store that are damaged, chosen at random beside the root's metadata.
FILES = 5


def flipped(content, draw):
    changed, place = bytearray(content), int(draw.integers(len(content)))
    changed[place] ^= 1 << int(draw.integers(8))
    return bytes(changed)


DAMAGES = {
    "flipped": flipped,
    "flipped elsewhere": flipped,
    "zeroed": lambda content, _: bytes(len(content)),
    "cut": lambda content, draw: content[: int(draw.integers(len(content)))],
    "longer": lambda content, _: content + b"x",
    "empty": lambda *_: b"",
    "deleted": lambda *_: None,
}


def made_up(folder, kind):
    """A store of a kind that the tiny experiment has none of: scalars, zeros, nothing, groups."""
    path = folder / f"{kind}.zarr"
    with store.create(path, kind, parents={"samples": "0"}) as writer:
        values = np.random.default_rng(0).normal(size=(40, 6))
        writer.array("0/linear.weight", values, ["network"])
        writer.array("errors/a/b", np.zeros((3, 4)), ["count", "choice"])
        writer.array("nothing", np.zeros((0, 3)), ["sample"])
        writer.array("scalar", np.float32(3), [])
        writer.attributes |= {"counts": [1, 2], "layers": {"a": None}, "rate": 0.25}
    return path


def shard(undisturbed, folder):
    """The first of two shards of a network."""
    place, path = undisturbed / TINY, folder / "1-of-2.zarr"
    header = read_header(place / "deep/activations.zarr")
    settings = Recording(**header["config"]["settings"])
    given = place / "samples.zarr", place / "deep/network", path, "deep", 1, 2, settings, 0, {}
    script("extract_shard")(*given)
    return path


def told(error, *words):
    """Check that an error is one line, short enough to be read, with these words."""
    text = str(error)
    assert "\n" not in text and len(text) < 300 + len(words[0])
    assert all(word in text for word in words), text


def everything(path, kind, names=None):
    """All that a store has to give: attributes, parents and arrays, or some of these."""
    opened = store.open_store(path, kind)
    arrays = {name: opened[name] for name in (opened.arrays if names is None else names)}
    return opened.attributes, opened.parents, {
        name: (one.dtype.str, one.shape, one.tobytes()) for name, one in arrays.items()
    }  # fmt: skip


def damaged(files, draw):
    """Damage files one after another, in every way; each is whole again when the next one is not.

    Yields the file and what was done to it.
    """
    for file in files:
        content = file.read_bytes()
        for name, change in DAMAGES.items():
            if not content and name != "longer":
                continue
            spoilt = change(content, draw)
            file.unlink() if spoilt is None else file.write_bytes(spoilt)
            yield file, name
        file.write_bytes(content)


def chunk_in(folder):
    """A file with values of an array below a folder."""
    return next(one for one in sorted(folder.rglob("c/**/*")) if one.is_file())


def files_of(path, draw):
    """The root's metadata and some other files of a store, the same ones each time."""
    others = sorted(one for one in path.rglob("*") if one.is_file() and one.parent != path)
    return [path / "zarr.json", *draw.choice(others, min(FILES, len(others)), replace=False)]


def require_told(path, kind):
    """Damage a store in every way; nothing is taken that was not written."""
    draw = np.random.default_rng(len(kind))
    attributes, parents, arrays = everything(path, kind)
    found = 0
    for file, name in damaged(files_of(path, draw), draw):
        try:
            part_of = [one for one in arrays if f"{path}/{one}/" in str(file)]
            read = everything(path, kind, part_of)
            assert read[:2] == (attributes, parents), (file, name)
            assert read[2].items() <= arrays.items(), (file, name)
        except StoreError as error:
            told(error, str(path), "run again")
            found += 1
        if name in ("cut", "longer", "empty", "deleted"):
            assert damage(path), (file, name)
    assert found > 10
    assert everything(path, kind)[2] == arrays and damage(path) is None


@pytest.mark.parametrize("name", STORES)
def test_no_damage_to_a_store_is_taken_silently(undisturbed, tmp_path, name):
    path = copy_of(undisturbed / TINY / f"{name}.zarr", tmp_path / "copy.zarr")
    require_told(path, name.rpartition("/")[2])


@pytest.mark.parametrize("kind", ["zoo", "study", "reconstruction"])
def test_nor_is_one_to_a_store_of_another_experiment(tmp_path, kind):
    require_told(made_up(tmp_path, kind), kind)


def test_nor_is_one_to_a_shard(undisturbed, tmp_path):
    require_told(shard(undisturbed, tmp_path), "shard of activations")


def test_files_that_changed_places_are_told(undisturbed, tmp_path):
    path = copy_of(undisturbed / TINY / "samples.zarr", tmp_path / "copy.zarr")
    one, other = sorted(path.rglob("*/inputs/zarr.json"))
    contents = one.read_bytes(), other.read_bytes()
    other.write_bytes(contents[0])
    one.write_bytes(contents[1])
    with pytest.raises(StoreError, match=r"zarr\.json is"):
        everything(path, "samples")
    path = made_up(tmp_path, "zoo")
    chunk = chunk_in(path / "0")
    # Zeros are not written: a chunk in their place is none of the store's.
    place = path / "errors/a/b/c/0/0"
    place.parent.mkdir(parents=True)
    shutil.copy(chunk, place)
    with pytest.raises(StoreError, match=r"errors/a/b/c/0/0 is damaged"):
        everything(path, "zoo")


@pytest.mark.parametrize("name", ["model.safetensors", "network.json"])
def test_no_damage_to_a_network_is_taken_silently(undisturbed, tmp_path, name):
    folder = copy_of(undisturbed / TINY / "deep/network", tmp_path / "network")
    draw = np.random.default_rng(0)
    whole = {key: value.numpy() for key, value in load(folder, trust=True).state_dict().items()}
    for file, kind in damaged([folder / name] * 3, draw):
        for read in (load, weights_digest):
            try:
                read(folder)
            except StoreError as error:
                told(error, str(folder), "run again")
            else:
                assert (name == "network.json" and "flipped" in kind) or kind == "longer", file
                found = load(folder, trust=True).state_dict()
                assert all(np.array_equal(found[key], whole[key]) for key in whole)


def test_no_damage_to_a_verdict_is_taken_by_the_command_line(undisturbed, tmp_path):
    (tmp_path / "shallow-deep").mkdir()
    file = tmp_path / "shallow-deep/verdict.json"
    shutil.copy(undisturbed / TINY / "shallow-deep/verdict.json", file)
    whole = read_verdicts(tmp_path)
    for _, name in damaged([file] * 10, np.random.default_rng(0)):
        try:
            assert read_verdicts(tmp_path) == whole, name
        except StoreError as error:
            told(error, str(tmp_path))


def test_a_changed_bit_is_told_by_rules_and_by_load(undisturbed, tmp_path):
    folder = copy_of(undisturbed, tmp_path / "copy")
    draw = np.random.default_rng(0)

    def spoil(path):
        path.write_bytes(flipped(path.read_bytes(), draw))

    spoil(chunk_in(folder / TINY / "deep/geometry.zarr/whitening"))
    with pytest.raises(SametaskError, match=r"geometry\.zarr: whitening/c/0/0/0 is damaged"):
        embed(folder, tmp_path / "d.zarr")
    spoil(folder / TINY / "shallow-deep/evaluation.json")
    with pytest.raises(SametaskError, match=r"evaluation\.json: damaged"):
        verdict_of(folder, tmp_path)
    place = folder / TINY / "shallow-deep/transformation.zarr"
    spoil(chunk_in(place / "intrinsic/a_to_b"))
    with pytest.raises(StoreError, match=r"transformation\.zarr: intrinsic/.* is damaged; delete"):
        Transformation.load(place, "intrinsic")


def test_other_outputs_are_looked_at_too(tmp_path):
    page, data = tmp_path / "report.html", tmp_path / "simulated.h5"
    for text, found in (("<html></html>\n", None), ("<html>", "is truncated")):
        page.write_text(text)
        assert damage(page) == found
    with h5py.File(data, "w") as file:
        file["inputs"] = np.zeros((100, 100))
    assert damage(data) is None
    cut(data, 100)
    assert damage(data) == "is damaged"
    store.write_json(tmp_path / "verdict.json", {"p": 0.01})
    assert damage(tmp_path / "verdict.json") is None
    (tmp_path / "verdict.json").write_text("")
    assert damage(tmp_path / "verdict.json") == "is damaged"
    (tmp_path / "figures").mkdir()
    assert damage(tmp_path / "figures") == "is empty"


def test_what_is_damaged_or_gone_is_made_again(undisturbed, tmp_path):
    """Though all that was made from it is there, and up to date."""
    folder = copy_of(undisturbed, tmp_path / "copy")
    place = folder / TINY
    (place / "shallow-deep/verdict.json").unlink()
    chunk_in(place / "deep_untrained/activations.zarr/fit/layers").unlink()
    weights = place / "shallow/network/model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"0")
    shutil.rmtree(place / "deep/geometry.zarr")
    printed = run(folder, "--dry-run")
    for words in (
        "deep_untrained/activations.zarr: fit/layers/c/0/0 is missing",
        "shallow/network: model.safetensors is too long",
        "deep/geometry.zarr: was made and is gone",
    ):
        assert printed.count(f"sametask: {TINY}/{words}; it is made again") == 1
    assert {
        "extract_activations deep_untrained", "train_network shallow", "reach_verdict shallow-deep",
        "estimate_geometry deep", "render_report",
    } <= jobs_in(printed)  # fmt: skip
    assert not {"train_network deep", "extract_activations deep"} & jobs_in(printed)
