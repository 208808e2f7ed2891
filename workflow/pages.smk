# What the pages on experiments and on all of them take, and the settings of the benchmark.
from os.path import relpath

from sametask.config.benchmark_section import SameTask
from sametask.config.reading import read_model
from sametask.report.pages import TEMPLATES


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


def same_task(wildcards):
    """The settings of the same-task benchmark, in the size that the target names."""
    try:
        return read_model(Path(f"config/{wildcards.benchmark}.yaml"), SameTask)
    except SametaskError as error:
        give_up(error)


def zoo_training(wildcards):
    """Of the benchmark's settings, those that the networks of the zoo depend on."""
    return same_task(wildcards).training
