rule draw_samples:
    """Draw the samples that maps are fitted on, and the held-out ones."""
    input:
        files=data_files,
    output:
        directory("results/{experiment}/samples.zarr"),
    log:
        "results/{experiment}/logs/draw_samples.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_samples.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_samples", target_reference),
        inputs=section("inputs"),
        samples=section("samples"),
        task=task,
        seed=seed,
    script:
        "../../scripts/draw_samples.py"
