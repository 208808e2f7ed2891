rule fit_transformation:
    """Fit every map between two networks, both ways, on the same samples."""
    input:
        **of_pair({"activations": "activations.zarr", "diffusion": "diffusion.zarr"}),
        samples=experiment_samples,
        alignment="results/{experiment}/{a}-{b}/alignment.zarr",
    output:
        directory("results/{experiment}/{a}-{b}/transformation.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/fit_transformation.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/fit_transformation.tsv"
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    conda:
        "../../envs/manifold.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_kernels(4000, 6)),
        runtime=growing(60),
    params:
        code=code("fit_transformation"),
        settings=section("maps"),
        seed=seed,
    script:
        "../../scripts/fit_transformation.py"
