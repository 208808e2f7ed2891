"""Daemons and everything that they started, found by parenthood and ended by process id."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

# Of prctl, from <linux/prctl.h>.
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None)


def program(name):
    """The path of a program, or None. Debian keeps daemons where not every user looks."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def is_root():
    """Whether this process may do everything."""
    return os.geteuid() == 0


def _adopt():
    """In the child, before it becomes the daemon."""
    # slurmd detaches the keeper of every step from itself. As their subreaper it stays an
    # ancestor of all that a job starts, so that a node can be killed without a look at names.
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
    # A cluster does not outlive the tests that a SIGKILL ended.
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command, log):
    """A daemon in the foreground, out of reach of the terminal's Ctrl-C."""
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        preexec_fn=_adopt,
    )  # fmt: skip


def _processes():
    """Parent and state of every process."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may have anything in it.
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            found[int(entry.name)] = (int(parent), state)
    return found


def descendants(pid):
    """The living processes below one."""
    known = _processes()
    below = {pid}
    while True:
        more = {one for one, (parent, _) in known.items() if parent in below} - below
        if not more:
            return [one for one in below - {pid} if known[one][1] != "Z"]
        below |= more


def kill_tree(daemon):
    """Kill a daemon and all below it. Stopped, it adopts orphans, but starts nothing new."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(daemon.pid, signal.SIGSTOP)
    while below := descendants(daemon.pid):
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    daemon.kill()
    daemon.wait()


def end(daemon, seconds=10):
    """Ask a daemon to end; kill it if it does not."""
    daemon.terminate()
    try:
        daemon.wait(seconds)
    except subprocess.TimeoutExpired:
        kill_tree(daemon)
