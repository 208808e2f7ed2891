"""The command line, as its help shows it."""

import json
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from task_stores import told
from workflow_helpers import ROOT

from sametask.base.errors import StoreError
from sametask.cli.main import COMMANDS, main
from sametask.cli.stored_verdicts import read_verdicts
from sametask.cli.task_lines import LEGEND as TASK_LEGEND
from sametask.cli.verdict_lines import LEGEND
from sametask.config.experiments import Experiments
from sametask.storage.json_files import write_json


def control(relation="unrelated"):
    return {"relation": relation, "r2": {}, "dimension": {"a": 1, "b": 1, "joint": 2}}


def verdict(a="one", b="two", relation="equivalent", task="same_task", **changes):
    r2 = [0.97, 0.98, 0.99]
    networks = {"a": {"name": a, "layer": "h"}, "b": {"name": b, "layer": "g"}}
    return {
        "networks": networks,
        "task": told(networks, task),
        "relation": relation,
        "sentence": f"{a} and {b} are {relation}.",
        "notes": ["something to know"],
        "alarms": [],
        "r2": {"a_to_b": r2, "b_to_a": r2},
        "procrustes": {"p_value": 0.001, "shuffles": 999},
        "local_correlation": {"median": 0.99, "q05": 0.9},
        "dimension": {"a": 1, "b": 2, "joint": 2},
        "controls": {
            "shuffled_pairs": control(),
            "untrained": {"a": control("partial"), "b": {"failed": "it is dead"}},
        },
        **changes,
    }


@pytest.fixture
def results(tmp_path):
    """Write verdicts below results/mine and return that folder."""

    def write(*verdicts):
        for one in verdicts:
            names = [one["networks"][side]["name"] for side in ("a", "b")]
            folder = tmp_path / "results" / "mine" / "-".join(names)
            folder.mkdir(parents=True)
            write_json(folder / "verdict.json", one)
        return tmp_path / "results" / "mine"

    return write


def refused(*arguments):
    """Run a command that must fail; returns its one line."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert "\n" not in stopped.value.code
    return stopped.value.code


def loaded_by(*arguments):
    """Run a command in a process of its own; return the modules that it imported."""
    code = """import contextlib, sys
from sametask.cli.main import main
with contextlib.suppress(SystemExit):
    main(sys.argv[1:])
print(*sys.modules)"""
    command = [sys.executable, "-c", code, *arguments]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(printed.splitlines()[-1].split())


def test_the_task_comes_first_then_the_layers_and_their_alarms(results, capsys):
    main(["verdict", str(results(verdict(alarms=["an untrained copy is equivalent as well"])))])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "Yes: one and two learned the same task. A simple map from one to the other needs 30 "
        "shared inputs to give the other's answers; from the raw input or an untrained copy even "
        "all 1,000 are not enough.",
        "  one → two, layer: shared inputs needed 30 (raw input: more than 1,000), task share "
        "0.90 [0.80, 1.00]",
    ]
    layers = lines.index("Layers: one and two are equivalent.")
    assert lines[layers + 1] == "  !! an untrained copy is equivalent as well"
    assert "  R² one → two: 0.9800 [0.9700, 0.9900]" in lines
    assert "  control, untrained for one: partial" in lines
    assert "  control, untrained for two: failed, it is dead" in lines
    assert lines[-1] == "  note: something to know"


def test_a_direction_without_r2_is_left_out(results, capsys):
    main(["verdict", str(results(verdict(r2={"b_to_a": [0, 0.1, 0.2]})))])
    printed = capsys.readouterr().out
    assert "R² two → one" in printed and "R² one → two" not in printed


def test_more_than_two_networks_make_a_matrix(results, capsys):
    folder = results(
        verdict("one", "two"),
        verdict("one", "three", "a_determines_b", "b_contains_a"),
        verdict("two", "three", "unrelated", "undecided"),
    )
    main(["verdict", str(folder)])
    assert capsys.readouterr().out.splitlines()[:13] == [
        "What they learned:",
        "        one three   two",
        "  one           <     =",
        "three     >           ?",
        "  two     =     ?",
        TASK_LEGEND,
        "",
        "What the layers hold:",
        "        one three   two",
        "  one           →     =",
        "three     ←           ·",
        "  two     =     ·",
        LEGEND,
    ]
    for pair in (["two-three"], ["two", "three"]):
        main(["verdict", str(folder), *pair])
        assert capsys.readouterr().out.startswith("These inputs cannot tell whether two and three")


def test_json_is_what_is_stored(results, capsys):
    main(["verdict", str(results(verdict())), "--json"])
    assert json.loads(capsys.readouterr().out) == [verdict()]


def test_wrong_folders_pairs_and_files_are_one_line(results, tmp_path):
    folder = results(verdict())
    assert "no such folder; did you mean 'mine'" in refused("verdict", folder.with_name("mime"))
    assert "no pair 'one-tow'; did you mean 'one-two'" in refused("verdict", folder, "one-tow")
    (tmp_path / "empty").mkdir()
    told = refused("verdict", tmp_path / "empty")
    assert "run snakemake --cores all results/empty/report.html" in told
    (folder / "one-two" / "verdict.json").write_text('{"relation": ')
    assert "damaged" in refused("verdict", folder)


@pytest.mark.parametrize(
    "text",
    [
        '{"relation": "equivalent", "sentence": "x"}',
        "[]",
        "null",
        json.dumps(verdict()),
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_json_that_is_no_verdict_is_damaged(results, text, options):
    folder = results(verdict())
    (folder / "one-two" / "verdict.json").write_text(text)
    assert "one-two/verdict.json: damaged" in refused("verdict", folder, *options)
    write_json(folder / "one-two" / "verdict.json", verdict(relation="eq"))
    assert "one-two/verdict.json: damaged" in refused("verdict", folder, *options)


def test_a_folder_above_or_below_the_experiment_says_where_to_look(results):
    folder = results(verdict())
    assert "not the folder of one experiment; valid: 'mine'" in refused("verdict", folder.parent)
    told = refused("verdict", folder / "one-two")
    assert f"run sametask verdict {folder} one-two" in told


def test_a_verdict_is_read_without_torch(results):
    assert not loaded_by("verdict", str(results(verdict()))) & {"torch", "matplotlib"}


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_waits_neither_for_torch_nor_for_matplotlib(arguments):
    assert not loaded_by(*arguments) & {"torch", "matplotlib"}


def test_the_package_runs_as_the_command(results):
    arguments = [sys.executable, "-m", "sametask", "verdict", str(results(verdict()))]
    printed = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert printed.startswith("Yes: one and two learned the same task.")
    ended = subprocess.run([*arguments, "one", "tow"], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)


def test_layers_of_an_experiment_are_marked_where_measured(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    main(["layers", "scalar/deep"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("*")] == ["tanh3", "measured"]
    assert "did you mean 'scalar/deep'" in refused("layers", "scalar-deep")
    assert "no network 'deap'" in refused("layers", "scalar/deap")


def test_layers_of_a_factory(capsys):
    factory = [
        "layers",
        "sametask.examples.small_networks:mlp",
        "--arguments",
        '{"widths": [2, 3, 1]}',
    ]
    main([*factory, "--input-shape", "2"])
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["layer", "flatten", "linear1", "tanh1", "output", "suggested:"]
    assert "--input-shape is needed" in refused(*factory)
    assert "not JSON" in refused(*factory[:2], "--arguments", "{", "--input-shape", 2)
    assert "not names and values" in refused(*factory[:3], "[1]", "--input-shape", 2)
    wrong = refused(*factory[:3], '{"width": [2, 3, 1]}', "--input-shape", 2)
    assert "width" in wrong


def test_layers_of_real_inputs_by_keyword(capsys, tmp_path):
    words = np.array([[1, 2, 3]])
    np.savez(tmp_path / "words.npz", tokens=words, segments=words)
    np.save(tmp_path / "words.npy", words)
    for name, calls in (("words.npz", ["table#1", "table#2"]), ("words.npy", ["table"])):
        main(["layers", "test_places:Worded", "--inputs", str(tmp_path / name)])
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines[1:-1]] == [*calls, "head:input", "head"]
        assert lines[-1].startswith("suggested: head:input (what head takes in, the last linear")
    np.save(tmp_path / "series.npy", np.zeros((1, 5)))
    main(["layers", "test_places:Reading", "--inputs", str(tmp_path / "series.npy")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.endswith("  read only")] == [
        *("lstm", "lstm:1:1"),
    ]
    assert any(line.startswith("read only: the network's answer") for line in lines)


def test_inputs_that_are_none_are_one_line(tmp_path):
    (tmp_path / "text.npy").write_text("1, 2")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    np.savez(tmp_path / "names.npz", tokens=np.array(["a"]))
    np.savez(tmp_path / "none.npz")
    np.save(tmp_path / "number.npy", np.array(1))
    np.savez(tmp_path / "other.npz", words=np.array([[1, 2]]))
    for name, words in {
        "text.npy": "text.npy is no .npy or .npz file of numbers",
        "broken.npz": "broken.npz is no .npy or .npz file of numbers",
        "names.npz": "tokens has shape (1,) and <U1; valid: numbers",
        "none.npz": "is given an empty mapping",
        "number.npy": "number.npy has shape () and int64",
        "missing.npy": "No such file",
        "other.npz": "does not accept inputs of shape words (2,) of torch.int64",
    }.items():
        assert words in refused("layers", "test_places:Worded", "--inputs", tmp_path / name)


def test_check_says_what_is_fine_and_what_is_not(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    main(["check", "scalar"])
    assert "is fine: 2 networks, 1 pair, 512 fit and 1,024 test" in capsys.readouterr().out
    main(["check", "config/config.yaml"])
    assert len(capsys.readouterr().out.splitlines()) == 2
    text = (ROOT / "config/experiments/scalar.yaml").read_text()
    (tmp_path / "wrong.yaml").write_text(text.replace("tanh3", "tanh4"))
    assert "networks.deep: no layer 'tanh4'" in refused("check", tmp_path / "wrong.yaml")


def test_a_new_experiment_passes_the_checks_and_is_never_overwritten(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert "run this at the top of the project" in refused("new", "mine")
    (tmp_path / "config" / "experiments").mkdir(parents=True)
    main(["new", "my-own_2"])
    main(["check", "my-own_2"])
    assert "is fine" in capsys.readouterr().out.splitlines()[-1]
    assert list(Experiments("config/experiments").get("my-own_2").networks) == ["narrow", "wide"]
    assert "exists already" in refused("new", "my-own_2")
    for name in ("../mine", "-mine", "mine.yaml", "é", ""):
        assert "make a name" in refused("new", "--", name)
    assert [path.name for path in tmp_path.rglob("*.yaml")] == ["my-own_2.yaml"]


# That of `answer` needs a stitched network: see test_exported.
@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"answer"}))
def test_the_examples_in_the_help_are_true(name, capsys, monkeypatch, tmp_path, results):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = capsys.readouterr().out
    examples = re.findall(r"^  sametask (.*)$", shown.partition("example:")[2], re.M)
    assert examples
    monkeypatch.chdir(ROOT)
    if name in ("new", "verdict"):
        results(verdict("shallow", "deep")).rename(tmp_path / "results" / "scalar")
        (tmp_path / "config" / "experiments").mkdir(parents=True)
        monkeypatch.chdir(tmp_path)
    for example in examples:
        main(shlex.split(example))
        assert capsys.readouterr().out


def test_matches_are_told_where_there_are_no_verdicts(tmp_path):
    for pair, found in (("a-b", True), ("a-c", False)):
        folder = tmp_path / "mine" / pair
        folder.mkdir(parents=True)
        write_json(folder / "evaluation.json", {"alignment": {"found": found}})
    with pytest.raises(StoreError, match="a-b found, a-c not found; read results/mine/"):
        read_verdicts(tmp_path / "mine")
