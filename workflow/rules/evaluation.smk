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
    priority: VERDICT_FIRST
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(with_both_networks(with_kernels(8000, 4)), 60),
    params:
        code=code("evaluate_transformation", judging_references),
        facts=evaluation_facts,
        networks=built_pair,
        target_input=asked("stitching", "target_input"),
    script:
        "../../scripts/evaluate_transformation.py"


rule measure_task:
    """Measure how few shared samples a simple map needs between two networks."""
    input:
        **of_pair("activations"),
        **networks_of_task(),
        samples=experiment_samples,
        activations_different_task=different_task_activations,
        activations_reference=reference_activations,
    output:
        directory("results/{experiment}/{a}-{b}/task.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/measure_task.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/measure_task.tsv"
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(with_both_networks(with_kernels(4000, 4)), 60),
    params:
        code=code("measure_task", pair_references),
        networks=built_pair,
        target_input=asked("stitching", "target_input"),
        settings=asked("verdict"),
        seed=asked("seed"),
    script:
        "../../scripts/measure_task.py"


rule reach_verdict:
    """Decide the relation between two layers from held-out samples, and compare with controls."""
    input:
        **compared(),
        **from_pair("evaluation", "task", facts="evaluation.json"),
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
