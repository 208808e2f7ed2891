wildcard_constraints:
    method="rho1|rho2|medoids|own|low-variance|collinear|qpfs|qpfs-rho2|magnitude|torch-pruning",


rule shrink_networks:
    """Merge neurons or leave them out by a method, and measure quality over size."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
        members="results/ensembles/{ensemble}/{scheme}/gauges/{gauge}.zarr",
    output:
        directory("results/ensembles/{ensemble}/shrinking/{scheme}-{gauge}/{method}.zarr"),
    log:
        "results/ensembles/{ensemble}/logs/shrink_networks.{scheme}-{gauge}.{method}.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/shrink_networks.{scheme}-{gauge}.{method}.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(3000, 20),
    params:
        code=code("shrink_networks"),
        settings=shrinking_settings,
    script:
        "../../scripts/shrink_networks.py"


rule judge_shrunk:
    """Say whether shrunk networks are still the same: the verdicts on task and layer, over size."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
        members=judged_members,
    output:
        "results/ensembles/{ensemble}/sameness.json",
    log:
        "results/ensembles/{ensemble}/logs/judge_shrunk.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/judge_shrunk.tsv"
    conda:
        "../../envs/neurons.yaml"
    threads: 2
    resources:
        **needs(2000, 20),
    params:
        code=code("judge_shrunk"),
        settings=shrinking_settings,
        method=judged_method,
    script:
        "../../scripts/judge_shrunk.py"
