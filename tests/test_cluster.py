"""What of a cluster needs no cluster: its profile, its page, and what SLURM's logs say."""

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from workflow_helpers import ROOT, command, copy_of, snakemake

from sametask.jobs.slurm_logs import jobs_that_lacked, lacked

PROFILE = yaml.safe_load((ROOT / "workflow/profiles/slurm/config.yaml").read_text())
RULES = "\n".join(path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk")))
# Other words for the same, of SLURM that watches memory itself and of one that leaves it to Linux.
OUT_OF_MEMORY = [
    "slurmstepd: error: StepId=3.0 exceeded memory limit (290066432 > 209715200), being killed",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=3.batch. Some of the step tasks have "
    "been OOM Killed.",
]
TIME_LIMIT = (
    "slurmstepd: error: *** JOB 3 ON cpu1 CANCELLED AT 2026-11-21T20:15 DUE TO TIME LIMIT ***"
)


def rules():
    return set(re.findall(r"^(?:use )?rule (?:\w+ as )?(\w+)", RULES, re.M))


def slurm_log(folder, number, words, rule="reach_verdict"):
    path = folder / ".snakemake" / "slurm_logs" / f"rule_{rule}" / "a_b" / f"{number}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = "resources: tmpdir=/tmp, mem_mb=200, mem=200 MB, runtime=20"
    path.write_text(f"localrule {rule}:\n    {asked}\n{words}\n")
    return path


@pytest.mark.parametrize("words", OUT_OF_MEMORY)
def test_a_job_out_of_memory_is_told_with_the_number_to_change(tmp_path, words):
    line = lacked(slurm_log(tmp_path, 3, words))
    assert "\n" not in line
    assert line.startswith("reach_verdict ran out of memory (MB) with mem_mb=200 ")
    assert "under set-resources, add to reach_verdict: mem_mb: attempt * 400 " in line


def test_a_job_out_of_time_is_told_with_the_number_to_change(tmp_path):
    line = lacked(slurm_log(tmp_path, 3, TIME_LIMIT))
    assert line.startswith("reach_verdict ran out of time (minutes) with runtime=20 ")
    assert "under set-resources, add to reach_verdict: runtime: attempt * 40 " in line


def test_a_gpu_without_memory_left_is_another_matter(tmp_path):
    assert lacked(slurm_log(tmp_path, 3, "torch.OutOfMemoryError: CUDA out of memory.")) is None


def test_of_a_group_the_rule_that_ran_is_named(tmp_path):
    text = "rule align_coordinates:\n  resources: mem_mb=1\n" + TIME_LIMIT
    assert lacked(slurm_log(tmp_path, 3, text)).startswith("align_coordinates ran out")


def test_only_jobs_that_failed_for_good_are_told(tmp_path):
    paths = {
        number: slurm_log(tmp_path, number, words, rule)
        for number, words, rule in (
            (1, OUT_OF_MEMORY[0], "fit_transformation"),
            (3, OUT_OF_MEMORY[0], "reach_verdict"),
            (4, OUT_OF_MEMORY[0], "reach_verdict"),
            (5, "ValueError: of another kind", "render_report"),
        )
    }
    jobs = {1: "7", 3: "8", 4: "8", 5: "9"}
    lines = [
        f"Job {jobs[number]} has been submitted with SLURM jobid {number} (log: {path}).\n"
        f"    log: results/x.log, {path} (check log file(s) for error details)\n"
        for number, path in paths.items()
    ]
    lines.insert(1, "Trying to restart job 7.\n")
    lines.insert(3, "Trying to restart job 8.\n")
    log = tmp_path / "snakemake.log"
    log.write_text("".join(lines))
    (line,) = jobs_that_lacked([log])
    assert str(paths[4]) in line


def test_the_profile_names_rules_that_exist():
    named = {*PROFILE["set-resources"], *PROFILE["groups"]}
    assert named <= rules()
    assert all("gpu" in one["slurm_partition"] for one in PROFILE["set-resources"].values())
    assert {rule for rule in rules() if rule.startswith("extract")} == {*PROFILE["set-resources"]}


def test_the_page_on_clusters_has_every_rule_with_what_it_asks_for():
    page = (ROOT / "docs/cluster.md").read_text()
    table = page.split("## What runs where")[1].split("## Watching")[0]
    told = {}
    for row in re.findall(r"^\| (`.*)$", table, re.M):
        names, partition, *cells = [cell.strip() for cell in row.split("|")]
        for name in re.findall(r"`(\w+)`", names):
            told[name] = [partition, *cells]
    assert told.keys() == rules()
    for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", RULES, re.M | re.S):
        partition, cores, memory, minutes, group = told[name][:5]
        assert partition.startswith("gpu") == (name in PROFILE["set-resources"])
        threads = re.search(r"threads: (\d+)", body)
        assert (threads[1] if threads else "1") in cores or "same" in cores
        # The first arguments: memory, time.
        needed = re.search(r"\*\*needs\((.*)\),", body)[1]
        amounts = re.findall(r"(?:\w+\(.*\)|\w+)(?=, |$)", needed)
        for asked, cell in zip(amounts, (memory, minutes), strict=False):
            numbers = re.findall(r"\d+", asked)
            assert not numbers or numbers[0] == re.match(r"\d+", cell)[0], name
            assert ("kernels" in asked) == ("matrices" in cell), name
            assert ("network" in asked) == ("checkpoint" in cell), name
        assert PROFILE["groups"].get(name) == (re.findall(r"`(\w+)`", group) or [None])[0]


def test_a_second_run_in_the_same_folder_is_told_so(undisturbed, tmp_path):
    folder = copy_of(undisturbed, tmp_path / "copy")
    target = "results/tiny/deep/activations.zarr"
    given, environment = command(folder, "--force", target)
    first = subprocess.Popen(
        given, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        locks = Path(folder / ".snakemake/locks")
        # Written after that of its inputs.
        while not any(locks.glob("*.output.lock")):
            assert first.poll() is None
            time.sleep(0.05)
        # It may be nearly done: it waits until the second one has been told.
        first.send_signal(signal.SIGSTOP)
        status, printed = snakemake(folder, "--force", target)
        first.send_signal(signal.SIGCONT)
        assert status != 0
        assert "Directory cannot be locked" in printed
        assert "no other Snakemake process" in printed
        assert first.wait(300) == 0
    finally:
        first.kill()
    assert "locked" in (ROOT / "docs/cluster.md").read_text()
