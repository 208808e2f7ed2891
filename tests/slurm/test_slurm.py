"""The workflow on a real SLURM: where its jobs run, and what happens when jobs or nodes fail.

The scalar experiment runs in the background from the first test on, and is looked at in the last.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from cluster import ClusterError, cluster, why_not
from workflow_helpers import ROOT, change, make_repository

WHY_NOT = why_not()
pytestmark = [pytest.mark.slurm, pytest.mark.skipif(bool(WHY_NOT), reason=f"left out: {WHY_NOT}")]

PROFILE = [
    "--workflow-profile", "workflow/profiles/slurm", "--slurm-status-command", "squeue",
    "--slurm-init-seconds-before-status-checks", "7", "--latency-wait", "5",
]  # fmt: skip
# A real one, with which the job that finds none here would succeed.
GPU = Path("/dev/nvidiactl").exists()
SCALAR, SAMPLES = "results/scalar/report.html", "results/tiny/samples.zarr"
DEEP = "results/tiny/deep"
ZOO = "results/same-task/zoo.zarr"
# Two networks and their untrained copies, two each.
SHARDS = 8
# Runs of Snakemake: a test that failed has not waited for its own.
BEGUN = []
# Building this network takes longer than a job is given, but not in the process that checks it.
SLOW = """
import os
import time

from sametask.examples.small_networks import mlp as fast


def mlp(widths):
    time.sleep(60 if "SLURM_JOB_ID" in os.environ else 0)
    return fast(widths)
"""


def _hear_ctrl_c():
    """In the child: whoever runs tests in the background of a script has them ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run:
    """Snakemake at work in a folder; what it prints goes to a file beside that."""

    def __init__(self, folder, *arguments):
        self.folder, self.log = folder, folder.with_name(f"{folder.name}.log")
        given = [sys.executable, "-m", "snakemake", *arguments]
        environment = os.environ | {"PYTHONPATH": str(folder / "src"), "OMP_NUM_THREADS": "1"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                given, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
                preexec_fn=_hear_ctrl_c,
            )  # fmt: skip
        BEGUN.append(self.process)

    def end(self, seconds=300):
        """Wait for the end; returns its exit status and everything that it printed."""
        return self.process.wait(seconds), self.log.read_text()


def wait_for(found, what, seconds=300):
    """Return what a function finds as soon as it finds something; a busy SLURM may not answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(ClusterError):
            if answer := found():
                return answer
        time.sleep(0.5)
    raise AssertionError(f"no {what} within {seconds} s")


@pytest.fixture(scope="session")
def slurm():
    with cluster(Path(tempfile.mkdtemp(prefix="slurm-"))) as made:
        yield made
        for process in BEGUN:
            process.kill()


@pytest.fixture(scope="session")
def scalar(slurm, tmp_path_factory):
    """The scalar experiment in two shards a network, begun on the cluster."""
    folder = make_repository(tmp_path_factory.mktemp("cluster") / "scalar")
    change(folder, "shards", value=2, file="config/experiments/scalar.yaml")
    return Run(folder, *PROFILE, SCALAR)


@pytest.fixture(scope="session")
def tiny(slurm, tmp_path_factory):
    """A folder in which one thing after the other goes wrong."""
    return make_repository(tmp_path_factory.mktemp("faults") / "tiny")


def jobs_of(slurm, rule, of=""):
    """The jobs of a rule, ended ones too."""
    return [job for job in slurm.jobs() if re.search(rf"\brule_{rule}.*{of}", job.comment)]


def running(slurm, rule, of=""):
    """The jobs of a rule that run now."""
    return [job for job in jobs_of(slurm, rule, of) if job.state == "RUNNING"]


def recorded(slurm):
    """Whether every shard of the scalar experiment is there."""
    states = [job.state for job in jobs_of(slurm, "extract_shard")]
    return states.count("COMPLETED") == SHARDS


def contents(folder):
    """Every file of the stores, networks and figures of an experiment that has to repeat itself."""
    results = folder / "results" / "scalar"
    kept = ("*.zarr/**/*", "*/network/*", "*/*.zarr/**/*", "verdict.json", "*/verdict.json")
    paths = {path for pattern in kept for path in results.glob(pattern) if path.is_file()}
    return {
        path.relative_to(results): path.read_bytes()
        for path in paths
        if path.name != ".snakemake_timestamp"
    }


@pytest.fixture(scope="session")
def lost(slurm, scalar):
    """The jobs that a node ran when it was killed; it is up again, SLURM will requeue them."""
    jobs = wait_for(lambda: running(slurm, "extract_shard", "scalar"), "extraction")
    slurm.kill_node("gpu1")
    slurm.start_node("gpu1")
    return {job.id for job in jobs}


def test_a_node_dies_while_networks_are_recorded_on_it(lost):
    """What comes of it is looked at below: SLURM takes half a minute to requeue the jobs."""
    assert lost


def test_a_partition_that_does_not_exist_is_slurms_own_message(tiny):
    profile = tiny / "workflow/profiles/slurm/config.yaml"
    given = profile.read_text()
    profile.write_text(given.replace("slurm_partition: cpu", "slurm_partition: cqu"))
    status, printed = Run(tiny, *PROFILE, ZOO).end()
    profile.write_text(given)
    assert status != 0
    assert "invalid partition specified: cqu" in printed
    assert not (tiny / ZOO).exists()


def test_an_interrupted_run_cancels_its_jobs(slurm, tiny):
    before = {job.id for job in slurm.jobs()}
    run = Run(tiny, *PROFILE, SAMPLES)
    wait_for(lambda: running(slurm, "draw_samples", "tiny"), "draw_samples")
    run.process.send_signal(signal.SIGINT)
    assert run.end()[0] != 0
    own = [job for job in slurm.jobs() if job.id not in before and "tiny" in job.comment]
    assert {job.state for job in own} <= {"CANCELLED", "COMPLETING"}
    assert not (tiny / SAMPLES).exists()


def test_a_killed_node_does_not_end_a_run(slurm, scalar, lost):
    restarted = wait_for(
        lambda: [job for job in slurm.jobs() if job.id in lost and job.restarts], "requeued job"
    )
    assert {job.partition for job in restarted} == {"gpu"}
    assert scalar.process.poll() in (None, 0)


def test_jobs_are_retried_with_more_and_then_reported(slurm, tiny):
    """One job lacks memory once, one lacks it always, one lacks time, one a GPU that is real.

    It mostly waits, which is best done when the other run has no use for every processor any more.
    """
    wait_for(lambda: recorded(slurm), "end of the recording", seconds=600)
    (tiny / "slow.py").write_text(SLOW)
    change(tiny, "networks", "shallow", "factory", value="slow:mlp")
    change(tiny, "networks", "deep", "gpu", value=1)
    before = {job.id for job in slurm.jobs()}
    run = Run(
        tiny, *PROFILE, SAMPLES, ZOO, "results/tiny/shallow_untrained/network", f"{DEEP}/network",
        "--retries", "1", "--keep-going", "--default-resources", "slurm_partition=cpu",
        "--set-resources", "draw_samples:mem_mb=100*attempt**4", "train_zoo:mem_mb=100",
        "untrain_network:runtime=attempt*2", "train_network:slurm_partition=gpu",
    )  # fmt: skip
    assert expire_twice(slurm, tiny, before) == ["00:02:00", "00:04:00"]
    status, printed = run.end()
    assert status != 0
    # What was interrupted is there now.
    assert (tiny / SAMPLES).is_dir()
    jobs = [job for job in slurm.jobs() if job.id not in before]
    assert [job.memory for job in jobs if "samples_wildcards_tiny" in job.comment] == [
        "100M",
        "1600M",
    ]
    assert [job.memory for job in jobs if "zoo" in job.comment] == ["100M", "100M"]
    trained = jobs_of(slurm, "train_network", "tiny_deep")
    assert {(job.partition, job.gpus) for job in trained} == {("gpu", "gres/gpu:1")}
    if not GPU:
        # SLURM gives the job one of the two that it was told of, and torch finds out.
        log = (tiny / DEEP / "logs/train_network.log").read_text()
        assert re.search(r"torch sees no GPU here \(CUDA_VISIBLE_DEVICES: [01]\)", log)
    lines = sorted(line for line in printed.splitlines() if line.startswith("sametask: error"))
    assert len(lines) == 2
    assert "train_zoo ran out of memory (MB) with mem_mb=100 at its last attempt" in lines[0]
    assert "add to train_zoo: mem_mb: attempt * 200" in lines[0]
    assert "untrain_network ran out of time (minutes) with runtime=4 at its last" in lines[1]
    assert "add to untrain_network: runtime: attempt * 8" in lines[1]


def expire_twice(slurm, folder, seen):
    """Let the time of a job that builds a slow network be over, twice; returns what it was."""
    logs = folder / ".snakemake/slurm_logs/rule_untrain_network/tiny_shallow_untrained"
    told, limits = set(seen), []
    for _ in range(2):
        job = wait_for(
            lambda: next(
                (one for one in running(slurm, "untr", "tiny") if one.id not in told), None
            ),
            "job",
        )
        log = logs / f"{job.id}.log"
        # Its own Snakemake has to have said what it runs.
        wait_for(lambda log=log: log.exists() and "localrule" in log.read_text(), "its word")
        limits.append(job.time_limit)
        slurm.expire(job.id)
        told.add(job.id)
    return limits


def test_extraction_runs_on_gpu_nodes_and_comes_out_as_on_this_machine(slurm, scalar):
    """`make test-slurm` has made the experiment of one shard in this checkout, without SLURM."""
    status, printed = scalar.end()
    assert status == 0, printed
    jobs = [job for job in slurm.jobs() if "tiny" not in job.comment and "zoo" not in job.comment]
    ran = {
        partition: {
            job.comment.split("_wildcards")[0] for job in jobs if job.partition == partition
        }
        for partition in ("gpu", "cpu")
    }
    assert ran["gpu"] == {"rule_extract_shard"}
    # There they are joined.
    assert {rule for rule in ran["cpu"] if "extract" in rule} == {"rule_extract_activations"}
    assert len(jobs_of(slurm, "extract_shard")) == SHARDS
    expected, found = contents(ROOT), contents(scalar.folder)
    assert len(expected) > 100
    assert found.keys() == expected.keys()
    assert [path for path in found if found[path] != expected[path]] == []
