# Which networks and experiments a rule is for, as constraints of its wildcards.
from sametask.config.sections.network_sections import UNTRAINED

WITH_OWN_SAMPLES = EXPERIMENTS.select(lambda settings, _: not settings.shares_samples)
# Experiments whose networks share only a few inputs: their pages have a match, and no verdict.
FEW_SHARED = sorted({key.split("/")[0] for key in WITH_OWN_SAMPLES})
SEQUENCES = EXPERIMENTS.select(lambda settings, _: settings.positions is not None)
# Experiments that record sequences; others cut the same recordings again.
RECORDED = sorted(
    {
        key.split("/")[0]
        for key in EXPERIMENTS.select(
            lambda settings, _: settings.positions and not settings.recorded
        )
    }
)
TRAINED = EXPERIMENTS.select(lambda _, network: network.train)
FETCHED = EXPERIMENTS.select(lambda _, network: network.checkpoint)


wildcard_constraints:
    # A network is named with its experiment: scalar/deep. Reading an experiment tells of a name
    # that none can have; here it would only match no rule.
    network=rf"[^/]+/{NETWORK}",
    experiment="[^/]+",
    a=NETWORK,
    b=NETWORK,


def only(keys):
    """Let these networks or experiments through and no other."""
    return "|".join(keys) or "(?!)"


def all_but(keys):
    """Let every experiment through but these."""
    return rf"(?!(?:{only(keys)})/)[^/]+"


def without(keys):
    """Let every network through but these."""
    return rf"(?!(?:{only(keys)})/)[^/]+/{NETWORK}"


def untrained(keys):
    """The keys of the untrained copies of networks."""
    return [f"{key}{UNTRAINED}" for key in keys]


def with_copies(keys):
    """The keys of networks and of their untrained copies."""
    return keys + untrained(keys)


def embedded_by(engine):
    """Let the networks through whose diffusion map this engine makes."""
    return only(
        EXPERIMENTS.select(lambda settings, _: settings.diffusion.engine == engine)
    )
