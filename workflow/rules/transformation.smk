rule fit_transformation:
    """Fit every map between two networks, both ways, on the same samples."""
    input:
        samples="results/{experiment}/samples.zarr",
        alignment="results/{experiment}/{a}-{b}/alignment.zarr",
        **of_pair({"activations": "activations.zarr", "diffusion": "diffusion.zarr"}),
    output:
        directory("results/{experiment}/{a}-{b}/transformation.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/fit_transformation.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/fit_transformation.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code("fit_transformation"),
        smoothing=lambda wildcards: experiment(wildcards).maps.smoothing,
    conda:
        "../../envs/manifold.yaml"
    script:
        "../../scripts/fit_transformation.py"
