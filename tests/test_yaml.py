"""YAML files: plain values within limits, or one line with file, line and column."""

import subprocess
import sys

import pytest
from refusals import refusal
from workflow_helpers import ROOT

from sametask.config.experiments import Experiments
from sametask.config.yaml_file import SIZE, read_yaml

BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 20)}]\n"
    for old, new in zip("abcde", "bcdef", strict=True)
)


def read(folder, text):
    path = folder / "one.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path)


def refused(folder, text, *words):
    line = refusal(read, folder, text, words=["one.yaml: ", *words])
    assert len(line) < 300
    return line


def test_every_shipped_file_is_read():
    for path in ROOT.glob("config/**/*.yaml"):
        assert read_yaml(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3", ["line 3, column 1", "'a' is in line 1 as well"]),
        ("a: {b: 1,\n 'b': 2}", ["line 2, column 2", "'b' is in line 1 as well"]),
        ("a: &a {x: 1}\nb: {<<: *a,\n <<: *a}", ["line 3", "'<<' is in line 2 as well"]),
    ],
)
def test_two_keys_of_one_name_are_refused_with_both_lines(tmp_path, text, words):
    refused(tmp_path, text, *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: !!int x", ["line 1, column 4", "'x' is no int"]),
        ("a: !!int ''", ["is no int"]),
        ("a: !!bool maybe", ["'maybe' is no bool"]),
        ("a: !!float x", ["is no float"]),
        ("a: !!timestamp 2024-13-45", ["'!!timestamp' is no plain value"]),
        ("a: !!set {b, c}", ["'!!set'"]),
        ("a: !!binary aGk=", ["'!!binary'"]),
        ("a: !!omap [b: 1]", ["'!!omap'"]),
        ("a: !mine 1", ["'!mine'"]),
        ("a: !!python/object/apply:os.system [true]", ["python/object", "no plain value"]),
        ("a: &a [*a]", ["line 1", "nests deeper than 50"]),
        ("a: &a {b: *a}", ["nests deeper than 50"]),
        (BOMB, ["more than 100,000 values, those behind aliases included"]),
        ("a: *b", ["line 1, column 4", "undefined alias"]),
        ("a: 1\n\tb: 2", ["line 2, column 1"]),
        ("a: [", ["column"]),
        ("a: 1\n---\nb: 2", ["line 2, column 1", "another document"]),
        ("a: 1\nb: \0", ["line 2, column 4", r"'\x00'"]),
        ('a: "\\0"', ["zero byte"]),
        (b"a: \xff\xfe", ["byte 3 is no UTF-8"]),
        ("a: 1".encode("utf-16"), ["byte 0 is no UTF-8"]),
        ("on: 1", ["line 1, column 1", "the key True is no text; quote it: 'on'"]),
        ("a: {no: 1}", ["the key False", "'no'"]),
        ("a: {null: 1}", ["the key None", "'null'"]),
        ("1: 2", ["the key 1 is no text; quote it: '1'"]),
        ("? [a]\n: b", ["only text can be a key"]),
        ("a: {<<: 1}", ["<< takes keys and values"]),
        ("- a", ["expected keys and values, found ['a']"]),
        ("", ["expected keys and values, found nothing"]),
        ("a: .inf", ["'.inf' is no finite number"]),
        ("a: -.INF", ["no finite number"]),
        ("a: [.nan]", ["'.nan' is no finite number"]),
        ("a: 1.0e+400", ["'1.0e+400' is no finite number"]),
        (f"a: {2**63}", ["beyond 64 bits"]),
        (f"a: {'9' * 9000}", ["is no int that can be read"]),
        (f"a: 0x{'f' * 9000}", ["beyond 64 bits"]),
        ("a: 1e-2", ["line 1, column 4", "'1e-2' is text in YAML; write 1.0e-2, or quote it"]),
        ("a: [-2E5]", ["write -2.0e+5"]),
        ("a: 1.5e3", ["write 1.5e+3"]),
        ("a: .5e-3x\nb: 2.e3", ["line 2", "write 2.e+3"]),
        ("a: -.5", ["'-.5' is text in YAML; write -0.5,"]),
        ("a: 010", ["'010' is something else to other readers"]),
        ("a: 08", ["'08' is something else to other readers"]),
        ("a: 1:30", ["'1:30' is something else to other readers"]),
    ],
)
def test_what_is_no_plain_value_is_refused_where_it_stands(tmp_path, text, words):
    refused(tmp_path, text, *words)


def test_valid_yaml_that_is_rare_is_read(tmp_path):
    text = (
        "\ufeffbase: &b {x: 1, y: [1.0e-2, 2.e+3, .5, 0x1F, -1., 1_000, 0]}\nday: 2024-13-45\n"
        "more: {<<: *b, x: 2}\nboth: {<<: [{x: 3}, *b], z: ~}\n'1e-2': '1e-2'\n"
        '"on": yes\ntext: |\n  two\n  lines\nn\xe4me: \U0001f40e\r\nsame: [*b, *b]\n'
    )
    base = {"x": 1, "y": [0.01, 2000.0, 0.5, 31, -1.0, 1000, 0]}
    assert read(tmp_path, text) == {
        "base": base, "day": "2024-13-45", "more": base | {"x": 2},
        "both": base | {"x": 3, "z": None}, "1e-2": "1e-2", "on": True, "text": "two\nlines\n",
        "näme": "\U0001f40e", "same": [base, base],
    }  # fmt: skip


READ = """
import sys
from pathlib import Path
from sametask.config.yaml_file import read_yaml
from sametask.base.errors import ConfigError
for name in sys.argv[1:]:
    try:
        read_yaml(Path(name))
    except ConfigError as error:
        print(error)
"""


def test_nesting_of_any_depth_ends_in_a_line(tmp_path):
    """In a process of its own: what nested too deep was the end of it."""
    pieces = ["[", "{a: ", "- ", "? ", "a: [", "[{a: "]
    paths = [tmp_path / f"{number}.yaml" for number in range(len(pieces))]
    for path, piece in zip(paths, pieces, strict=True):
        path.write_text(piece * (900_000 // len(piece)))
    ended = subprocess.run([sys.executable, "-c", READ, *paths], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    for path, line in zip(paths, ended.stdout.splitlines(), strict=True):
        assert line.startswith(f"{path}: line 1, column ") and line.endswith("nests deeper than 50")


def test_a_file_that_is_too_large_is_not_printed(tmp_path):
    line = refused(tmp_path, "x" * 17_000_000)
    assert line.endswith(f"17,000,000 bytes; an experiment has at most {SIZE:,}")
    for text in ("x" * (SIZE - 1), f"a: [{'x' * 9000}", f"{'x' * 900}: 1\n" * 2):
        refused(tmp_path, text)


def test_what_is_no_file_is_told(tmp_path):
    (tmp_path / "one.yaml").mkdir()
    refusal(read_yaml, tmp_path / "one.yaml", words=["one.yaml: is no file"])
    refusal(read_yaml, tmp_path / "none.yaml", words=["none.yaml", "No such file"])


def test_a_broken_file_does_not_stop_another_experiment(tmp_path):
    """The rules ask all experiments for their networks whenever one is made."""
    good = (ROOT / "config/experiments/scalar.yaml").read_bytes()
    broken = {
        "alias": b"a: &a [*a]", "bomb": BOMB.encode(), "bytes": bytes(range(256)), "empty": b"",
        "date": b"seed: 2024-13-45", "deep": b"[" * 100_000, "tag": b"seed: !!int x",
        "list": b"extends: [good]", "itself": b"extends: itself", "key": b"extends: good\non: 1",
        "seed": b"extends: good\nseed: 1.0e+300", "far": b"extends: good\nseed: -1",
        "a.b": good, "a(b": good, "a{b}": good, "-a": good, "same-task": good, "e" * 120: good,
    }  # fmt: skip
    for name, content in {"good": good, **broken}.items():
        (tmp_path / f"{name}.yaml").write_bytes(content)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "link.yaml").symlink_to("nowhere")
    experiments = Experiments(tmp_path)
    assert experiments.select(lambda *_: True) == ["good/shallow", "good/deep"]
    for name in [*broken, "folder", "link"]:
        assert len(refusal(experiments.get, name, words=[])) < 300
