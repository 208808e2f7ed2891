# What the rules take: the files of networks and pairs, and the settings that decide each rule.
import json
import shlex
from os.path import relpath

from sametask.config import UNTRAINED
from sametask.config.same_task import SameTask
from sametask.experiments import read_model
from sametask.provenance import provenance
from sametask.report import TEMPLATES

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


def origin(wildcards):
    """The experiment that trains and records: this one, or the one that it is cut from."""
    return experiment(wildcards).recorded or experiment_name(wildcards)


def experiment_samples(wildcards):
    """The samples of an experiment: all of them, or those that all networks share."""
    return f"results/{origin(wildcards)}/samples.zarr"


def inputs(wildcards):
    """Where inputs live; a file that is simulated is among the results."""
    found = experiment(wildcards).inputs
    plain = found.plain()
    if is_simulated(found):
        plain["source"] = f"results/{origin(wildcards)}/simulated.h5"
    return plain


def is_simulated(inputs):
    return inputs.domain == "array" and inputs.simulate is not None


def simulation(wildcards):
    return experiment(wildcards).inputs.simulate.plain()


def simulation_reference(wildcards):
    return [experiment(wildcards).inputs.simulate.function]


def network_of(side):
    """The trained network of one side of a pair."""
    return lambda wildcards: f"results/{origin(wildcards)}/{wildcards[side]}/network"


def sequences_of(wildcards):
    """What was recorded of the sequences that a network's samples are cut from."""
    return (
        f"results/{origin(wildcards)}/{wildcards.network.split('/')[1]}/sequences.zarr"
    )


def cut_from(*keys):
    """The recordings of sequences behind networks of an experiment, if it cuts any."""

    def of(wildcards):
        if experiment(wildcards).positions is None:
            return []
        names = [key.format(**wildcards).split("/")[-1] for key in keys]
        return [f"results/{origin(wildcards)}/{name}/sequences.zarr" for name in names]

    return of


def samples_of(wildcards):
    """The samples that a network is measured on."""
    # A name that does not exist is told here, before Snakemake misses a file.
    network(wildcards)
    if experiment(wildcards).shares_samples:
        return experiment_samples(wildcards)
    return f"results/{wildcards.network}/samples.zarr"


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
    return rf"(?!(?:{only(keys)})/)[\w-]+/[a-z][a-z0-9_]*"


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


def view(wildcards):
    found = network(wildcards).view
    return found.plain() if found else None


def view_files(wildcards):
    """The files that a view reads, a mesh say: when one changes, the network sees anew."""
    found = network(wildcards).view
    named = found.arguments.values() if found else []
    return [one for one in named if isinstance(one, str) and Path(one).is_file()]


def data_files(wildcards):
    """The file of a data set, where it is not one that a dependency ships."""
    found = inputs(wildcards)
    if found["domain"] != "array" or found["source"] == "digits":
        return []
    return [found["source"]]


def embedding_settings(wildcards):
    return experiment(wildcards).diffusion.model_dump(mode="json", exclude={"engine"})


def evaluation_facts(wildcards):
    found = experiment(wildcards)
    steps = {"steps": found.positions.per_sample} if found.positions else {}
    return {
        "experiment": wildcards.experiment,
        "samples": {"neighbours": found.neighbours.count, **steps},
    }


def pair_networks(wildcards):
    """Precision and own target, if it has one, of both networks of a pair."""
    networks = experiment(wildcards).networks
    both = {side: networks[wildcards[side]] for side in ("a", "b")}
    return {side: [one.dtype, one.own_target] for side, one in both.items()}


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


def trained_intervals(found):
    """The part of an interval that each network was trained on, where we trained it."""
    inputs = found.inputs
    if inputs.domain != "interval":
        return {}
    ends = {name: one.train for name, one in found.networks.items() if one.train}
    return {
        name: [
            inputs.low if train.low is None else max(inputs.low, train.low),
            inputs.high if train.high is None else min(inputs.high, train.high),
        ]
        for name, train in ends.items()
    }


def all_but(keys):
    """A wildcard constraint that lets every name through but these."""
    return rf"(?!(?:{only(keys)})/)[\w-]+"


# Experiments whose networks share only a few inputs: their pages have a match, and no verdict.
FEW_SHARED = sorted({key.split("/")[0] for key in WITH_OWN_SAMPLES})


def report_facts(wildcards):
    found = experiment(wildcards)
    return {
        "experiment": wildcards.experiment,
        "description": found.description,
        "seed": found.seed,
        "networks": list(found.networks),
        "pairs": [list(pair) for pair in found.pairs],
        "trained": trained_intervals(found),
    }


def page_templates():
    """The templates of the pages, relative: a checkout that moves has not changed."""
    return sorted(relpath(path) for path in TEMPLATES.glob("[!.]*"))


def studies(wildcards):
    """How many inputs have to be shared, of every pair, where the experiment asks for it."""
    asked = experiment(wildcards).study
    return of_pairs("study.zarr")(wildcards) if asked else []


def of_all_pairs(path, but=()):
    """The same file of every pair of all default experiments but some, in their order."""

    def of(wildcards):
        return [
            f"results/{name}/{a}-{b}/{path}"
            for name in default_experiments()
            if name not in but
            for a, b in named(name).pairs
        ]

    return of


def cuts(name):
    """An experiment with sequences and all that are cut from its recordings, longest first."""
    cut = EXPERIMENTS.select(lambda found, _: found.recorded == name)
    names = {name, *(key.split("/")[0] for key in cut)}
    return sorted(names, key=lambda one: -named(one).positions.per_sample)


def of_cuts(path):
    """The same file of every pair of an experiment and of all that are cut from it."""
    return lambda wildcards: [
        f"results/{name}/{a}-{b}/{path}"
        for name in cuts(wildcards.experiment)
        for a, b in named(name).pairs
    ]


def cut_facts(wildcards):
    return [
        {
            "experiment": name,
            "per_sample": named(name).positions.per_sample,
            "pairs": len(named(name).pairs),
        }
        for name in cuts(wildcards.experiment)
    ]


def summary_facts(wildcards):
    return [
        {
            "experiment": name,
            "description": named(name).description,
            "networks": list(named(name).networks),
            "pairs": [list(pair) for pair in named(name).pairs],
            "judged": name not in FEW_SHARED,
        }
        for name in default_experiments()
    ]


def same_task():
    """The settings of the same-task benchmark."""
    try:
        return read_model(Path("config/same-task.yaml"), SameTask)
    except SametaskError as error:
        give_up(error)


def zoo_training(wildcards):
    """Of the benchmark's settings, those that the networks of the zoo depend on."""
    return same_task().training
