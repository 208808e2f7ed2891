rule evaluate_transformation:
    """Measure every map between two networks on held-out samples."""
    input:
        **of_pair("activations"),
        **trained_networks(),
        **from_pair("alignment", "transformation"),
        samples=experiment_samples,
    output:
        directory("results/{experiment}/{a}-{b}/evaluation.zarr"),
        "results/{experiment}/{a}-{b}/evaluation.json",
    log:
        "results/{experiment}/{a}-{b}/logs/evaluate_transformation.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/evaluate_transformation.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(with_both_networks(with_kernels(8000, 4)), 60),
    params:
        code=code("evaluate_transformation", pair_references),
        facts=evaluation_facts,
        networks=built_pair,
        target_input=asked("stitching", "target_input"),
    script:
        "../../scripts/evaluate_transformation.py"


rule reach_verdict:
    """Decide the relation between two layers from held-out samples, and compare with controls."""
    input:
        **compared(),
        **from_pair("evaluation", facts="evaluation.json"),
    output:
        directory("results/{experiment}/{a}-{b}/verdict.zarr"),
        "results/{experiment}/{a}-{b}/verdict.json",
    log:
        "results/{experiment}/{a}-{b}/logs/reach_verdict.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/reach_verdict.tsv"
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    conda:
        "../../envs/manifold.yaml"
    resources:
        **needs(with_kernels(4000, 4), 60),
    params:
        code=code("reach_verdict"),
        settings=asked("verdict"),
        shuffles=asked("alignment", "shuffles"),
        seed=asked("seed"),
    script:
        "../../scripts/reach_verdict.py"
