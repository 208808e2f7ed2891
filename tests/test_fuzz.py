"""Damaged and odd configurations: each is read, or refused in one short line; nothing crashes."""

import faulthandler
import json
import random
import signal
from contextlib import contextmanager

import pytest
import yaml
from mutations import mutation
from workflow_helpers import ROOT, TINY

from sametask.base.errors import SametaskError
from sametask.check import check_experiment
from sametask.config.experiments import Experiments

MUTATIONS = 500
# Of these, every so manieth is of a small experiment, whose networks are tried out as well.
TRIED_OUT = 5
# Seconds after which one is a hang; each takes milliseconds.
HANG = 20
SHIPPED = sorted((ROOT / "config" / "experiments").glob("*.yaml"))


@contextmanager
def at_most(seconds):
    """Raise in a block that takes longer; where it does not come back at all, tell where it is."""

    def stop(*_):
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    faulthandler.dump_traceback_later(2 * seconds, exit=True)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, previous)


def outcome(folder, name, content, tried_out):
    """Read a configuration and try it out; return the line that refuses it, or nothing."""
    path = folder / f"{name}.yaml"
    path.write_bytes(content)
    experiments = Experiments(folder)
    try:
        with at_most(HANG):
            found = experiments.get(name)
            if tried_out:
                check_experiment(str(path), found)
    except SametaskError as error:
        return str(error)
    finally:
        path.unlink()
    json.dumps(found.plain(), allow_nan=False)
    return None


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The shipped experiments in a folder, beside which a broken one stands."""
    monkeypatch.chdir(tmp_path)
    for path in SHIPPED:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_no_mutation_of_a_shipped_experiment_crashes_or_hangs(shipped):
    rng = random.Random(20261121)
    small = yaml.safe_dump(json.loads(json.dumps(TINY)), sort_keys=False)
    refused = 0
    for number in range(MUTATIONS):
        tried_out = number % TRIED_OUT == 0
        text = small if tried_out else SHIPPED[number % len(SHIPPED)].read_text()
        content = mutation(rng, text, yaml.safe_load(text))
        try:
            line = outcome(shipped, "mutated", content, tried_out)
        except BaseException as error:
            raise AssertionError(f"mutation {number}: {content[:2000]!r}") from error
        if line is not None:
            refused += 1
            assert "mutated.yaml" in line and len(line) < 300 and line.isprintable(), line
    assert MUTATIONS / 2 < refused < MUTATIONS
