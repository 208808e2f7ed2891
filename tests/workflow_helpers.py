"""A copy of the repository with a tiny experiment in it, and Snakemake run there."""

import hashlib
import importlib.util
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import yaml
from warm_jobs import IMPORTED, have_jobs_forked

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "profiles", "workflow", "scripts", "src", "config", "envs")
EXPERIMENT = "config/experiments/tiny.yaml"
CORES = ("--cores", "2")
# Where a process finds modules that knows nothing of tests.
INSTALLED = [place for place in sys.path if not Path(place).is_relative_to(ROOT / "tests")]
# Snakemake starts some sixty times here, and it and torch take five seconds to import. A server
# imports them, but nothing of ours, once; every run is a fork of it, and so is every job.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(IMPORTED)


def network(widths, layer, **keys):
    """A perceptron of an experiment; small batches leave time to kill its extraction."""
    return {
        "factory": "sametask.examples.small_networks:mlp",
        "arguments": {"widths": widths},
        "layers": layer,
        "batch": 16,
        "train": {"samples": 64, "validation": 16, "epochs": 1},
    } | keys


TINY = {
    "description": "two very small networks",
    "inputs": {"domain": "interval", "low": -1, "high": 1},
    "samples": {"fit": 48, "test": 24, "test_shift": 1e-3},
    "perturbations": {"count": 512, "delta": 0.05},
    "task": {"kind": "regression", "target": "sametask.examples.targets:negative_square"},
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


def environment(folder):
    """The environment in which jobs use the copy's own library."""
    return os.environ | {"PYTHONPATH": str(folder / "src")}


def command(folder, *arguments):
    """The command line and the environment of Snakemake in a process of its own."""
    return [sys.executable, "-m", "snakemake", *CORES, *arguments], environment(folder)


def _main(folder, log, variables, arguments):
    """In the fork: what ``python -m snakemake`` does in a folder, its output in a file."""
    with Path(log).open("w") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.path[:] = [str(folder), variables["PYTHONPATH"], *INSTALLED]
    from snakemake.cli import main

    have_jobs_forked()
    main(arguments)


def snakemake(folder, *arguments):
    """Run Snakemake to its end; returns its exit status and everything that it printed."""
    with tempfile.NamedTemporaryFile("r") as log:
        given = folder, log.name, environment(folder), [*CORES, *arguments]
        process = FORKS.Process(target=_main, args=given)
        process.start()
        process.join(timeout=600)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(log.read())
        return process.exitcode, log.read()


def run(folder, *arguments):
    """Run Snakemake and expect success; returns what it printed."""
    status, printed = snakemake(folder, *arguments)
    assert status == 0, printed
    return printed


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


def _repeating(value):
    if isinstance(value, dict):
        kept = ((key, one) for key, one in value.items() if key not in ("seconds", "checksum"))
        return {key: _repeating(one) for key, one in kept}
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
            found[path.relative_to(results)] = _repeating(json.loads(path.read_text()))
    return found


def contents(folder):
    """Every file of a store by its path, but Snakemake's own."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".snakemake_timestamp"
    }


def recorded_in_shards(folder, store, shards):
    """The contents of a store of activations, and what so many shards make of it."""
    before = contents(folder / store)
    shutil.rmtree(folder / store)
    change(folder, "shards", value=shards)
    assert any(job.startswith("extract_shard") for job in jobs_in(run(folder, store)))
    return before, contents(folder / store)


@cache
def script(name):
    """Import a rule's script, as a module with a function of the same name."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)
