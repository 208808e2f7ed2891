rule reconstruct_samples:
    """Reconstruct inputs and outputs from subsets of neurons."""
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
    resources:
        **needs(2000, 60),
    params:
        code=code("reconstruct_samples"),
        settings=asked("reconstruct"),
        dimension=asked("dimension"),
        seed=asked("seed"),
    script:
        "../../scripts/reconstruct_samples.py"
