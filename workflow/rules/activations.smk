rule extract_activations:
    """Record the chosen layers on samples, their neighbourhoods, and by derivatives."""
    input:
        samples=samples_of,
        network="results/{network}/network",
        files=view_files,
    output:
        directory("results/{network}/activations.zarr"),
    log:
        "results/{network}/logs/extract_activations.log",
    benchmark:
        "results/{network}/benchmarks/extract_activations.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=gpu,
    params:
        code=code("extract_activations", seeing_references),
        measure=measure,
        inputs=section("inputs"),
        neighbours=section("neighbours"),
        derivatives=lambda wildcards: experiment(wildcards).geometry.source
        == "jacobian",
        seed=seed,
    script:
        "../../scripts/extract_activations.py"
