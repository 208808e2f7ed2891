# The inputs and parameters of pages, on one experiment and on all experiments.
from os.path import relpath

from sametask.report.pages import TEMPLATES

# The stores of a pair that every page needs.
MAPS = ("alignment", "transformation", "evaluation")


def page_templates():
    """The templates of the pages, as relative paths: they stay the same if the checkout moves."""
    return sorted(relpath(path) for path in TEMPLATES.glob("[!.]*"))


def page(name, figures, caption):
    """A page on one experiment, also for Snakemake's own report, and its folder of figures."""
    place = f"results/{{experiment}}/{name}.html"
    caption = f"../report/{caption}.rst"
    return {
        "page": report(place, caption=caption, category="Experiments"),
        "figures": directory(f"results/{{experiment}}/{figures}"),
    }


def reconstructions(wildcards):
    """The reconstruction of each network from subsets of neurons, if the experiment has one."""
    asked_for = experiment(wildcards).reconstruct
    return stores_of_networks("reconstruction")(wildcards) if asked_for else []


def studies(wildcards):
    """The study of the number of shared inputs of every pair, if the experiment has one."""
    asked_for = experiment(wildcards).study
    return files_of_pairs("study.zarr")(wildcards) if asked_for else []


def trained_intervals(settings):
    """The part of an interval that each network was trained on, if a rule trained it."""
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
        "inputs": settings.inputs.plain(),
        "task": plain(settings.task),
        "own_targets": [
            name for name, network in settings.networks.items() if network.own_target
        ],
    }


def cuts(name):
    """An experiment with sequences and those that cut its recordings, longest slices first."""
    keys = EXPERIMENTS.select(lambda settings, _: settings.recorded == name)
    names = {name, *(key.split("/")[0] for key in keys)}
    return sorted(
        names, key=lambda experiment_name: -named(experiment_name).positions.per_sample
    )


def cut_facts(wildcards):
    return [
        {
            "experiment": name,
            "per_sample": named(name).positions.per_sample,
            "pairs": len(named(name).pairs),
            "task": plain(named(name).task),
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
