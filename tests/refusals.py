"""Damage to files, and what a refusal looks like: one line that names what is wrong."""

import pytest
from workflow_helpers import write_yaml

from sametask.base.errors import SametaskError
from sametask.check import check_experiment
from sametask.config.experiments import Experiments


def the_line(text, *words):
    """The one line of a text that has all these words."""
    lines = [line for line in text.splitlines() if all(word in line for word in words)]
    assert len(lines) == 1, text
    return lines[0]


def refusal(function, *arguments, words):
    """The message with which a function refuses its arguments: one line with these words."""
    with pytest.raises(SametaskError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return the_line(str(caught.value), *words)


def refused_experiment(folder, experiment, *words):
    """Read and try out an experiment, which must be refused in one line with these words."""
    write_yaml(folder / "tiny.yaml", experiment)
    refusal(lambda: check_experiment("tiny", Experiments(folder).get("tiny")), words=words)


def cut(path, size):
    """Take the last bytes of a file away."""
    path.write_bytes(path.read_bytes()[:-size])
