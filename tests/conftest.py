"""Shared pieces: everything random in the tests is seeded here."""

import os
import shutil
from functools import cache

import pytest
import torch
from filelock import FileLock
from workflow_helpers import make_repository, run

# Groups of tests that run whole workflows or draw pages: begun last, they would leave other workers
# idle.
LONG = {
    "pages", "test_awkward_networks", "test_examples", "test_faults_of_jobs", "test_few_shared",
    "test_sequences", "test_workflow",
}  # fmt: skip


def group(item):
    """The tests that one worker makes: those of a mark ``xdist_group``, or else of a file."""
    mark = item.get_closest_marker("xdist_group")
    return mark.args[0] if mark else item.path.stem


# Before pytest-xdist reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group(item)))
    # Tests of one group follow each other, and share what was made for the first of them.
    items.sort(key=lambda item: (group(item) not in LONG, group(item)))


def pytest_configure(config):
    """Refuse a pytest with which every worker would make again what the tests of a group share."""
    if config.getoption("dist", "no") == "loadgroup" and pytest.version_tuple >= (9, 2):
        raise pytest.UsageError("pytest-xdist ignores groups of tests with pytest 9.2; take 9.1")


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
def made_page(tmp_path_factory):
    """A function that renders a made-up page by its name, once, and returns its folder.

    Tests that use it are marked ``xdist_group("pages")``. Nobody writes into the folder.
    """
    from report_pages import PAGES, small_pictures

    @cache
    def made(name):
        with small_pictures():
            return PAGES[name](tmp_path_factory.mktemp(name))

    return made


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
