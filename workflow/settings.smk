# The settings that each rule depends on, as its `params`. Other settings make no job run again.
from sametask.config.sections.section import Section


def plain(value):
    """A section of an experiment as plain values; other values are returned unchanged."""
    return value.plain() if isinstance(value, Section) else value


def asked(*keys):
    """A setting of an experiment: `asked("seed")`, `asked("alignment", "shuffles")`."""

    def of(wildcards):
        value = experiment(wildcards)
        for key in keys:
            value = getattr(value, key)
        return plain(value)

    return of


def task_taught(wildcards):
    """The task without its metric and its names, on which neither samples nor networks depend."""
    task = experiment(wildcards).task
    return task and task.decisive()


def asked_of_network(key):
    """A setting of one network of an experiment."""
    return lambda wildcards: plain(getattr(network(wildcards), key))


# The parameters of rules that draw samples, and of rules that match them.
DRAWING = {
    "inputs": inputs,
    "samples": asked("samples"),
    "task": task_taught,
    "seed": asked("seed"),
}
MATCHING = {
    "anchors": asked("samples", "anchors"),
    "threshold": asked("alignment", "confidence"),
}


def built_by(network):
    """How to build a network; the description in its folder is compared with this, never run."""
    return network.built_by


def built(wildcards):
    return built_by(network(wildcards))


def built_pair(wildcards):
    """How both networks of a pair are built and read: see evaluate_transformation."""
    networks = experiment(wildcards).networks
    return {
        side: {
            "built": built_by(networks[wildcards[side]]),
            "dtype": networks[wildcards[side]].dtype,
            "batch": networks[wildcards[side]].batch,
            "own_target": networks[wildcards[side]].own_target,
            "transcript": transcript(networks[wildcards[side]]),
        }
        for side in ("a", "b")
    }


def transcript(network):
    """How texts are read from what a network puts out; ``None`` if it puts out none."""
    return network.transcript and network.transcript.plain()


def trained_name(wildcards):
    """The name of a network; for a copy, that of the copied network."""
    return name_of_original(wildcards.network.split("/")[1])


def portion_of_rows(wildcards):
    """The portion of a data set's rows that is a network's own: its number, and how many."""
    return experiment(wildcards).portion(trained_name(wildcards))


def taught(wildcards):
    """The training data of a network: inputs, their task, and its view of them."""
    return {
        "inputs": inputs(wildcards),
        "task": task_taught(wildcards),
        "view": asked_of_network("view")(wildcards),
    }


def embedding_settings(wildcards):
    """The settings of a diffusion map, for both engines."""
    return experiment(wildcards).diffusion.model_dump(mode="json", exclude={"engine"})


def evaluation_facts(wildcards):
    """The facts on an experiment in evaluation.json."""
    settings = experiment(wildcards)
    perturbations = settings.perturbations
    samples = {"perturbations": perturbations.count}
    if perturbations.along == "data":
        samples["neighbours"] = perturbations.neighbours
    if settings.positions and settings.positions.of == "steps":
        samples["steps"] = settings.positions.per_sample
    elif settings.positions:
        samples[settings.positions.of] = True
    metric = (
        {"metric": settings.task.metric}
        if settings.task and settings.task.metric
        else {}
    )
    return {
        "experiment": wildcards.experiment,
        "along": perturbations.along,
        "samples": samples,
        **metric,
    }
