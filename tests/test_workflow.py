"""The workflow as a whole: what reruns and what does not, interrupted runs, and parity."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from html import unescape

import numpy as np
import psutil
import pytest
from workflow_helpers import (
    ROOT,
    TINY,
    artifacts,
    change,
    command,
    copy_of,
    edit,
    jobs_in,
    make_repository,
    network,
    planned,
    run,
    snakemake,
    write_yaml,
)

from sametask.storage import store

OF_NETWORK = ("train_network", "extract_activations", "estimate_geometry", "embed_diffusion")
# What is done again for the untrained copy of a network, and from which rule of the network on.
OF_COPY = {"train_network": ("untrain_network", "extract_activations")}
OF_COPY["extract_activations"] = ("extract_activations",)
OF_PAIR = ("align_coordinates", "fit_transformation", "evaluate_transformation", "reach_verdict")
PAIR = "shallow-deep"
PAGE = {"render_report", "render_summary", "all"}
EVALUATION = "results/tiny/shallow-deep/evaluation.json"


def jobs(first, networks=("shallow", "deep"), pairs=("shallow-deep",)):
    """All jobs from one rule of a network on: of these networks and pairs, and the pages.

    The verdict on the task needs what is recorded, but no geometry.
    """
    rules = OF_NETWORK[OF_NETWORK.index(first) :]
    again = networks if first == "train_network" else ()
    measured = pairs if first in OF_COPY else ()
    return {
        *(f"{rule} {name}" for rule in rules for name in networks),
        *(f"train_network {name}_reference" for name in again),
        *(f"measure_task {pair}" for pair in measured),
        *(f"{rule} {name}_untrained" for rule in OF_COPY.get(first, ()) for name in networks),
        *(f"{rule} {pair}" for rule in OF_PAIR for pair in pairs),
        *PAGE,
    }


@pytest.fixture
def copy(undisturbed, tmp_path):
    return copy_of(undisturbed, tmp_path / "copy")


# 1. The workflow as text.


def test_snakemake_reads_the_repository_without_complaint(tmp_path):
    folder = make_repository(tmp_path / "copy")
    shutil.copytree(ROOT / "config", folder / "config", dirs_exist_ok=True)
    assert "rror" not in run(folder, "--dry-run")


# 2. A change reruns what it touches, and nothing else.


def test_the_first_run_makes_everything(undisturbed):
    printed = (undisturbed.parent / "printed.log").read_text()
    assert jobs_in(printed) == {"draw_samples"} | jobs("train_network")
    assert (undisturbed / "results/tiny/report.html").stat().st_size > 0


def test_what_does_not_matter_reruns_nothing(copy):
    library = copy / "src" / "sametask"
    edit(library / "diffusion/embedding.py", '"""', '"""Other words. ')
    edit(library / "diffusion/embedding.py", "\n\n\n", "\n\n\n# A comment.\n")
    (copy / "README.md").write_text("Edited.")
    (copy / "docs").mkdir()
    (copy / "docs" / "new.md").write_text("New.")
    scalar = "config/experiments/scalar.yaml"
    change(copy, "diffusion", "neighbour", value=3, file=scalar)
    assert planned(copy) == set()


def test_a_description_touches_the_report_alone(copy):
    change(copy, "description", value="the same networks in other words")
    assert planned(copy) <= PAGE


def test_a_diffusion_setting_reruns_the_embeddings(copy):
    change(copy, "diffusion", "neighbour", value=3)
    assert planned(copy) == jobs("embed_diffusion")


def test_without_the_control_no_untrained_copy_is_made(copy, tmp_path):
    asked = {**TINY, "verdict": {**TINY.get("verdict", {}), "controls": ["shuffled"]}}
    fresh = make_repository(tmp_path / "fresh", asked)
    jobs_of_pair = {f"measure_task {PAIR}", f"reach_verdict {PAIR}", *PAGE}
    assert not [job for job in planned(fresh) if "untrained" in job or job.startswith("untrain")]
    change(copy, "verdict", "controls", value=[])
    assert planned(copy) == jobs_of_pair
    run(copy)
    verdict = json.loads((copy / f"results/tiny/{PAIR}/verdict.json").read_text())
    assert verdict["controls"] == {} and "stitched" in verdict
    # The verdict on the task has the raw input as its only floor, and says so.
    task = verdict["task"]
    for way in ("a_to_b", "b_to_a"):
        assert set(task[way]["layer"]["fidelity"]) == {"source", "ceiling", "inputs"}
    for name in TINY["networks"]:
        why = f"There is no untrained copy of {name}, so that the scale starts at the raw input."
        assert why in task["notes"]
    page = unescape((copy / "results/tiny/report.html").read_text())
    assert "<h3>Controls</h3>" not in page and "Controls replace" not in page
    assert page.count("untrained copy") == page.count("There is no untrained copy") > 0


def test_a_choice_of_neurons_reruns_that_network_without_training(copy):
    change(copy, "networks", "deep", "neurons", value=[0, 2])
    assert planned(copy) == jobs("extract_activations", networks=["deep"])


@pytest.mark.parametrize(
    ("module", "first"),
    [("diffusion/embedding", "embed_diffusion"), ("geometry/covariance", "estimate_geometry")],
)
def test_edited_code_reruns_the_rules_that_use_it(copy, module, first):
    with (copy / "src" / "sametask" / f"{module}.py").open("a") as file:
        file.write("\n\nEDITED = True\n")
    assert planned(copy) == jobs(first)


@pytest.mark.slow
def test_an_edited_script_reruns_its_rule(copy):
    edit(copy / "scripts" / "align_coordinates.py", "from typing", "import math\nfrom typing")
    assert planned(copy) == {f"{rule} shallow-deep" for rule in OF_PAIR} | PAGE


def test_a_third_network_leaves_the_others_alone(copy):
    change(copy, "networks", "third", value=network([1, 2, 1], "tanh1"))
    pairs = ["shallow-third", "deep-third"]
    assert planned(copy) == jobs("train_network", networks=["third"], pairs=pairs)


# 3. Rerunning in place is as good as running afresh.


@pytest.mark.slow
def test_another_seed_in_place_equals_a_fresh_run(copy, undisturbed, tmp_path):
    change(copy, "seed", value=1)
    fresh = make_repository(tmp_path / "fresh", TINY | {"seed": 1})
    assert jobs_in(run(copy)) == {"draw_samples"} | jobs("train_network")
    run(fresh)
    assert artifacts(copy) == artifacts(fresh)
    assert artifacts(copy) != artifacts(undisturbed)


# 4. Killed jobs and killed runs.


def remove(folder, output):
    """Take an artifact away, and the target, without which Snakemake misses nothing."""
    shutil.rmtree(folder / "results" / "tiny" / output)
    (folder / EVALUATION).unlink()


class Disturbed:
    """A run of Snakemake that is there to be killed."""

    def __init__(self, folder, rule, output):
        given, environment = command(folder, EVALUATION)
        self.rule, self.output = rule, folder / "results" / "tiny" / output
        self.log = folder / "disturbed.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                given, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def inside(self):
        """Wait until the rule's script writes its store; return the script's process."""
        while self.process.poll() is None:
            for left in self.output.parent.glob(f".{self.output.name}.unfinished-*"):
                job = psutil.Process(int(left.name.rpartition("-")[2]))
                assert f".{self.rule}.py" in " ".join(job.cmdline())
                return job
            time.sleep(0.001)
        raise AssertionError(f"{self.rule} was never seen at work:\n{self.log.read_text()}")

    def ended(self):
        """Wait for the end; return the exit status and what was printed."""
        return self.process.wait(timeout=120), self.log.read_text()


def test_a_killed_job_leaves_nothing_that_looks_finished(copy, undisturbed):
    rule, output = "fit_transformation", "shallow-deep/transformation.zarr"
    remove(copy, output)
    disturbed = Disturbed(copy, rule, output)
    disturbed.inside().send_signal(signal.SIGKILL)
    status, printed = disturbed.ended()
    assert status != 0
    assert f"Error in rule {rule}" in printed
    assert not disturbed.output.exists()
    run(copy, EVALUATION)
    assert artifacts(copy) == artifacts(undisturbed)
    assert not list(copy.glob("results/**/.*.unfinished-*"))
    assert planned(copy, EVALUATION) == set()


@pytest.mark.slow
def test_a_killed_run_says_how_to_go_on(copy, undisturbed):
    rule, output = "fit_transformation", "shallow-deep/transformation.zarr"
    remove(copy, output)
    disturbed = Disturbed(copy, rule, output)
    job = disturbed.inside()
    os.killpg(disturbed.process.pid, signal.SIGKILL)
    disturbed.ended()
    job.wait(timeout=10)
    assert not disturbed.output.exists()
    status, printed = snakemake(copy, EVALUATION)
    assert status != 0
    assert "--unlock" in printed
    run(copy, "--unlock")
    run(copy, EVALUATION)
    assert artifacts(copy) == artifacts(undisturbed)


# 5. The reference engine.


@pytest.mark.slow
def test_datafold_finds_the_same_eigenpairs(tmp_path):
    python = ROOT / ".venv-datafold" / "bin" / "python"
    assert python.is_file(), "run `make datafold`"
    folder = make_repository(tmp_path / "copy")
    (folder / ".venv-datafold").symlink_to(ROOT / ".venv-datafold")
    quick = {"epochs": 3, "samples": 2048}
    # The geometry is from derivatives: the perturbations are not used, so few will do.
    native = {
        "extends": "scalar",
        "perturbations": {"count": 8},
        "networks": {"shallow": {"train": quick}, "deep": {"train": quick}},
    }
    reference = {"extends": "quick", "diffusion": {"engine": "datafold"}}
    write_yaml(folder / "config/experiments/quick.yaml", native)
    write_yaml(folder / "config/experiments/quick-datafold.yaml", reference)
    places = [folder / "results" / name / "deep" for name in ("quick", "quick-datafold")]
    printed = run(folder, *(f"{place.relative_to(folder)}/diffusion.zarr" for place in places))
    assert {"embed_diffusion deep", "embed_datafold deep"} <= jobs_in(printed)
    geometry = [store.open_store(place / "geometry.zarr", "geometry") for place in places]
    assert geometry[0].digest == geometry[1].digest
    ours, theirs = (store.open_store(place / "diffusion.zarr", "diffusion") for place in places)
    assert (ours.attributes["engine"], theirs.attributes["engine"]) == ("native", "datafold")
    assert ours["eigenvectors"].shape == (512, 15)
    np.testing.assert_allclose(ours["eigenvalues"], theirs["eigenvalues"], rtol=0, atol=1e-8)
    signs = np.sign((ours["eigenvectors"] * theirs["eigenvectors"]).sum(axis=0))
    np.testing.assert_allclose(
        ours["eigenvectors"], signs * theirs["eigenvectors"], rtol=0, atol=1e-6
    )


def test_planning_does_without_torch():
    """Every job parses the workflow anew: what is imported there costs its time each time."""
    imports = sorted(
        {
            line.split()[1]
            for path in (ROOT / "workflow").rglob("*.smk")
            for line in path.read_text().splitlines()
            if line.startswith(("from sametask", "import sametask"))
        }
    )
    check = "import sys, " + ", ".join(imports) + "; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
