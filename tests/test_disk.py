"""A disk that fills up: under a store, a network, simulated data, a log; and what is left."""

import errno
import os
import shutil
import socket
import stat
import subprocess
import sys

import h5py
import pytest
from safetensors import SafetensorError
from torch import nn
from workflow_helpers import artifacts, copy_of, run, script, snakemake

from sametask.base.errors import StoreError
from sametask.config.sections.input_sections import Simulation
from sametask.networks import save
from sametask.storage.atomic import replacing, sweep

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


MOWER = Simulation(function="sametask.examples.mower:simulate", count=300)
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


# What the writers of results raise when their disk is full, and how to tell.


def _quota(path):
    raise OSError(errno.EDQUOT, "Disk quota exceeded", str(path))


def _safetensors(path):
    raise SafetensorError("Error while serializing: I/O error: No space left (os error 28)")


def _hdf5(path):
    raise RuntimeError("Can't decrement id ref count (file write failed, errno = 28, ...")


def _numpy(path):
    raise OSError("1000000 requested and 12784 written")


def _hidden(path):
    try:
        _quota(path)
    except OSError as error:
        raise ValueError("could not encode") from error


@pytest.mark.parametrize("write", [_quota, _safetensors, _hdf5, _numpy, _hidden])
def test_a_full_disk_is_told_whoever_writes(tmp_path, write):
    with (
        pytest.raises(StoreError, match="network: no space left on its disk; make room"),
        replacing(tmp_path / "network") as unfinished,
    ):
        unfinished.mkdir()
        write(unfinished)
    assert list(tmp_path.iterdir()) == []


def test_another_error_stays_what_it_is(tmp_path):
    with pytest.raises(OSError, match="bad address"), replacing(tmp_path / "x"):
        raise OSError(errno.EFAULT, "bad address")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StoreError, match=r"file/a: cannot be written: \w+Error"),
        replacing(tmp_path / "file" / "a"),
    ):
        pass


def test_weights_that_find_no_room_are_one_line(tmp_path, monkeypatch):
    module = sys.modules[save.__module__]
    monkeypatch.setattr(module, "save_file", lambda _, path: _safetensors(path))
    with pytest.raises(StoreError, match="network: no space left"):
        save(tmp_path / "network", nn.Linear(1, 1), {"factory": "f", "arguments": {}})
    assert list(tmp_path.iterdir()) == []


# A log on the disk that is full.


@pytest.fixture
def full(tmp_path):
    """A file that takes nothing, as on a full disk."""
    path = tmp_path / "full"
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
        path.open("w").close()
    except OSError as error:
        pytest.skip(f"left out: no such device can be made here ({error})")
    return path


JOB = """
import logging, sys
from sametask.base.errors import StoreError
from sametask.jobs.job import job

with job(sys.argv[1], 1):
    logging.warning("begun")
    raise {error}
"""


def run_job(log, error):
    """Run a job that fails; returns its exit status and what it printed."""
    given = [sys.executable, "-c", JOB.format(error=error), str(log)]
    done = subprocess.run(given, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_log_that_is_full_hides_no_error(full):
    status, printed = run_job(full, "StoreError('no space left')")
    assert status == 1
    assert printed == "sametask: error: no space left  [log: cannot be written]\n"
    status, printed = run_job(full, "ValueError('unforeseen')")
    assert status == 1
    assert printed.startswith("Traceback") and printed.endswith("ValueError: unforeseen\n")


def test_a_log_that_cannot_be_opened_hides_no_error(tmp_path):
    (tmp_path / "logs").write_text("in the way")
    status, printed = run_job(tmp_path / "logs/job.log", "StoreError('no space left')")
    assert status == 1
    assert "job.log: cannot be written (" in printed
    assert printed.endswith("sametask: error: no space left  [log: cannot be written]\n")


# What killed jobs left.


def test_what_killed_jobs_left_is_swept(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host, old = socket.gethostname(), (0, 0)
    left = {
        f".a.zarr.unfinished-{host}-{dead.pid}": False,
        f".b.zarr.unfinished-{host}-{os.getpid()}": True,
        f".c.zarr.unfinished-another-{dead.pid}": True,
        ".d.zarr.unfinished-another-1": False,
        ".e.zarr.unfinished-1": False,
        "f.zarr": True,
    }
    for name in left:
        (tmp_path / name / "fit").mkdir(parents=True)
    for name in (".d.zarr.unfinished-another-1", ".e.zarr.unfinished-1", "f.zarr"):
        os.utime(tmp_path / name, old)
    sweep([tmp_path, tmp_path / "none"])
    assert {path.name for path in tmp_path.iterdir()} == {name for name in left if left[name]}
