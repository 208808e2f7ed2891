rule fit_transformation:
    """Fit every map between two networks, in both directions, on the same samples."""
    input:
        **of_pair("activations", "diffusion"),
        **from_pair("alignment"),
        samples=experiment_samples,
    output:
        directory("results/{experiment}/{a}-{b}/transformation.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/fit_transformation.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/fit_transformation.tsv"
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    priority: VERDICT_FIRST
    conda:
        "../../envs/manifold.yaml"
    resources:
        **needs(with_kernels(4000, 6), 60),
    params:
        code=code("fit_transformation"),
        settings=asked("maps"),
        seed=asked("seed"),
    script:
        "../../scripts/fit_transformation.py"
