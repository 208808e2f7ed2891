rule reconstruct_samples:
    """Tell inputs and outputs of a network from a few of its neurons."""
    input:
        activations="results/{network}/activations.zarr",
    output:
        directory("results/{network}/reconstruction.zarr"),
    log:
        "results/{network}/logs/reconstruct_samples.log",
    benchmark:
        "results/{network}/benchmarks/reconstruct_samples.tsv"
    conda:
        "../../envs/manifold.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code("reconstruct_samples"),
        settings=section("reconstruct"),
        dimension=lambda wildcards: experiment(wildcards).dimension,
        seed=seed,
    script:
        "../../scripts/reconstruct_samples.py"
