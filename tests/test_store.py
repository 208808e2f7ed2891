"""Stores: atomic, whole, traceable, and readable by others."""

import json

import numpy as np
import pytest
import xarray
from refusals import cut

from sametask.base.errors import StoreError
from sametask.storage import chunks, store
from sametask.storage.header import FORMAT
from sametask.storage.related import open_related, require_parents


def write(path, kind="samples", seed=0, parents=None):
    with store.create(path, kind, parents=parents, provenance={"seed": seed}) as writer:
        values = np.random.default_rng(seed).normal(size=(300, 64, 8))
        writer.array("fit/inputs", values, ["sample", "perturbation", "neuron"])
        writer.attributes["answer"] = 42
    return path


def test_what_is_written_is_read(tmp_path):
    opened = store.open_store(write(tmp_path / "a.zarr", seed=3), "samples")
    np.testing.assert_array_equal(
        opened["fit/inputs"], np.random.default_rng(3).normal(size=(300, 64, 8))
    )
    assert opened.attributes == {"answer": 42}
    assert opened.header["seed"] == 3
    assert {"version", "libraries", "digest", "parents"} <= set(opened.header)


def test_other_programs_read_it(tmp_path):
    write(tmp_path / "a.zarr")
    data = xarray.open_zarr(tmp_path / "a.zarr", group="fit", consolidated=False)
    assert data["inputs"].dims == ("sample", "perturbation", "neuron")


def test_many_chunks_share_few_files(tmp_path):
    shape = (4000, 128, 16)
    with store.create(tmp_path / "a.zarr", "activations") as writer:
        array = writer.stream(
            "fit/perturbed", shape, "float32", ["sample", "perturbation", "neuron"]
        )
        rows = chunks.rows_per_shard(shape, "float32")
        for start in range(0, shape[0], rows):
            array[start : start + rows] = np.zeros((min(rows, shape[0] - start), *shape[1:]))
    assert array.nchunks > 30
    assert len(store.open_store(tmp_path / "a.zarr", "activations").header["files"]) <= 4


def test_nothing_half_written_looks_finished(tmp_path):
    with pytest.raises(RuntimeError, match="crash"), store.create(tmp_path / "a.zarr", "x") as w:
        w.array("values", np.ones(3), ["sample"])
        raise RuntimeError("crash")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_job_left_is_swept(tmp_path):
    left = tmp_path / ".a.zarr.unfinished-12345"
    left.mkdir()
    write(tmp_path / "a.zarr")
    assert not left.exists()


def test_a_store_replaces_an_older_one_only_when_complete(tmp_path):
    write(tmp_path / "a.zarr", seed=1)
    with pytest.raises(RuntimeError), store.create(tmp_path / "a.zarr", "samples"):
        raise RuntimeError
    assert store.open_store(tmp_path / "a.zarr", "samples").header["seed"] == 1
    write(tmp_path / "a.zarr", seed=2)
    assert store.open_store(tmp_path / "a.zarr", "samples").header["seed"] == 2


def test_digests_follow_contents_and_nothing_else(tmp_path):
    one, same, other = (
        store.open_store(write(tmp_path / f"{name}.zarr", seed=seed), "samples").digest
        for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    assert one == same != other


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_damaged_chunk_is_named(tmp_path, damage):
    path = write(tmp_path / "a.zarr")
    chunk = max((p for p in path.rglob("c/**/*") if p.is_file()), key=lambda p: p.stat().st_size)
    if damage == "missing":
        chunk.unlink()
    else:
        cut(chunk, 10)
    with pytest.raises(StoreError, match=f"{chunk.relative_to(path)} is {damage}"):
        store.open_store(path, "samples")


def spoilt_headers():
    """Roots of stores that nobody can have written, and that are JSON nevertheless."""
    header = {"kind": "samples", "format": FORMAT, "digest": "0", "parents": {}, "files": {}}
    plain = {"zarr_format": 3, "node_type": "group"}
    yield plain
    yield []
    for wrong in ([], 3, {}, *({**header, key: None} for key in header)):
        yield plain | {"attributes": {"sametask": wrong}}


@pytest.mark.parametrize("text", ["", "{", "\udcff", *map(json.dumps, spoilt_headers())])
def test_damaged_metadata_is_named(tmp_path, text):
    path = write(tmp_path / "a.zarr")
    (path / "zarr.json").write_text(text, errors="surrogateescape")
    with pytest.raises(StoreError, match=r"a\.zarr: zarr\.json cannot be read; delete"):
        store.open_store(path, "samples")


def test_a_store_of_an_older_version_is_told(tmp_path):
    path = write(tmp_path / "a.zarr")
    text = (path / "zarr.json").read_text().replace(f'"format": {FORMAT}', '"format": 1')
    (path / "zarr.json").write_text(text)
    with pytest.raises(StoreError, match=rf"format 1, and this version reads {FORMAT}; delete"):
        store.open_store(path, "samples")


def test_a_missing_store_and_another_kind_are_refused(tmp_path):
    with pytest.raises(StoreError, match="no geometry store here"):
        store.open_store(tmp_path / "none.zarr", "geometry")
    with pytest.raises(StoreError, match="a samples store, where a geometry store is needed"):
        store.open_store(write(tmp_path / "a.zarr"), "geometry")


def test_other_parents_are_refused(tmp_path):
    first = store.open_store(write(tmp_path / "one.zarr", seed=1), "samples")
    second = store.open_store(write(tmp_path / "two.zarr", seed=2), "samples")
    parents = {"samples": first.digest}
    child = store.open_store(write(tmp_path / "c.zarr", "activations", 3, parents), "activations")
    require_parents(child, samples=first.digest)
    with pytest.raises(StoreError, match=r"c\.zarr: was made from another samples"):
        require_parents(child, samples=second.digest)


def digest_of(path, kind, parents):
    """Write a store of a kind; return the digest. The name decides the contents."""
    write(path, kind, seed=len(path.name) + ord(path.name[-1]), parents=parents)
    return store.open_store(path, kind).digest


def test_related_stores_are_made_from_the_same_ones(tmp_path):
    """Whatever two of them name, or is one of them, is the same; of each network, and of all."""
    samples = digest_of(tmp_path / "samples", "samples", {})
    known, paths = {}, {"samples": tmp_path / "samples"}
    for side in "ab":
        known[f"network_{side}"] = f"weights of {side}"
        parents = {"samples": samples, "network": f"weights of {side}"}
        for kind in ("activations", "geometry"):
            role = f"{kind}_{side}"
            paths[role] = tmp_path / role
            parents = {**parents, kind: digest_of(paths[role], kind, parents)}
    assert [*open_related(paths, known)] == [*paths]
    with pytest.raises(StoreError, match=r"geometry_b: was made from another activations than"):
        open_related({**paths, "activations_b": paths["activations_a"]})
    with pytest.raises(StoreError, match=r"activations_a: was made from another network than"):
        open_related(paths, {"network_a": "other weights"})
    # Neither is given, but both name it.
    digest_of(tmp_path / "other", "activations", {"samples": "other samples"})
    with pytest.raises(StoreError, match=r"other: was made from another samples than"):
        open_related({"activations_a": paths["activations_a"], "activations_b": tmp_path / "other"})
    # A store has to name what it is made from.
    digest_of(tmp_path / "nothing", "evaluation", {})
    with pytest.raises(StoreError, match=r"nothing: was made from another samples than"):
        open_related({"samples": paths["samples"], "evaluation": tmp_path / "nothing"})


def test_networks_may_have_samples_of_their_own_beside_shared_ones(tmp_path):
    shared = digest_of(tmp_path / "samples", "samples", {})
    paths = {"samples": tmp_path / "samples"}
    for side, of in (("a", shared), ("b", shared), ("c", "others")):
        own = digest_of(tmp_path / f"samples_{side}", "samples", {"shared": of})
        parents = {"samples": own, "shared": of}
        digest_of(tmp_path / f"activations_{side}", "activations", parents)
    for side in "ab":
        paths |= {role: tmp_path / role for role in (f"samples_{side}", f"activations_{side}")}
    open_related(paths)
    with pytest.raises(StoreError, match=r"activations_a: was made from another samples than"):
        open_related({**paths, "samples_a": paths["samples_b"]})
    with pytest.raises(StoreError, match=r"activations_c: was made from another shared than"):
        open_related({**paths, "activations_c": tmp_path / "activations_c"})


@pytest.mark.filterwarnings("error")
def test_snakemakes_timestamp_does_not_matter(tmp_path):
    path = write(tmp_path / "a.zarr")
    (path / ".snakemake_timestamp").touch()
    assert "fit/inputs" in store.open_store(path, "samples")
    assert len(store.open_store(path, "samples")["fit/inputs"]) == 300
