"""Jobs of Snakemake as forks of a process that has already imported what takes long to import.

A job of a tiny experiment computes for a fraction of a second, and imports torch, scipy,
scikit-learn, zarr and Snakemake for five, transformers for three more. Here it starts with all of
them imported, and with nothing of ours. That jobs work as processes of their own is proven by
`make run`, by the jobs that tests kill, and on SLURM.
"""

import json
import os
import runpy
import socket
import subprocess
import sys
import time
import traceback

# What every job imports, and Snakemake itself; no module of ours, of which every test has a copy.
IMPORTED = [
    "pytest", "snakemake.cli", "snakemake.script", "torch", "scipy.linalg", "scipy.stats",
    "scipy.spatial", "sklearn.linear_model", "sklearn.neighbors", "zarr", "safetensors.torch",
    "matplotlib.figure", "threadpoolctl", "transformers.modeling_utils",
]  # fmt: skip


def _run(path, threads):
    """Run a job's script as a program; return its exit status."""
    import threadpoolctl

    # As Snakemake holds a process of its own to its threads, by environment variables.
    threadpoolctl.threadpool_limits(threads)
    sys.argv, sys.path[0] = [path], os.path.dirname(path)  # noqa: PTH120, as Python has it
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, int | None):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _answer(requests):
    """Fork for every job that is asked for; the fork reports the exit status."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, 2**16, 1)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            requests.close()
            asked = json.loads(message)
            os.environ.update(asked["environment"])
            status = _run(asked["path"], asked["threads"])
            sys.stdout.flush()
            os.write(descriptors[0], bytes([status]))
            os._exit(status)
        os.close(descriptors[0])


def have_jobs_forked():
    """Make Snakemake, in this process, run scripts as such forks. No thread may run yet."""
    from snakemake.script import PythonScript

    requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        requests.close()
        _answer(theirs)
    theirs.close()

    def execute_script(self, fname, edit=False):
        asked = {"path": fname, "threads": self.threads, "environment": dict(os.environ)}
        begun = time.monotonic()
        read, write = os.pipe()
        socket.send_fds(requests, [json.dumps(asked).encode()], [write])
        os.close(write)
        with os.fdopen(read, "rb") as report:
            # A job that was killed reports nothing.
            status = (report.read() or b"\xff")[0]
        if self.bench_record:
            self.bench_record.running_time = time.monotonic() - begun
        if status:
            raise subprocess.CalledProcessError(status, [sys.executable, fname])

    PythonScript.execute_script = execute_script
