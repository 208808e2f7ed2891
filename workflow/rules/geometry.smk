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
    priority: VERDICT_FIRST
    conda:
        "../../envs/manifold.yaml"
    resources:
        **needs(4000, 60),
    params:
        code=code("estimate_geometry"),
        settings=asked("geometry"),
        perturbations=asked("perturbations"),
        seed=asked("seed"),
    script:
        "../../scripts/estimate_geometry.py"
