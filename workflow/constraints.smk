# The networks and experiments of each rule, as constraints of its wildcards.
from sametask.config.sections.network_sections import (
    REFERENCE,
    UNTRAINED,
    name_of_original,
)

WITH_OWN_SAMPLES = EXPERIMENTS.select(lambda settings, _: not settings.shares_samples)
# Experiments whose networks share only a few inputs: their pages have a match, and no verdict.
FEW_SHARED = sorted({key.split("/")[0] for key in WITH_OWN_SAMPLES})
SEQUENCES = EXPERIMENTS.select(lambda settings, _: settings.positions is not None)
# Experiments that record sequences; others cut slices from the same recordings.
RECORDED = sorted(
    {
        key.split("/")[0]
        for key in EXPERIMENTS.select(
            lambda settings, _: settings.positions and not settings.recorded
        )
    }
)
TRAINED = EXPERIMENTS.select(lambda _, network: network.train)
# Which of these are made, the verdicts decide that ask for them.
REFERENCES = [f"{key}{REFERENCE}" for key in TRAINED]
FETCHED = EXPERIMENTS.select(
    lambda _, network: network.checkpoint or network.has_own_weights
)
PRETRAINED = EXPERIMENTS.select(lambda _, network: network.pretrained)


wildcard_constraints:
    # A network is named with its experiment: scalar/deep. Invalid names of experiments are refused
    # with a message when the experiment is read.
    network=rf"[^/]+/{NETWORK}",
    experiment="[^/]+",
    a=NETWORK,
    b=NETWORK,


def only(keys):
    """A pattern that matches these networks or experiments only."""
    return "|".join(keys) or "(?!)"


def all_but(keys):
    """A pattern that matches every experiment except these."""
    return rf"(?!(?:{only(keys)})/)[^/]+"


def without(keys):
    """A pattern that matches every network except these."""
    return rf"(?!(?:{only(keys)})/)[^/]+/{NETWORK}"


def untrained(keys):
    """The keys of the untrained copies of networks."""
    return [f"{key}{UNTRAINED}" for key in keys]


def with_copies(keys):
    """The keys of networks and of their untrained copies."""
    return keys + untrained(keys)


def embedded_by(engine):
    """A pattern that matches the networks whose diffusion map this engine computes."""
    return only(
        EXPERIMENTS.select(lambda settings, _: settings.diffusion.engine == engine)
    )
