"""Shared pieces: everything random in the tests is seeded here."""

import os
import shutil

import pytest
import torch
from filelock import FileLock
from workflow_helpers import make_repository, run

# Files of tests that run whole workflows: begun last, they would leave other workers idle.
LONG = {
    "test_awkward_networks", "test_examples", "test_faults_of_jobs", "test_few_shared",
    "test_sequences", "test_workflow",
}  # fmt: skip


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(20261121)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def few_resamples(monkeypatch):
    """A bootstrap of the calibration that takes no seconds; what is tested needs no more."""
    monkeypatch.setattr("sametask.benchmark.calibration.RESAMPLES", 49)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """One undisturbed run of ``tiny``, for all workers of pytest-xdist. Nobody writes into it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / "undisturbed" / "sametask"
    printed = folder.with_name("printed.log")
    with FileLock(base / "undisturbed.lock"):
        if not printed.exists():
            # Left by a worker whose run failed.
            shutil.rmtree(folder, ignore_errors=True)
            make_repository(folder)
            printed.write_text(run(folder))
    return folder
