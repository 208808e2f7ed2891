"""The digest of the code that a rule uses."""

from pathlib import Path

import pytest

from sametask import provenance
from sametask.provenance import code_digest, code_files, reference_files

ROOT = Path(__file__).parents[1]


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text('"""Says what it does."""\nfrom sametask.geometry import choose_rank\nx = 1\n')
    return path


def digest(path):
    provenance._read.cache_clear()
    return code_digest(path)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        (("x = 1", "x = 2"), True),
        (("x = 1", "x = 1  # why"), False),
        (("Says what it does.", "Says it better."), False),
        (("geometry import choose_rank", "diffusion import embed"), True),
    ],
)
def test_only_what_runs_counts(script, change, counts):
    before = digest(script)
    script.write_text(script.read_text().replace(*change))
    assert (digest(script) != before) == counts


def test_imports_are_followed_and_no_others():
    used = {path.stem for path in code_files(ROOT / "scripts" / "align_coordinates.py")}
    assert {"align_coordinates", "alignment", "store", "job", "errors"} <= used
    assert not {"diffusion", "geometry", "evaluation", "config", "train"} & used


def test_every_module_is_used_by_some_script_or_by_the_workflow():
    scripts = (ROOT / "scripts").glob("*.py")
    used = set(code_files(*scripts, ROOT / "src/sametask/check/__init__.py"))
    used |= set(code_files(ROOT / "src/sametask/experiments.py", ROOT / "src/sametask/__main__.py"))
    # What experiments name: networks, targets, views, simulations.
    named = [
        "sametask.networks.zoo:mlp", "sametask.networks.sequences:lstm_linear",
        "sametask.tasks:negative_square", "sametask.scenes:horse", "sametask.mower:simulate",
    ]  # fmt: skip
    used |= set(code_files(*reference_files(*named)))
    source = set((ROOT / "src" / "sametask").rglob("*.py"))
    unused = {path.name for path in source - used}
    # The workflow itself uses provenance, the benchmark's settings, what SLURM's logs say and
    # whether outputs are whole; make runs schema.
    assert unused <= {"provenance.py", "schema.py", "same_task.py", "cluster.py", "damage.py"}
