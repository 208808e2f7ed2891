"""Find out from the logs of SLURM which memory or time the jobs of a cluster lacked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

PROFILE = "workflow/profiles/slurm/config.yaml"
# What slurmstepd writes if it, or the kernel, ends a job for its memory.
MEMORY = re.compile(r"exceeded memory limit|oom.?kill", re.IGNORECASE)
TIME = re.compile(r"DUE TO TIME LIMIT")
# What Snakemake writes: the log of each job, the logs of failed jobs, and jobs that are retried.
SUBMITTED = re.compile(r"Job (\S+) has been submitted with SLURM jobid \S+ \(log: (.+)\)")
FAILED = re.compile(r"(?:log: |, )([^,\n]+/slurm_logs/[^,\n]+\.log) \(check log file")
RETRIED = re.compile(r"Trying to restart job (\S+)\.")


def _asked(text: str, resource: str) -> int | None:
    """Return the last amount of a resource in the log of a job, or ``None``."""
    amounts = re.findall(rf"\b{resource}=(\d+)", text)
    return int(amounts[-1]) if amounts else None


def _limit(text: str) -> int | None:
    """Return the memory limit in MB that SLURM names; Snakemake may have had no time to name it."""
    limit = re.search(r"exceeded memory limit \(\d+ > (\d+)\)", text)
    return int(limit[1]) // 2**20 if limit else None


def lacked(path: Path) -> str | None:
    """Return a line on what the job of a SLURM log lacked, and which setting to change.

    ``None`` if the job failed for another reason.
    """
    text = path.read_text(errors="replace")
    if MEMORY.search(text):
        what, resource, amount = "memory (MB)", "mem_mb", _asked(text, "mem_mb") or _limit(text)
    elif TIME.search(text):
        what, resource, amount = "time (minutes)", "runtime", _asked(text, "runtime")
    else:
        return None
    # If the job runs a group of rules, the last one that began.
    of_path = re.search(r"slurm_logs/(?:rule|group)_(\w+)", str(path))
    rule = [*(of_path.groups() if of_path else ()), *re.findall(r"rule (\w+):\n", text)][-1]
    return (
        f"{rule} ran out of {what} with {resource}={amount} at its last attempt; in {PROFILE}, "
        f"under set-resources, add to {rule}: {resource}: attempt * {2 * (amount or 1)}  "
        f"[log: {path}]"
    )


def jobs_that_lacked(logs: Iterable[str | Path]) -> list[str]:
    """Return the line of ``lacked`` for every job that failed in its last attempt.

    ``logs`` are Snakemake's own logs of a run.
    """
    text = "\n".join(Path(log).read_text(errors="replace") for log in logs)
    job_of = {path: job for job, path in SUBMITTED.findall(text)}
    failed = [path for path in FAILED.findall(text) if path in job_of]
    attempts, retries = Counter(job_of[path] for path in failed), Counter(RETRIED.findall(text))
    last = {job_of[path]: Path(path) for path in failed}
    final = [path for job, path in last.items() if attempts[job] > retries[job]]
    return [line for path in final if path.is_file() and (line := lacked(path))]
