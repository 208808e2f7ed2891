# What the pages take, on one experiment and on all of them.
from os.path import relpath

from sametask.report.pages import TEMPLATES

# The stores that every page on pairs takes of them.
MAPS = ("alignment", "transformation", "evaluation")


def page_templates():
    """The templates of the pages, relative: a checkout that moves has not changed."""
    return sorted(relpath(path) for path in TEMPLATES.glob("[!.]*"))


def page(name, figures, caption):
    """A page on one experiment, for Snakemake's own report as well, and its folder of figures."""
    place = f"results/{{experiment}}/{name}.html"
    caption = f"../report/{caption}.rst"
    return {
        "page": report(place, caption=caption, category="Experiments"),
        "figures": directory(f"results/{{experiment}}/{figures}"),
    }


def reconstructions(wildcards):
    """What is reconstructed from few neurons of each network, where the experiment asks for it."""
    asked_for = experiment(wildcards).reconstruct
    return stores_of_networks("reconstruction")(wildcards) if asked_for else []


def studies(wildcards):
    """How many inputs have to be shared, of every pair, where the experiment asks for it."""
    asked_for = experiment(wildcards).study
    return files_of_pairs("study.zarr")(wildcards) if asked_for else []


def trained_intervals(settings):
    """The part of an interval that each network was trained on, where we trained it."""
    inputs = settings.inputs
    if inputs.domain != "interval":
        return {}
    ends = {name: network.train for name, network in settings.networks.items()}
    return {
        name: [
            inputs.low if train.low is None else max(inputs.low, train.low),
            inputs.high if train.high is None else min(inputs.high, train.high),
        ]
        for name, train in ends.items()
        if train
    }


def report_facts(wildcards):
    settings = experiment(wildcards)
    return {
        "experiment": wildcards.experiment,
        "description": settings.description,
        "seed": settings.seed,
        "networks": list(settings.networks),
        "pairs": [list(pair) for pair in settings.pairs],
        "trained": trained_intervals(settings),
    }


def cuts(name):
    """An experiment with sequences and all that are cut from its recordings, longest first."""
    cut = EXPERIMENTS.select(lambda settings, _: settings.recorded == name)
    names = {name, *(key.split("/")[0] for key in cut)}
    return sorted(names, key=lambda one: -named(one).positions.per_sample)


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
