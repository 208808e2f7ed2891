# What the rules take: the files of networks and pairs, and the settings that decide each rule.
import json
import shlex

from sametask.config.network_sections import UNTRAINED
from sametask.storage.provenance import provenance

WITH_OWN_SAMPLES = EXPERIMENTS.select(lambda found, _: not found.shares_samples)
SEQUENCES = EXPERIMENTS.select(lambda found, _: found.positions is not None)
# Of these, the networks whose sequences are recorded; others cut the same recordings again.
RECORDED = EXPERIMENTS.select(lambda found, _: found.positions and not found.recorded)


def of_pair(place, copy=""):
    """The same file of both networks of a pair, or of copies named by what `copy` appends."""
    return {
        f"{name}_{side}": f"results/{{experiment}}/{{{side}}}{copy}/{path}"
        for side in ("a", "b")
        for name, path in place.items()
    }


def only(keys):
    """A wildcard constraint that lets these networks through and no other."""
    return "|".join(keys) or "(?!)"


def trained_name(wildcards):
    """The name of a network; an untrained copy has that of the network it is a copy of."""
    return wildcards.network.split("/")[1].removesuffix(UNTRAINED)


def untrained(keys):
    """The keys of the untrained copies of networks."""
    return [f"{key}{UNTRAINED}" for key in keys]


def with_copies(keys):
    """The keys of networks and of their untrained copies."""
    return keys + untrained(keys)


def without(keys):
    """A wildcard constraint that lets every network through but these."""
    return rf"(?!(?:{only(keys)})/)[^/]+/{NETWORK}"


def different_task_activations(wildcards):
    """What the network of another task has recorded, where it stands beside a pair."""
    other = experiment(wildcards).verdict.different_task
    if other in (None, wildcards.a, wildcards.b):
        return []
    return [f"results/{wildcards.experiment}/{other}/activations.zarr"]


def gpu(wildcards):
    return network(wildcards).gpu


def measure(wildcards):
    """Of a network's settings, those that decide what is measured of it."""
    return network(wildcards).model_dump(
        mode="json", include={"view", "layers", "neurons", "axes", "dtype", "batch"}
    )


def built_by(network):
    """How to build a network. What its folder says of that is compared with it, and never run."""
    return {"factory": network.factory, "arguments": network.arguments}


def embedding_settings(wildcards):
    return experiment(wildcards).diffusion.model_dump(mode="json", exclude={"engine"})


def evaluation_facts(wildcards):
    found = experiment(wildcards)
    steps = {"steps": found.positions.per_sample} if found.positions else {}
    return {
        "experiment": wildcards.experiment,
        "samples": {"perturbations": found.perturbations.count, **steps},
    }


def pair_networks(wildcards):
    """How to build both networks of a pair, their precision, and own target, if they have one."""
    networks = experiment(wildcards).networks
    both = {side: networks[wildcards[side]] for side in ("a", "b")}
    return {
        side: [built_by(one), one.dtype, one.own_target] for side, one in both.items()
    }


def datafold_arguments(wildcards, input, output):
    """What `embed_diffusion` takes when it runs as a program in datafold's environment."""
    settings = embedding_settings(wildcards)
    made_by = {"code": code("embed_diffusion")(wildcards), "settings": settings}
    return json.dumps(
        {
            "activations": input.activations,
            "geometry": input.geometry,
            "output": output[0],
            "name": wildcards.network.split("/")[1],
            "engine": "datafold",
            "settings": settings,
            "provenance": provenance("embed_datafold", made_by),
        }
    )


def datafold_program():
    """The command in front of its arguments. With --use-conda the active Python is datafold's."""
    python = DATAFOLD_PYTHON if DATAFOLD_PYTHON.is_file() else "python"
    return f"{python} {shlex.quote(str(SCRIPTS / 'embed_diffusion.py'))}"


def of_networks(path):
    """The same file of every network of an experiment, in their order."""
    return lambda wildcards: [
        f"results/{wildcards.experiment}/{name}/{path}"
        for name in experiment(wildcards).networks
    ]


def reconstructions(wildcards):
    """What is told from few neurons of each network, where the experiment asks for it."""
    asked = experiment(wildcards).reconstruct
    return of_networks("reconstruction.zarr")(wildcards) if asked else []


def of_pairs(path):
    """The same file of every pair of an experiment, in their order."""
    return lambda wildcards: [
        f"results/{wildcards.experiment}/{a}-{b}/{path}"
        for a, b in experiment(wildcards).pairs
    ]


def all_but(keys):
    """A wildcard constraint that lets every name through but these."""
    return rf"(?!(?:{only(keys)})/)[^/]+"


# Experiments whose networks share only a few inputs: their pages have a match, and no verdict.
FEW_SHARED = sorted({key.split("/")[0] for key in WITH_OWN_SAMPLES})
