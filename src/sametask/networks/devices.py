"""Which GPU of a machine a job uses: one that no other job has, and the only one that it sees."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from sametask.base.errors import NetworkError

VISIBLE = "CUDA_VISIBLE_DEVICES"
PATIENCE = 1.0  # seconds between two looks at devices that others hold

log = logging.getLogger(__name__)
# Devices are held until the process ends, whichever way it does.
_held: list[FileLock] = []


def visible_devices() -> list[str]:
    """Return the names of the GPUs that this process may use, as CUDA takes them.

    Counting them, unlike ``torch.cuda.is_available``, does not yet fix which ones are seen.
    """
    named = os.environ.get(VISIBLE)
    if named is None:
        return [str(number) for number in range(torch.cuda.device_count())]
    return [name.strip() for name in named.split(",") if name.strip()]


def _lock(name: str) -> FileLock:
    # A scheduler gives every job devices of its own, which may all be called 0.
    scope = os.environ.get("SLURM_JOB_ID", "here")
    folder = Path(tempfile.gettempdir()) / f"sametask-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return FileLock(folder / f"gpu-{scope}-{name.replace('/', '-')}.lock")


def claim(names: list[str]) -> str:
    """Return one of these GPUs that no other job holds, and hold it until this process ends.

    Waits, and says so in the log, while all of them are held.
    """
    waits = False
    while True:
        for name in names:
            with suppress(Timeout):
                lock = _lock(name)
                lock.acquire(blocking=False)
                _held.append(lock)
                return name
        if not waits:
            log.info("waiting for one of the GPUs %s, which other jobs hold", ", ".join(names))
            waits = True
        time.sleep(PATIENCE)


def device_for(gpu: int) -> torch.device:
    """Return the device of a job that was given so many GPUs; ``NetworkError`` if it has none.

    A job with a GPU sees no other from here on, so that the code of a network that asks for the
    first one gets its own: call this before anything else touches CUDA.
    """
    if not gpu:
        return torch.device("cpu")
    if not _held and (names := visible_devices()):
        os.environ[VISIBLE] = claim(names)
    if not torch.cuda.device_count():
        shown = os.environ.get(VISIBLE, "not set")
        raise NetworkError(f"gpu: 1 asked for, but torch sees no GPU here ({VISIBLE}: {shown})")
    return torch.device("cuda")
