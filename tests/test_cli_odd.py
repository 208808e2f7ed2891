"""Odd arguments of the command line: one line, exit status 1."""

import pytest
from test_cli import refused
from workflow_helpers import ROOT, TINY, write_yaml

from sametask.cli.main import main

MLP = ["layers", "sametask.examples.small_networks:mlp", "--input-shape", "1", "--arguments"]
LONG = "x" * 5000


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A project with one experiment, whose networks see its samples through a view."""
    folder = tmp_path / "config" / "experiments"
    folder.mkdir(parents=True)
    write_yaml(folder / "tiny.yaml", TINY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verdict", ""], "no verdict yet"),
        (["verdict", "a{b}"], "a{b}: no such folder"),
        (["verdict", LONG], "File name too long"),
        (["verdict", "config", LONG], "no verdict yet"),
        (["layers", ""], "neither experiment/network nor"),
        (["layers", "tiny/"], "no network ''; valid: 'shallow', 'deep'"),
        (["layers", "/deep"], "'' names no experiment"),
        (["layers", "a{b}/deep"], "'a{b}' names no experiment"),
        (["layers", f"{LONG}/deep"], "5000 letters"),
        (["layers", "a:b:c", "--input-shape", "1"], "is not package.module:function"),
        (["layers", "..:b", "--input-shape", "1"], "is not package.module:function"),
        ([*MLP[:3], "0"], "--input-shape: [0]; valid: numbers from 1 on"),
        ([*MLP[:3], "-1"], "--input-shape: [-1]"),
        ([*MLP[:3], "3", "10000000000"], "whose product is at most 100,000,000"),
        ([*MLP, '{"widths": [1, NaN]}'], "'NaN' is no finite number"),
        ([*MLP, '{"widths": [1, 1e400]}'], "'1e400' is no finite number"),
        ([*MLP, '{"widths": [1], "widths": [2]}'], "two keys of one name"),
        ([*MLP, '{"a": {"b": 1, "b": 2}}'], "two keys of one name"),
        ([*MLP, '{"a": ' + "[" * 100_000], "not JSON: RecursionError"),
        ([*MLP, '{"a": ' + "9" * 9000 + "}"], "not JSON"),
        ([*MLP, f'"{LONG}"'], "is not names and values"),
        (["check", ""], "names no experiment"),
        (["check", "a{b}"], "'a{b}' holds '{'"),
        (["check", LONG], "longer than a path"),
        (["check", "/dev/zero"], "no such file"),
        (["check", "\udcff"], "names no experiment"),
        (
            ["new", "same-task"],
            "the workflow keeps same-task, same-task-small, task-zoo, task-zoo-small, sentences, "
            "sentences-small, spoken, spoken-small, populations, ensembles, logs, benchmarks for "
            "itself",
        ),
        (["new", LONG], "5000 letters; a name has at most 80"),
        (["new", "\udcff"], "names no experiment"),
    ],
)
def test_odd_arguments_are_one_short_line(arguments, words):
    line = refused(*arguments)
    assert line.startswith("sametask: error: ") and words in line
    assert len(line) < 300 + len("sametask: error: ")


def test_what_the_system_refuses_is_one_line(project, monkeypatch):
    """As root nothing is forbidden to write; a folder in the place of a file is."""
    monkeypatch.setattr("sametask.cli.new_experiment.TEMPLATE", ROOT / "no such file")
    assert "No such file" in refused("new", "mine")


@pytest.mark.parametrize("text", ["{", "[1]", "null", "[" * 100_000])
def test_a_damaged_evaluation_is_told(project, text):
    folder = project / "results" / "tiny" / "a-b"
    folder.mkdir(parents=True)
    (folder / "evaluation.json").write_text(text)
    assert "a-b/evaluation.json: damaged" in refused("verdict", "results/tiny")
    (folder / "verdict.json").write_text(text)
    assert "a-b/verdict.json: damaged" in refused("verdict", "results/tiny")


def test_layers_are_told_of_what_a_network_sees(project, capsys):
    """Through a view, or of data that is yet to be simulated."""
    (project / "mine.py").write_text(
        "import numpy as np\n"
        "def see(samples): return np.repeat(samples, 3, axis=1)\n"
        "def simulate(count, seed): return {'inputs': np.ones((count, 3))}\n"
    )
    deep = TINY["networks"]["deep"] | {"arguments": {"widths": [3, 5, 1]}, "layers": "tanh1"}
    views = {name: deep | {"view": {"function": "mine:see"}} for name in ("one", "other")}
    write_yaml(project / "config/experiments/viewed.yaml", TINY | {"networks": views})
    simulated = {"domain": "array", "simulate": {"function": "mine:simulate", "count": 100}}
    both = {"inputs": simulated, "networks": {"one": deep, "other": deep}}
    both["task"] = {"kind": "reconstruction"}
    write_yaml(project / "config/experiments/simulated.yaml", TINY | both)
    for name in ("viewed", "simulated"):
        main(["layers", f"{name}/one"])
        assert "* tanh1" in capsys.readouterr().out


RAISES = {
    "target": "def f(points): raise KeyError('it')",
    "exits": "import sys\ndef f(points): sys.exit(0)",
    "text": "def f(points): return ['a'] * len(points)",
    "complex": "def f(points): return points * 1j",
    "number": "def f(points): return 1.0",
    "nan": "def f(points): return points * float('nan')",
    "broken": "import nothing_of_the_kind",
    "missing": "g = 1",
}


@pytest.mark.parametrize("kind", RAISES)
def test_what_a_function_of_the_users_does_is_one_line(project, kind):
    (project / f"mine_{kind}.py").write_text(RAISES[kind])
    task = {"kind": "regression", "target": f"mine_{kind}:f"}
    write_yaml(project / "config/experiments/tiny.yaml", TINY | {"task": task})
    assert f"mine_{kind}:f" in refused("check", "tiny")
    view = {"function": f"mine_{kind}:f"}
    seen = {name: one | {"view": view} for name, one in TINY["networks"].items()}
    write_yaml(project / "config/experiments/tiny.yaml", TINY | {"networks": seen})
    assert f"mine_{kind}:f" in refused("check", "tiny")
