"""Try whether all networks find the same words in the same texts, or frames in the same sounds."""

from __future__ import annotations

import numpy as np

from sametask.activations.ranges import exist
from sametask.base.errors import ConfigError
from sametask.check.sample_trial import Samples
from sametask.config import Experiment
from sametask.config.sections.sample_sections import TOLD, WORDS
from sametask.inputs import see
from sametask.inputs.fields import POSITIONS, fields_of

# Number of test samples whose positions are compared; all networks have the same test samples.
COMPARED = 256
# Share of samples in which networks may find other numbers.
FEW = 0.5


def require_same_words(experiment: Experiment, samples: Samples) -> None:
    """Refuse networks that find other numbers of words or frames: they are paired by number."""
    if experiment.positions is None or experiment.positions.of not in TOLD:
        return
    what = "words and special tokens" if experiment.positions.of == WORDS else "frames"
    tested = samples.drawn["test"].inputs[:COMPARED]
    found: dict[str, np.ndarray] = {}
    for key, network in experiment.networks.items():
        words = (fields_of(see(tested, experiment.inputs, network.view)) or {}).get(POSITIONS)
        # That there are words at all is tried with the network.
        if words is not None:
            found[key] = exist(words).sum(axis=1)
    for key, counts in found.items():
        other, first = next(iter(found.items()))
        differ = np.flatnonzero(counts != first)
        # A network that hears finds another number of words now and then: those samples are left
        # out when positions are cut.
        for place in differ[: len(differ) > FEW * len(counts)]:
            raise ConfigError(
                f"networks.{key}.view: finds {counts[place]} {what} in test sample {place}, and "
                f"that of networks.{other} {first[place]}; they are paired by number, so give both "
                "the same"
            )
