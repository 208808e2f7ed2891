from sametask.report import TEMPLATE


def of_networks(path):
    """The same file of every network of an experiment, in their order."""
    return lambda wildcards: [
        f"results/{wildcards.experiment}/{name}/{path}"
        for name in experiment(wildcards).networks
    ]


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


rule render_report:
    """Draw the figures of an experiment and write its page."""
    input:
        **{
            kind: of_networks(f"{kind}.zarr")
            for kind in ("activations", "geometry", "diffusion")
        },
        **{
            kind: of_pairs(f"{kind}.zarr")
            for kind in ("alignment", "transformation", "evaluation")
        },
        template=TEMPLATE,
        samples="results/{experiment}/samples.zarr",
        facts=of_pairs("evaluation.json"),
    output:
        "results/{experiment}/report.html",
        directory("results/{experiment}/figures"),
    log:
        "results/{experiment}/logs/render_report.log",
    benchmark:
        "results/{experiment}/benchmarks/render_report.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code("render_report"),
        facts=report_facts,
    script:
        "../../scripts/render_report.py"
