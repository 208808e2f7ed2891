"""A SLURM cluster of two nodes on this machine: a real one, brought up for tests and taken down.

``python tests/slurm/cluster.py`` keeps one up until Ctrl-C; Debian has what it needs in the
packages ``slurm-wlm`` and ``munge``.
"""

import argparse
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import processes
from configuration import ETC, NODES, files, remove, taken

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "sinfo")
SECONDS_TO_START = 60
# Of a path to a socket, by the kernel; SLURM's longest is a step's, below its node's spool folder.
LONGEST_FOLDER = 60


class ClusterError(Exception):
    """The cluster does not do what it was asked to; the message says what its daemons wrote."""


@dataclass(frozen=True)
class Job:
    """What SLURM itself recorded of a job."""

    id: str
    comment: str
    partition: str
    state: str
    restarts: int
    memory: str
    gpus: str
    time_limit: str


def why_not():
    """Why no cluster can be brought up here, in one line; None if it can."""
    if not processes.is_root():
        return "SLURM's daemons change the user that a job runs as: this needs root"
    missing = [name for name in PROGRAMS if not processes.program(name)]
    if missing:
        return f"{', '.join(missing)} not found: apt install slurm-wlm munge"
    path = taken()
    return path and f"{path} belongs to another cluster and is left alone"


def _job(line):
    """A line of ``scontrol show job --oneliner``."""
    found = dict(re.findall(r"(\w+)=(\S*)", line))
    # From SLURM 23.02 on what was asked for and what was given have a name each.
    memory = re.search(r"\bmem=(\w+)", found.get("ReqTRES") or found.get("TRES", ""))
    return Job(
        id=found["JobId"],
        comment=found.get("Comment", ""),
        partition=found["Partition"],
        state=found["JobState"],
        restarts=int(found["Restarts"]),
        memory=memory[1] if memory else "",
        gpus=found.get("TresPerJob", "").replace("gres:", "gres/"),
        time_limit=found["TimeLimit"],
    )


class Cluster:
    """The daemons of one cluster; everything that they write is below ``folder``."""

    def __init__(self, folder):
        self.folder = Path(folder).absolute()
        self.daemons = {}

    def check(self):
        """Raise what speaks against a start; nothing is written or removed before."""
        reason = why_not()
        if len(str(self.folder)) > LONGEST_FOLDER:
            reason = f"{self.folder} is too long for sockets in it"
        if self.folder.exists() and any(self.folder.iterdir()):
            reason = f"{self.folder} is not empty, and would be removed at the end"
        if reason:
            raise ClusterError(reason)

    def start(self):
        """Write the configuration, start every daemon, and wait for both nodes."""
        self._write()
        self._run("munged", "munged", "--foreground", "--force", *self._munge())
        self._wait(lambda: self._path("munge.socket").exists(), "munged has no socket")
        self._run("slurmctld", "slurmctld", "-D", "-c")
        for name in NODES:
            self.start_node(name)
        self.ready()

    def _path(self, name):
        return self.folder / name

    def _munge(self):
        names = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        return [f"--{option}={self._path(f'munge.{end}')}" for option, end in names.items()] + [
            f"--log-file={self._path('munge.log')}"
        ]

    def _write(self):
        for name in ("state", *NODES):
            self._path(name).mkdir(parents=True, exist_ok=True)
        # munged wants that nobody else can read its key, and nobody else write beside its socket.
        self.folder.chmod(0o755)
        key = self._path("munge.key")
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        for gpu in range(NODES["gpu1"]["gpus"]):
            self._path(f"nvidia{gpu}").symlink_to("/dev/null")
        ETC.mkdir(exist_ok=True)
        for name, text in files(self.folder).items():
            (ETC / name).write_text(text)

    def _run(self, name, program, *arguments):
        command = [processes.program(program), *arguments]
        log = self._path(f"{name}.out").open("ab")
        with log:
            self.daemons[name] = processes.start(command, log)

    def start_node(self, name):
        """Start a node's daemon, the first time or after ``kill_node``."""
        self._run(name, "slurmd", "-D", "-N", name)

    def kill_node(self, name):
        """The node loses its power: daemon, steps and all that jobs started on it end at once."""
        processes.kill_tree(self.daemons.pop(name))

    def stop(self):
        """End every daemon and whatever jobs left, remove our files."""
        for name in [name for name in NODES if name in self.daemons]:
            self.kill_node(name)
        for daemon in reversed(self.daemons.values()):
            processes.end(daemon)
        self.daemons.clear()
        remove(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, *command):
        """What a command of SLURM prints."""
        done = subprocess.run(command, text=True, capture_output=True, timeout=60)
        if done.returncode:
            raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def nodes(self):
        """The state of every node, as ``idle``, ``mixed``, ``down*``."""
        try:
            lines = self.ask("sinfo", "--noheader", "--Node", "--format=%N %T").splitlines()
        except ClusterError:
            return {}
        return dict(line.split() for line in lines)

    def jobs(self):
        """Every job that SLURM knows of, the oldest first."""
        lines = self.ask("scontrol", "show", "job", "--oneliner").splitlines()
        found = [_job(line) for line in lines if line.startswith("JobId=")]
        return sorted(found, key=lambda job: int(job.id))

    def expire(self, job):
        """Let a running job's time limit be over soon: SLURM's shortest is a minute.

        ``now`` is read by ``scontrol``, and refused where the controller's clock is a second later.
        """
        self.ask("scontrol", "update", f"JobId={job}", "EndTime=now+5seconds")

    def ready(self, seconds=SECONDS_TO_START):
        """Wait until both nodes are idle."""
        self._wait(lambda: self.nodes() == dict.fromkeys(NODES, "idle"), "not idle", seconds)

    def _wait(self, done, complaint, seconds=SECONDS_TO_START):
        end = time.monotonic() + seconds
        while not done():
            gone = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            if gone or time.monotonic() > end:
                what = f"{', '.join(gone)} ended" if gone else f"{complaint}: {self.nodes()}"
                raise ClusterError(f"{what} after {seconds} s at most\n{self.logs()}")
            time.sleep(0.1)

    def logs(self, lines=15):
        """The last lines of every daemon's log."""
        tails = []
        for path in sorted(self.folder.glob("*.out")):
            tail = path.read_text(errors="replace").splitlines()[-lines:]
            tails.append("\n  ".join([f"{path}:", *tail]))
        return "\n".join(tails)


@contextmanager
def cluster(folder):
    """A cluster below a folder of its own, which is removed at the end."""
    made = Cluster(folder)
    made.check()
    try:
        made.start()
        yield made
    finally:
        made.stop()


def main():
    """Keep a cluster up until Ctrl-C or the end of the process that started this."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    reason = why_not()
    if reason:
        raise SystemExit(f"no cluster: {reason}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), cluster(Path(tempfile.mkdtemp(prefix="slurm-"))) as made:
        print(
            f"SLURM is up on {socket.gethostname()}, partitions cpu (default) and gpu; try "
            f"`srun --partition=gpu --gpus=1 env`; logs in {made.folder}; Ctrl-C ends it",
            flush=True,
        )
        signal.pause()


if __name__ == "__main__":
    main()
