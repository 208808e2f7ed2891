# The settings that decide what a rule makes, for its `params`; others make no job run again.
from sametask.config.sections.section import Section


def plain(value):
    """A section of an experiment as plain values; other values as they are."""
    return value.plain() if isinstance(value, Section) else value


def asked(*keys):
    """What an experiment asks for: `asked("seed")`, `asked("alignment", "shuffles")`."""

    def of(wildcards):
        value = experiment(wildcards)
        for key in keys:
            value = getattr(value, key)
        return plain(value)

    return of


def asked_of_network(key):
    """What an experiment asks for of one of its networks."""
    return lambda wildcards: plain(getattr(network(wildcards), key))


# The parameters of what draws samples, and of what matches them.
DRAWING = {
    "inputs": inputs,
    "samples": asked("samples"),
    "task": asked("task"),
    "seed": asked("seed"),
}
MATCHING = {
    "anchors": asked("samples", "anchors"),
    "threshold": asked("alignment", "confidence"),
}


def built_by(network):
    """How to build a network. What its folder says of that is compared with it, and never run."""
    return {"factory": network.factory, "arguments": network.arguments}


def built(wildcards):
    return built_by(network(wildcards))


def built_pair(wildcards):
    """How to build both networks of a pair, their precision, and own target, if they have one."""
    networks = experiment(wildcards).networks
    return {
        side: {
            "built": built_by(networks[wildcards[side]]),
            "dtype": networks[wildcards[side]].dtype,
            "own_target": networks[wildcards[side]].own_target,
        }
        for side in ("a", "b")
    }


def trained_name(wildcards):
    """The name of a network; an untrained copy has that of the network it is a copy of."""
    return wildcards.network.split("/")[1].removesuffix(UNTRAINED)


def share_of_rows(wildcards):
    """Which share of a data set's rows is a network's own: its number, and of how many."""
    return experiment(wildcards).share(trained_name(wildcards))


def taught(wildcards):
    """What a network is trained on: inputs, their task, and its view of them."""
    return {
        "inputs": inputs(wildcards),
        "task": asked("task")(wildcards),
        "view": asked_of_network("view")(wildcards),
    }


def embedding_settings(wildcards):
    """The settings of a diffusion map, whoever solves it."""
    return experiment(wildcards).diffusion.model_dump(mode="json", exclude={"engine"})


def evaluation_facts(wildcards):
    """What evaluation.json says of an experiment."""
    settings = experiment(wildcards)
    steps = {"steps": settings.positions.per_sample} if settings.positions else {}
    return {
        "experiment": wildcards.experiment,
        "samples": {"perturbations": settings.perturbations.count, **steps},
    }
