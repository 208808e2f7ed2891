"""The page on a real sentence encoder: its files and commands run, and give what it says."""

import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import yaml
from pretrained_networks import minilm
from refusals import refusal
from workflow_helpers import ROOT, change, environment, make_repository, run

from sametask.config import Experiment
from sametask.inputs import see
from sametask.storage.json_files import read_json

PAGE = (ROOT / "docs/hugging-face.md").read_text()
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
BLOCKS = [(language, textwrap.dedent(text)) for language, text in BLOCK.findall(PAGE)]
# Blocks that are files begin with their names.
FILES = {text.partition("\n")[0].removeprefix("# "): text for language, text in BLOCKS if language}
COMMANDS = [
    line for language, text in BLOCKS if not language for line in text.replace("$ ", "").split("\n")
]
EXPERIMENT = "config/experiments/minilm.yaml"
# What a relation rests on does not depend on how many perturbations there are. There have to be
# more sentences than measured quantities: the page has 450 for all 384 neurons.
COMPONENTS = 48
SMALL = {
    ("perturbations", "count"): 4,
    ("samples", "fit"): 160,
    ("samples", "test"): 60,
    **{
        ("networks", name, "neurons"): {"components": COMPONENTS}
        for name in ("sixth", "third", "turned")
    },
}


def on_the_page(beginning):
    """The arguments of the commands of the page that begin so, each without its program."""
    found = [shlex.split(line)[1:] for line in COMMANDS if line.startswith(beginning)]
    assert found, beginning
    return found


def ran(folder, *arguments):
    """What a command of Python prints in a folder; it must succeed."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sentences_of_the_page_fit_its_view(tmp_path, monkeypatch):
    source = minilm()
    asked = Experiment.model_validate(yaml.safe_load(FILES[EXPERIMENT]))
    code = compile(FILES["sentences.py"], "sentences.py", "exec")
    shutil.copytree(ROOT / "resources", tmp_path / "resources")
    monkeypatch.chdir(tmp_path)
    Path("minilm").symlink_to(source)
    exec(code, {})
    with np.load(asked.inputs.source) as file:
        texts = file[asked.inputs.inputs]
    assert len(texts) == asked.samples.fit + asked.samples.test
    view = asked.networks["sixth"].view
    seen = see(texts, asked.inputs, view)
    assert seen.dtype.names[:3] == ("input_ids", "token_type_ids", "attention_mask")
    # The longest has as many tokens as the view says, so that no pass is longer than it must be.
    length = view.arguments["length"]
    shorter = view.model_copy(update={"arguments": view.arguments | {"length": length - 1}})
    refusal(see, texts, asked.inputs, shorter, words=[f"has {length} tokens"])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with the files of the page, as its commands leave it before the run.

    In a small size: the whole page takes ten minutes.
    """
    source = minilm()
    folder = make_repository(tmp_path_factory.mktemp("page") / "project")
    shutil.copytree(ROOT / "resources", folder / "resources")
    (folder / "minilm").symlink_to(source)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for arguments in on_the_page(".venv/bin/python "):
        ran(folder, *arguments)
    for keys, value in SMALL.items():
        change(folder, *keys, value=value, file=EXPERIMENT)
    return folder


@pytest.fixture(scope="module")
def results(project):
    for arguments in on_the_page(".venv/bin/snakemake"):
        # How many cores there are is the business of the tests.
        run(project, *arguments[2:])
    return project / "results/minilm"


@pytest.mark.slow
def test_the_commands_of_the_page_list_and_check(project):
    listed, checked = (
        [ran(project, "-m", "sametask", *arguments) for arguments in on_the_page(beginning)]
        for beginning in (".venv/bin/sametask layers", ".venv/bin/sametask check")
    )
    for line in COMMANDS:
        if "(12, 384)" in line:
            assert line in listed[0].splitlines()
    assert "minilm.yaml is fine: 3 networks, 3 pairs" in checked[0]


@pytest.mark.slow
def test_a_network_is_equivalent_to_itself_in_another_basis(results):
    verdict = read_json(results / "sixth-turned/verdict.json")
    assert verdict["relation"] == "equivalent"
    assert min(low for low, _, _ in verdict["r2"].values()) >= 0.999
    assert {side["measured"] for side in verdict["whitney"].values()} == {COMPONENTS}


@pytest.mark.slow
def test_an_earlier_layer_is_partly_shared_and_untrained_copies_stand_beside_it(results):
    # Of so few sentences, an untrained copy explains less than the network: there is no alarm.
    verdict = read_json(results / "sixth-third/verdict.json")
    assert verdict["relation"] == "partial"
    copies = verdict["controls"]["untrained"]
    assert {copies[side]["relation"] for side in ("a", "b")} == {"partial"}
    assert min(copies[side]["r2"]["a_to_b"][1] for side in ("a", "b")) > 0.7


@pytest.mark.slow
def test_pooled_layers_are_said_to_be_read_only(results):
    assert not list(results.glob("*/stitched*"))
    assert "only read" in (results / "report.html").read_text()
