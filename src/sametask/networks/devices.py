"""Choose the GPU of a job: one that no other job uses, and the only one that the job sees.

Jobs that train a network or record its activations use a GPU if its key ``gpu`` is 1 (``gpu`` in
``workflow/resources.smk``). Everything else runs on CPUs.
"""

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
PATIENCE = 1.0  # seconds between two attempts to get a device

log = logging.getLogger(__name__)
# Locks of devices; the system releases them when the process ends.
_held: list[FileLock] = []


def visible_devices() -> list[str]:
    """Return the names of the GPUs that this process may use, in the form of CUDA.

    Unlike ``torch.cuda.is_available``, this does not yet fix which GPUs torch sees.
    """
    named = os.environ.get(VISIBLE)
    if named is None:
        return [str(number) for number in range(torch.cuda.device_count())]
    return [name.strip() for name in named.split(",") if name.strip()]


def _lock(name: str) -> FileLock:
    # A scheduler gives every job its own devices, which may all have the name 0.
    scope = os.environ.get("SLURM_JOB_ID", "here")
    folder = Path(tempfile.gettempdir()) / f"sametask-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return FileLock(folder / f"gpu-{scope}-{name.replace('/', '-')}.lock")


def claim(names: list[str]) -> str:
    """Lock one of these GPUs that no other job holds, until this process ends; return its name.

    Waits while all of them are held, with a line in the log.
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
    """Return the device of a job with ``gpu`` GPUs, 0 or 1; ``NetworkError`` if there is no GPU.

    Call this before anything else uses CUDA: afterwards the job sees only its own GPU, also in code
    of a network that asks for the first one.
    """
    if not gpu:
        return torch.device("cpu")
    if not _held and (names := visible_devices()):
        os.environ[VISIBLE] = claim(names)
    if not torch.cuda.device_count():
        shown = os.environ.get(VISIBLE, "not set")
        raise NetworkError(f"gpu: 1 asked for, but torch sees no GPU here ({VISIBLE}: {shown})")
    return torch.device("cuda")
