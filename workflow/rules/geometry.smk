rule estimate_geometry:
    """Estimate the local inverse covariance around every sample."""
    input:
        samples=samples_of,
        activations="results/{network}/activations.zarr",
        sequences=cut_from("{network}"),
    output:
        directory("results/{network}/geometry.zarr"),
    log:
        "results/{network}/logs/estimate_geometry.log",
    benchmark:
        "results/{network}/benchmarks/estimate_geometry.tsv"
    conda:
        "../../envs/manifold.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        code=code("estimate_geometry"),
        settings=section("geometry"),
        perturbations=section("perturbations"),
        seed=seed,
    script:
        "../../scripts/estimate_geometry.py"
