"""A disk that fills up while activations are recorded, or data are simulated."""

import shutil
import subprocess

import h5py
import pytest
from workflow_helpers import artifacts, copy_of, run, script, snakemake

from sametask.errors import StoreError

DEEP = "results/tiny/deep"


def _mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True, text=True)


@pytest.fixture
def small_disk(undisturbed, tmp_path):
    """A finished run whose folder of ``deep`` is a disk of its own, too small to record on."""
    folder = copy_of(undisturbed, tmp_path / "copy")
    place, kept = folder / DEEP, tmp_path / "kept"
    shutil.rmtree(place / "activations.zarr")
    place.rename(kept)
    place.mkdir()
    used = sum(path.stat().st_size + 4096 for path in kept.rglob("*"))
    done = _mount("-t", "tmpfs", "-o", f"size={used + 300_000}", "tmpfs", str(place))
    if done.returncode:
        pytest.skip(f"left out: a small disk cannot be mounted here ({done.stderr.strip()})")
    shutil.copytree(kept, place, dirs_exist_ok=True, symlinks=True)
    yield folder
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_named_and_the_next_run_completes(small_disk, undisturbed):
    status, printed = snakemake(small_disk, f"{DEEP}/activations.zarr")
    assert status != 0
    (line,) = [line for line in printed.splitlines() if line.startswith("sametask: error")]
    assert f"{DEEP}/activations.zarr" in line
    assert "no space left" in line
    assert "Traceback" not in printed
    left = {path.name for path in (small_disk / DEEP).iterdir()}
    assert not [name for name in left if "activations.zarr" in name]
    assert _mount("-o", "remount,size=100m", str(small_disk / DEEP)).returncode == 0
    run(small_disk, f"{DEEP}/activations.zarr")
    assert artifacts(small_disk) == artifacts(undisturbed)


@pytest.fixture
def disk(tmp_path):
    """Make a disk of so many bytes."""
    place = tmp_path / "disk"
    place.mkdir()

    def made(size):
        done = _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
        if done.returncode:
            pytest.skip(f"left out: a small disk cannot be mounted here ({done.stderr.strip()})")
        return place

    yield made
    subprocess.run(["umount", str(place)], check=False, capture_output=True)


MOWER = {"function": "sametask.mower:simulate", "count": 300, "arguments": {}}
# Rows of 100 steps of 6 numbers, and the truths on 14 blades.
MOWER_BYTES = 300 * (100 * 6 * 4 + 14)


# The last pages are of what HDF5 holds back until the file is closed.
@pytest.mark.parametrize("size", [4096, 200_000, MOWER_BYTES - 4096, MOWER_BYTES])
def test_a_disk_that_is_full_while_data_are_simulated_leaves_no_file(disk, size):
    place = disk(size)
    with pytest.raises(StoreError, match=r"simulated\.h5: no space left on its disk"):
        script("simulate_data")(place / "simulated.h5", MOWER, 0, {})
    assert list(place.iterdir()) == []
    assert _mount("-o", "remount,size=2m", str(place)).returncode == 0
    script("simulate_data")(place / "simulated.h5", MOWER, 0, {})
    assert [path.name for path in place.iterdir()] == ["simulated.h5"]


def test_values_that_are_read_back_otherwise_leave_no_file(tmp_path, monkeypatch):
    plain = h5py.Dataset.__getitem__
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda *given: plain(*given) + 1)
    with pytest.raises(StoreError, match=r"'windows' was read back with other values"):
        script("simulate_data")(tmp_path / "simulated.h5", MOWER, 0, {})
    assert list(tmp_path.iterdir()) == []
