"""Try the clips that are the first to fail: the shortest ones, and the quietest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sametask.base.errors import about
from sametask.config import Experiment
from sametask.config.sections.data_set_sections import Speech
from sametask.inputs import Draw, see
from sametask.inputs.sounds import decode_sounds, lengths, sound_of

# With room for so many times the longest clip, most of what is stored and passed is padding.
ROOMY = 3


def quietest(inputs: np.ndarray, count: int) -> np.ndarray:
    """Return the numbers of the quietest clips (count,): noise is the first to be lost in them."""
    loud = [np.square(clip, dtype=np.float64).mean() for clip in decode_sounds(sound_of(inputs))]
    return np.argsort(loud, kind="stable")[:count]


def describe_room(experiment: Experiment, drawn: Mapping[str, Draw]) -> list[str]:
    """Return a sentence on the room for clips if it is much more than the longest of them needs."""
    asked = experiment.inputs
    if not isinstance(asked, Speech):
        return []
    most = max(int(lengths(sound_of(draw.inputs)).max()) for draw in drawn.values())
    if asked.width < ROOMY * most:
        return []
    return [
        f"inputs.longest: {asked.longest:g} seconds, but the longest clip drawn has "
        f"{most / asked.rate:.2f}; samples take {asked.width / most:.0f} times the memory that "
        "they need"
    ]


def hear_shortest(experiment: Experiment, key: str, part: str, draw: Draw) -> np.ndarray:
    """Return the shortest clip of a part, for which a view makes inputs of a network.

    Raises the error of the view, with the number of the sample and of its row in front.
    """
    place = int(lengths(sound_of(draw.inputs)).argmin())
    asked, shortest = experiment.inputs, draw.inputs[place : place + 1]
    # Rows of a split of its own for the test are counted behind those of the fit samples.
    apart = part == "test" and isinstance(asked, Speech) and asked.test_split is not None
    row = "" if apart or draw.rows is None else f", row {draw.rows[place]}"
    with about(f"{part} sample {place}{row}"):
        see(shortest, asked, experiment.networks[key].view)
    return shortest
