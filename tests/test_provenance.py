"""The digest of the code that a rule uses."""

import os
from pathlib import Path

import pytest

from sametask.storage import provenance
from sametask.storage.provenance import (
    code_digest,
    code_files,
    file_states,
    named_files,
    reference_files,
)

ROOT = Path(__file__).parents[1]


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(
        '"""Says what it does."""\nfrom sametask.geometry.rank import choose_rank\nx = 1\n'
    )
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
        (("geometry.rank import choose_rank", "geometry.metric import whitening"), True),
    ],
)
def test_only_what_runs_counts(script, change, counts):
    before = digest(script)
    script.write_text(script.read_text().replace(*change))
    assert (digest(script) != before) == counts


def test_imports_are_followed_and_no_others():
    files = code_files(ROOT / "scripts" / "align_coordinates.py")
    used = {path.stem for path in files}
    assert {"align_coordinates", "procrustes", "store", "job", "errors"} <= used
    packages = {path.parent.name for path in files}
    assert not {"diffusion", "geometry", "evaluation", "config", "networks"} & packages


# A network's module, and what it may import of the user's own.
OWN = {
    "mynets.py": "import numpy\nimport plain\nfrom package.inner import thing\n\ndef f():\n"
    "    import late\n    from space import part\n    __import__('called')\n",
    "plain.py": "import mynets\nimport odd\nimport broken\n",
    "late.py": "from starred import *\n",
    "called.py": "x = 1\n",
    "odd.py": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
    "broken.py": b"def (\xff\x00\n",
    "package/__init__.py": "",
    "package/inner.py": "from . import beside\nfrom .deep.er import y\nfrom .. import no\n",
    "package/beside.py": "x = 1\n",
    "package/deep/__init__.py": "x = 1\n",
    "package/deep/er.py": "y = 1\n",
    "space/part.py": "x = 1\n",
    "starred/__init__.py": "__all__ = ['one']\n",
    "starred/one.py": "x = 1\n",
}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The digest of a user's module that has imported files of its own on PYTHONPATH."""
    for name, text in OWN.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "own/unused.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "own")

    def found():
        provenance._read.cache_clear()
        return code_digest(*reference_files("mynets:f"))

    return tmp_path / "own", found


def test_the_users_own_imports_are_followed(own):
    folder, found = own
    before = found()
    files = {path.relative_to(folder).as_posix() for path in code_files(folder / "mynets.py")}
    assert files == set(OWN)
    (folder / "unused.py").write_text("x = 2\n")
    assert found() == before
    for name in OWN:
        path = folder / name
        text = path.read_bytes()
        path.write_bytes(text + b"\nz = 2\n")
        assert found() != before, name
        path.write_bytes(text)
    assert found() == before


def test_what_cannot_be_read_ends_no_plan(own):
    folder, found = own
    (folder / "plain.py").unlink()
    (folder / "plain.py").symlink_to("nowhere.py")
    (folder / "called.py").unlink()
    (folder / "called.py").mkdir()
    (folder / "odd.py").write_text(f"x = {' + '.join(['1'] * 3000)}\n")
    (folder / "late.py").write_text("from ........ import x\nfrom . import y\nimport a.b.c.d\n")
    assert found()
    assert reference_files("nowhere.at.all:f", "", ":", "...:f") == []


def test_a_file_that_settings_name_counts_by_what_is_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mesh.obj", "words.txt"):
        (tmp_path / name).write_text("one")
    settings = {"mesh": "mesh.obj", "of": [{"words": ["words.txt", "none.txt", 3, None, "\0"]}]}
    assert named_files(settings) == ["mesh.obj", "words.txt"]
    before = file_states(named_files(settings))
    os.utime("mesh.obj")
    assert file_states(named_files(settings)) == before
    (tmp_path / "mesh.obj").write_text("two")
    # What `cp -p` and `rsync -a` do: the new file is older.
    os.utime("mesh.obj", (0, 0))
    assert file_states(named_files(settings)) != before
    monkeypatch.setattr(provenance, "LARGE", 2)
    large = file_states(["mesh.obj"])
    os.utime("mesh.obj", (0, 1))
    assert file_states(["mesh.obj"]) != large


def test_every_module_is_used_by_some_script_or_by_the_workflow():
    scripts = (ROOT / "scripts").glob("*.py")
    used = set(code_files(*scripts, ROOT / "src/sametask/check/__init__.py"))
    used |= set(
        code_files(ROOT / "src/sametask/config/experiments.py", ROOT / "src/sametask/__main__.py")
    )
    # What experiments name: networks, targets, views, simulations.
    named = [
        "sametask.examples.small_networks:mlp", "sametask.examples.sequence_networks:lstm_linear",
        "sametask.examples.targets:negative_square", "sametask.examples.scenes:horse",
        "sametask.examples.mower:simulate", "sametask.examples.sentences.cutting:cut_tokens",
        "sametask.examples.sentences:substitute", "sametask.networks.hearing:hear_words",
        "sametask.examples.speech.cutting:cut_frames",
    ]  # fmt: skip
    used |= set(code_files(*reference_files(*named)))
    source = set((ROOT / "src" / "sametask").rglob("*.py"))
    unused = {path.name for path in source - used}
    # The workflow itself uses provenance, the benchmark's settings, what SLURM's logs say, whether
    # outputs are whole, Snakemake's internals, and which files ensembles read; make runs schema.
    assert unused <= {
        "sources.py",
        "provenance.py",
        "schema.py",
        "benchmark_section.py",
        "task_zoo_section.py",
        "slurm_logs.py",
        "damage.py",
        "snakemake_internals.py",
    }
