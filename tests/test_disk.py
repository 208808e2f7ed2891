"""A disk that fills up during extraction."""

import shutil
import subprocess

import pytest
from workflow_helpers import artifacts, copy_of, run, snakemake

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
