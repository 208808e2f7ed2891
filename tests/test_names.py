"""One rule for names and paths: told by check, by new, and by Snakemake before the first job."""

import io
import re
import subprocess
import sys

import pytest
from refusals import refusal, refused_experiment, the_line
from workflow_helpers import EXPERIMENT, ROOT, TINY, make_repository, snakemake, write_yaml

from sametask.base.errors import LONGEST, ConfigError, nearest, quoted
from sametask.check import check_experiment
from sametask.cli.main import main
from sametask.cli.terminal import speak_plainly
from sametask.config.experiments import Experiments
from sametask.config.names import NETWORK

# Snakemake does not know them, takes them for options or patterns, or for a loop among rules; the
# workflow has folders of these names.
NOT_EXPERIMENTS = [
    "a.b", "a b", "a{b}", "{", "-a", "é", "名", "a/b", "", "a\nb", "a*", "a(b", "a'b", "a" * 81,
    "e" * 20, "x" + "ab" * 20, "same-task", "same-task-small",
    "task-zoo", "task-zoo-small", "sentences", "sentences-small", "spoken", "spoken-small",
    "logs", "benchmarks",
]  # fmt: skip
NOT_NETWORKS = [
    "A", "1a", "a-b", "a.b", "a b", "a{b}", "é", "_a", "", "a\n", "a" * 81, "ab" * 20, "figures",
    "logs", "benchmarks", "a_untrained",
]  # fmt: skip


def with_network(name, **keys):
    """The tiny experiment with one more network."""
    network = TINY["networks"]["deep"] | keys
    return TINY | {"networks": {**TINY["networks"], name: network}}


@pytest.mark.parametrize("name", NOT_EXPERIMENTS)
def test_a_name_that_no_experiment_can_have_is_told_wherever_it_is_given(tmp_path, name):
    experiments = Experiments(tmp_path)
    for ask in (experiments.get, lambda one: experiments.network(f"{one}/deep")):
        if name != "a/b":
            refusal(ask, name, words=[f"{quoted(name)} names no experiment"])
    listed = refusal(experiments.chosen, {"experiments": [name]}, "config.yaml", words=[])
    assert listed.startswith("config.yaml: experiments: ")
    with pytest.raises(SystemExit, match=r"^sametask: error: .* names no experiment"):
        main(["new", "--", name])
    (tmp_path / "one.yaml").write_text(f"extends: {name!r}" if "\n" not in name else "extends: [1]")
    refusal(experiments.get, "one", words=["one.yaml: extends: ", "names no experiment"])


@pytest.mark.parametrize(
    "name", ["a", "A-1", "1", "_", "same_task", "figures", "a" * 19 + "b", "x1" * 9]
)
def test_names_that_are_rare_are_taken(tmp_path, name):
    write_yaml(tmp_path / f"{name}.yaml", TINY)
    assert Experiments(tmp_path).get(name).description == TINY["description"]


@pytest.mark.parametrize("name", NOT_NETWORKS)
def test_a_name_that_no_network_can_have_is_refused(tmp_path, name):
    refused_experiment(tmp_path, with_network(name), "tiny.yaml: ", "networks.")


@pytest.mark.parametrize(
    "name", ["network", "samples", "shards", "report", "null_", "a1_b", "z" * 19]
)
def test_networks_may_be_called_what_is_nobody_elses(tmp_path, name):
    write_yaml(tmp_path / "tiny.yaml", with_network(name))
    assert name in Experiments(tmp_path).get("tiny").networks
    assert re.fullmatch(NETWORK, name)


@pytest.mark.parametrize("path", ["a{b}.pt", "{network}.pt", "a\x07.pt", "a\n.pt", "x" * 300, ""])
def test_paths_that_snakemake_would_fill_in_are_refused(tmp_path, path):
    words = ["tiny.yaml", "networks.extra.checkpoint"]
    own = with_network("extra", checkpoint=path)
    del own["networks"]["extra"]["train"]
    refused_experiment(tmp_path, own, *words)
    data = TINY | {"inputs": {"domain": "array", "source": path}}
    refused_experiment(tmp_path, data, "tiny.yaml", "inputs.source")


def test_a_file_of_a_view_is_refused_for_its_path_and_other_text_is_not(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "seeing.py").write_text("def see(samples, mesh): return samples")
    (tmp_path / "m{1}.obj").write_text("")

    def viewed(mesh):
        view = {"function": "seeing:see", "arguments": {"mesh": mesh}}
        write_yaml(tmp_path / "tiny.yaml", with_network("extra", view=view))
        check_experiment("tiny", Experiments(tmp_path).get("tiny"))

    for fine in ("a {name} that is no file", "x" * 5000):
        viewed(fine)
    refusal(viewed, str(tmp_path / "m{1}.obj"), words=["view.arguments", "rename the file"])


def test_snakemake_tells_names_before_the_first_job(tmp_path):
    """Whatever other files there are; and a wrong list stops nobody who names a target."""
    folder = make_repository(tmp_path / "copy")
    places = folder / "config" / "experiments"
    for name in ("a.b", "a(b", "a{b}"):
        (places / f"{name}.yaml").write_bytes((folder / EXPERIMENT).read_bytes())
    (places / "deep.yaml").write_text("[" * 100_000)
    (places / "date.yaml").write_text("seed: 2024-13-45\nextends: [")
    (folder / "config" / "config.yaml").write_text("experiments: [a.b]")
    status, printed = snakemake(folder, "-n", "results/a.b/report.html")
    assert status != 0
    the_line(printed, "sametask: error: 'a.b' names no experiment")
    status, printed = snakemake(folder, "-n")
    assert status != 0
    the_line(printed, "sametask: error: config/config.yaml: experiments: 'a.b' names no experiment")
    status, printed = snakemake(folder, "-n", "results/tiny/report.html")
    assert status == 0, printed


@pytest.mark.parametrize("place", ["a b", "a{b}", "it's", "a:b", "a$b", "fine-é_1.x(2)"])
def test_make_setup_names_a_path_that_it_cannot_be_in(tmp_path, place):
    """Before anything is installed; where nothing is wrong with it, this Python is next."""
    folder = tmp_path / place
    folder.mkdir()
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    recipe = (ROOT / "Makefile").read_text().partition("\n$(READY): ")[2].splitlines()[1]
    (folder / "Makefile").write_text(f"PYTHON := {sys.executable}\nall:\n{recipe}\n")
    ended = subprocess.run(["make", "-s", "-C", folder], capture_output=True, text=True)
    if place.startswith("fine"):
        assert (ended.returncode, ended.stderr) == (0, "")
    else:
        assert the_line(ended.stderr, "sametask: error: ", place, "rename the folder")


def test_a_terminal_without_our_characters_gets_others(monkeypatch):
    shown = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", shown)
    speak_plainly()
    print("a → b ≤ ε … é")
    shown.flush()
    assert shown.buffer.getvalue() == rb"a -> b <= epsilon ... \xe9" + b"\n"


def test_messages_are_one_line_whatever_they_quote():
    for long in ("x" * 10**7, "a\nb\x07\u2028" * 999, "é\udc80" * 500):
        message = str(ConfigError(f"one.yaml: {long!r} {long} is wrong; {nearest(long, [long])}"))
        assert len(message) <= LONGEST and message.isprintable()
        assert message.startswith("one.yaml: ")
    assert len(quoted([{"a": "x" * 500}] * 500)) <= 120
