"""A copy of the repository with a tiny experiment in it, and Snakemake run there."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "profiles", "workflow", "scripts", "src", "config", "envs")
EXPERIMENT = "config/experiments/tiny.yaml"


def network(widths, layer, **keys):
    """A perceptron of an experiment; small batches leave time to kill its extraction."""
    return {
        "factory": "sametask.networks.zoo:mlp",
        "arguments": {"widths": widths},
        "layers": layer,
        "batch": 16,
        "train": {"samples": 64, "validation": 16, "epochs": 1},
    } | keys


TINY = {
    "description": "two very small networks",
    "inputs": {"domain": "interval", "low": -1, "high": 1},
    "samples": {"fit": 48, "test": 24, "test_shift": 1e-3},
    "neighbours": {"count": 512, "delta": 0.05},
    "task": {"kind": "regression", "target": "sametask.tasks:negative_square"},
    "networks": {
        "shallow": network([1, 1, 1], "tanh1"),
        "deep": network([1, 3, 3, 1], "tanh2"),
    },
    "diffusion": {"coordinates": 4},
    "alignment": {"shuffles": 99},
}


def write_yaml(path, content):
    # By way of JSON: YAML would write a list that occurs twice as an alias.
    path.write_text(yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False))


def make_repository(folder, experiment=TINY):
    """Copy what a run needs, times of change included; ``tiny`` is the only experiment to make."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir() and not source.is_symlink():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / part, symlinks=True, ignore=ignored)
        else:
            shutil.copy2(source, folder / part, follow_symlinks=False)
    (folder / "config" / "config.yaml").write_text("experiments: [tiny]\n")
    write_yaml(folder / EXPERIMENT, experiment)
    return folder


def change(folder, *path, value, file=EXPERIMENT):
    """Set one key of an experiment file."""
    content = yaml.safe_load((folder / file).read_text())
    section = content
    for step in path[:-1]:
        section = section.setdefault(step, {})
    section[path[-1]] = value
    write_yaml(folder / file, content)


def edit(path, old, new):
    """Replace the first occurrence of some text in a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def command(folder, *arguments, cores="2"):
    """The command line and the environment of Snakemake that uses the copy's own library."""
    given = [sys.executable, "-m", "snakemake", "--cores", cores, *arguments]
    return given, os.environ | {"PYTHONPATH": str(folder / "src")}


def snakemake(folder, *arguments):
    """Run Snakemake to its end; returns its exit status and everything that it printed."""
    given, environment = command(folder, *arguments)
    done = subprocess.run(
        given, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=600,
    )  # fmt: skip
    return done.returncode, done.stdout


def run(folder, *arguments):
    """Run Snakemake and expect success; returns what it printed."""
    status, printed = snakemake(folder, *arguments)
    assert status == 0, printed
    return printed


@cache
def undisturbed(base):
    """One undisturbed run below pytest's folder for this session. Nobody writes into it."""
    folder = make_repository(base / "undisturbed" / "sametask")
    (folder.parent / "printed.log").write_text(run(folder))
    return folder


def copy_of(folder, place):
    """A copy of a run, times of change and Snakemake's records included."""
    return Path(shutil.copytree(folder, place, symlinks=True))


def jobs_in(printed):
    """The jobs that Snakemake says it runs, as ``rule``, ``rule network`` or ``rule a-b``."""
    found = set()
    for rule, block in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", printed, re.M):
        wildcards = dict(
            re.findall(r"(\w+)=([^\s,]+)", "".join(re.findall("wildcards: .*", block)))
        )
        subject = wildcards.get("network", "").rpartition("/")[2]
        if "a" in wildcards:
            subject = f"{wildcards['a']}-{wildcards['b']}"
        found.add(f"{rule} {subject}".strip())
    return found


def planned(folder, *targets):
    """The jobs that a run would do now."""
    printed = run(folder, "--dry-run", *targets)
    found = jobs_in(printed)
    assert found or "Nothing to be done" in printed
    return found


def _without_seconds(value):
    if isinstance(value, dict):
        return {key: _without_seconds(one) for key, one in value.items() if key != "seconds"}
    return value


def artifacts(folder):
    """Everything that a run made of ``tiny`` and that has to repeat itself, by its path."""
    results = folder / "results" / "tiny"
    found = {}
    for path in results.rglob("*.zarr"):
        header = json.loads((path / "zarr.json").read_text())["attributes"]["sametask"]
        found[path.relative_to(results)] = header["digest"]
    for path in results.rglob("*.safetensors"):
        found[path.relative_to(results)] = hashlib.sha256(path.read_bytes()).hexdigest()
    for path in results.rglob("*-*/*.json"):
        if path.name != "zarr.json":
            found[path.relative_to(results)] = _without_seconds(json.loads(path.read_text()))
    return found


@cache
def script(name):
    """Import a rule's script, as a module with a function of the same name."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)
