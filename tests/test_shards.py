"""Activations recorded by several jobs: the same as by one, whatever their number."""

import json
import shutil

import numpy as np
import pytest
from refusals import cut
from workflow_helpers import (
    TINY,
    change,
    contents,
    copy_of,
    jobs_in,
    planned,
    recorded_in_shards,
    run,
    script,
)

from sametask.base.errors import DataError, StoreError
from sametask.config import Experiment
from sametask.config.sections.recording import Recording
from sametask.jobs.parts import FULL, MOST_JOBS, JobPart, block_size, most_shards
from sametask.storage import chunks, store
from sametask.storage.header import read_header
from sametask.storage.json_files import CHECKSUM, content_digest

DEEP = "results/tiny/deep"


def record_in_shards(folder, shards, output, only=None):
    """Record ``deep`` of an undisturbed run again, in so many shards, and join them."""
    drawn, network = folder / "results/tiny/samples.zarr", folder / DEEP / "network"
    header = read_header(folder / DEEP / "activations.zarr")
    settings = Recording(**header["config"]["settings"])
    paths = [output.with_name(f"{number}-of-{shards}.zarr") for number in range(1, shards + 1)]
    for number in only or range(1, shards + 1):
        place = paths[number - 1], "deep", number, shards
        script("extract_shard")(drawn, network, *place, settings, 0, {})
    made_by = {key: header[key] for key in ("rule", "code", "config", "config_digest")}
    script("extract_activations")(drawn, network, paths, output, "deep", settings, 0, made_by)
    return paths


def spoil_parent(path, **parents):
    """Write a store as it would be, had it been made from others than it was."""
    root = json.loads((path / "zarr.json").read_text())
    header = root["attributes"]["sametask"]
    header["parents"] |= parents
    del header[CHECKSUM]
    header[CHECKSUM] = content_digest(root)
    (path / "zarr.json").write_text(json.dumps(root))


@pytest.mark.parametrize("full", [1, 4, 32, 1000])
@pytest.mark.parametrize("total", [1, 5, 24, 63, 64, 65, 100, 512, 1024, 5003])
def test_shares_are_all_samples_in_whole_blocks(total, full):
    for count in {1, 2, 3, most_shards(total)}:
        if count > most_shards(total):
            continue
        parts = [JobPart(index, count).of(total, full) for index in range(count)]
        assert [number for one, _ in parts for number in range(total)[one]] == list(range(total))
        (size,) = {size for _, size in parts}
        assert size == (full if count * full <= total else max(1, min(full, total // count)))
        assert all(one.start % size == 0 for one, _ in parts)
        sizes = [one.stop - one.start for one, _ in parts]
        assert min(sizes) > 0
        assert max(sizes) - min(sizes) <= 2 * size
    assert most_shards(total) <= MOST_JOBS


@pytest.mark.parametrize(
    ("each", "batch", "size"),
    [(128, 4096, 32), (128, 255, 9), (128, 100, 3), (512, 16, 1), (1000, 4096, 4), (1, 64, 64)],
)
def test_a_block_is_as_few_samples_as_fill_their_passes(each, batch, size):
    assert block_size(each, batch) == size
    passes = -(-size * each // batch)
    assert FULL * passes * batch <= size * each <= passes * batch


@pytest.mark.parametrize("count", [1, 2, 5, 24, 48])
def test_shards_of_any_number_are_the_same_store_bit_for_bit(undisturbed, tmp_path, count):
    record_in_shards(undisturbed, count, tmp_path / "activations.zarr")
    expected = contents(undisturbed / DEEP / "activations.zarr")
    assert contents(tmp_path / "activations.zarr") == expected


def test_a_shard_that_is_recorded_again_changes_nothing(undisturbed, tmp_path):
    output = tmp_path / "activations.zarr"
    shards = record_in_shards(undisturbed, 3, output)
    before = contents(output), contents(shards[1])
    for path in (shards[1], output):
        shutil.rmtree(path)
    record_in_shards(undisturbed, 3, output, only=[2])
    assert (contents(output), contents(shards[1])) == before


def test_large_arrays_are_joined_shard_by_shard(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "SHARD_BYTES", 2**12)
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 2**10)
    values = np.random.default_rng(0).normal(size=(50, 7, 5))
    blocks = [values[:13], values[13:14], values[14:40], values[40:]]
    for name, pieces in {"whole": [values], "pieces": blocks}.items():
        with store.create(tmp_path / name, "activations") as writer:
            rows = chunks.rows_per_shard(values.shape, values.dtype)
            axes = ["sample", "perturbation", "neuron"]
            chunks.fill(writer.stream("a", values.shape, values.dtype, axes), rows, pieces)
    assert contents(tmp_path / "pieces") == contents(tmp_path / "whole")
    assert len(contents(tmp_path / "whole")) > 3
    np.testing.assert_array_equal(store.open_store(tmp_path / "pieces", "activations")["a"], values)


def test_more_shards_than_samples_are_refused():
    with pytest.raises(ValueError, match=r"shards: 49 asked for, but 48 fit samples .* at most 48"):
        Experiment.model_validate(TINY | {"shards": 49})
    with pytest.raises(ValueError, match="shards"):
        Experiment.model_validate(TINY | {"shards": 0})


def test_a_shard_of_other_weights_is_refused(undisturbed, tmp_path):
    output = tmp_path / "activations.zarr"
    shards = record_in_shards(undisturbed, 2, output)
    shutil.rmtree(output)
    spoil_parent(shards[1], network="of others")
    with pytest.raises(StoreError, match=r"2-of-2\.zarr: was made from another network"):
        record_in_shards(undisturbed, 2, output, only=[1])
    assert not output.exists()


def test_shards_are_joined_in_their_order_only(undisturbed, tmp_path):
    output = tmp_path / "activations.zarr"
    paths = record_in_shards(undisturbed, 3, output)
    shutil.rmtree(output)
    paths[1].rename(tmp_path / "second.zarr")
    paths[2].rename(paths[1])
    (tmp_path / "second.zarr").rename(paths[2])
    with pytest.raises(StoreError, match=r"2-of-3\.zarr: is not shard 2 of 3 by these settings"):
        record_in_shards(undisturbed, 3, output, only=[1])
    assert not output.exists()


@pytest.mark.parametrize(("number", "shards"), [(0, 3), (4, 3), (1, 49)])
def test_a_shard_that_there_is_not_is_refused(number, shards):
    with pytest.raises(DataError, match=f"no shard {number} of {shards}: 48 fit .* at most 48"):
        JobPart(number - 1, shards).require(48)


@pytest.mark.slow
def test_more_than_nine_shards_are_joined_again_in_their_order(undisturbed, tmp_path):
    """Snakemake remembers them in the order of letters, in which the eleventh is the third."""
    folder, output = copy_of(undisturbed, tmp_path / "copy"), f"{DEEP}/activations.zarr"
    before, after = recorded_in_shards(folder, output, 11)
    assert after == before
    change(folder, "shards", value=2)
    run(folder, "--forcerun", "extract_activations", "--", output)
    assert contents(folder / output) == before
    # Other samples are another recording: the number that is asked for now holds.
    change(folder, "samples", "fit", value=8)
    printed = run(folder, output)
    assert "2-of-2.zarr" in printed and "-of-11.zarr" not in printed


def test_the_workflow_joins_shards_and_keeps_what_is_valid(undisturbed, tmp_path):
    folder = copy_of(undisturbed, tmp_path / "copy")
    before = contents(folder / DEEP / "activations.zarr")
    # What one job has recorded would come out the same of three.
    change(folder, "shards", value=3)
    assert planned(folder, f"{DEEP}/activations.zarr") == set()
    change(folder, "perturbations", "delta", value=0.06)
    again = planned(folder, f"{DEEP}/activations.zarr")
    assert again == {"extract_shard deep", "extract_activations deep"}
    change(folder, "perturbations", "delta", value=0.05)
    shutil.rmtree(folder / DEEP / "activations.zarr")
    shards = [f"{DEEP}/shards/{one}-of-3.zarr" for one in (1, 2, 3)]
    run(folder, *shards)
    damaged = next((folder / shards[1]).rglob("fit/perturbed/c/0/0/0"))
    cut(damaged, 9)
    shutil.rmtree(folder / shards[2])
    (folder / shards[2]).write_text("of something else")
    printed = run(folder, f"{DEEP}/activations.zarr")
    named = f"sametask: {shards[1]}: fit/perturbed/c/0/0/0 is truncated; it is made again"
    assert printed.count(named) == 1
    assert jobs_in(printed) == {"extract_shard deep", "extract_activations deep"}
    assert f"sametask: {shards[2]}: zarr.json cannot be read; it is made again" in printed
    # The first one stays.
    assert printed.count("rule extract_shard:") == 2
    assert contents(folder / DEEP / "activations.zarr") == before
    assert not list((folder / DEEP / "shards").glob("*.zarr"))
    change(folder, "shards", value=2)
    assert planned(folder, f"{DEEP}/activations.zarr") == set()
