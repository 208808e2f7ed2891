"""Several GPUs on one machine: every job gets one of its own, and sees no other."""

import os
import subprocess
import sys
import tempfile

import pytest
import torch

from sametask.base.errors import NetworkError
from sametask.networks import devices

CLAIM = """
import sys
from sametask.networks.devices import claim
print(claim(["0", "1"]), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_locks(tmp_path, monkeypatch):
    """Locks in a folder of the test's own, given back at its end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in ("SLURM_JOB_ID", devices.VISIBLE):
        # Set first: what a test leaves in a variable that was not there is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(devices, "_held", held := [])
    yield
    for lock in held:
        lock.release()


def job(**environment):
    """Another process that claims one of two GPUs and holds it until it is killed."""
    return subprocess.Popen(
        [sys.executable, "-c", CLAIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | environment,
    )  # fmt: skip


def test_jobs_get_different_gpus_and_a_killed_one_gives_its_own_back():
    first, second = job(), job()
    try:
        claimed = [one.stdout.readline().strip() for one in (first, second)]
        assert sorted(claimed) == ["0", "1"]
        third = job()
        first.kill()
        assert third.stdout.readline().strip() == claimed[0]
        third.kill()
    finally:
        for one in (first, second):
            one.kill()


def test_a_job_says_that_it_waits(monkeypatch, caplog):
    class EnoughError(Exception):
        pass

    def stop(_):
        raise EnoughError

    monkeypatch.setattr(devices.time, "sleep", stop)
    assert devices.claim(["3"]) == "3"
    with caplog.at_level("INFO"), pytest.raises(EnoughError):
        devices.claim(["3"])
    assert "waiting for one of the GPUs 3" in caplog.text


def test_jobs_of_a_scheduler_may_all_call_theirs_0(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert devices.claim(["0"]) == "0"
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    assert devices.claim(["0"]) == "0"


def test_a_job_with_a_gpu_sees_no_other(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert devices.device_for(1) == torch.device("cuda")
    assert os.environ[devices.VISIBLE] == "0"
    # Asked again, it keeps the one that it has.
    assert devices.device_for(1) == torch.device("cuda")
    assert os.environ[devices.VISIBLE] == "0"


def test_only_devices_that_are_visible_are_claimed(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv(devices.VISIBLE, "GPU-5d2f")
    devices.device_for(1)
    assert os.environ[devices.VISIBLE] == "GPU-5d2f"


def test_no_gpu_where_one_was_asked_for_is_an_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setenv(devices.VISIBLE, "0")
    assert devices.device_for(0) == torch.device("cpu")
    with pytest.raises(NetworkError, match=r"torch sees no GPU here \(CUDA_VISIBLE_DEVICES: 0\)"):
        devices.device_for(1)
