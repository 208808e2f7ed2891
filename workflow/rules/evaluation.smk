rule evaluate_transformation:
    """Judge every map between two networks on the held-out samples."""
    input:
        **of_pair({"activations": "activations.zarr"}),
        network_a=network_of("a"),
        network_b=network_of("b"),
        samples=experiment_samples,
        alignment="results/{experiment}/{a}-{b}/alignment.zarr",
        transformation="results/{experiment}/{a}-{b}/transformation.zarr",
    output:
        directory("results/{experiment}/{a}-{b}/evaluation.zarr"),
        "results/{experiment}/{a}-{b}/evaluation.json",
    log:
        "results/{experiment}/{a}-{b}/logs/evaluate_transformation.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/evaluate_transformation.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_both_networks(with_kernels(8000, 4))),
        runtime=growing(60),
    params:
        code=code("evaluate_transformation", pair_references),
        facts=evaluation_facts,
        networks=pair_networks,
        target_input=lambda wildcards: experiment(wildcards).stitching.target_input,
    script:
        "../../scripts/evaluate_transformation.py"


rule reach_verdict:
    """Decide how two layers relate, from held-out evidence and beside controls."""
    input:
        **of_pair({"activations": "activations.zarr"}),
        **of_pair({"untrained": "activations.zarr"}, copy=UNTRAINED),
        different_task=different_task_activations,
        sequences=cut_from(*with_copies(["{a}", "{b}"])),
        evaluation="results/{experiment}/{a}-{b}/evaluation.zarr",
        facts="results/{experiment}/{a}-{b}/evaluation.json",
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
    threads: 1
    resources:
        mem_mb=growing(with_kernels(4000, 4)),
        runtime=growing(60),
    params:
        code=code("reach_verdict"),
        settings=section("verdict"),
        shuffles=lambda wildcards: experiment(wildcards).alignment.shuffles,
        seed=seed,
    script:
        "../../scripts/reach_verdict.py"
