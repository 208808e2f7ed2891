rule align_coordinates:
    """Rotate one network's coordinates onto the other's."""
    input:
        a="results/{experiment}/{a}/diffusion.zarr",
        b="results/{experiment}/{b}/diffusion.zarr",
    output:
        directory("results/{experiment}/{a}-{b}/alignment.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/align_coordinates.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/align_coordinates.tsv"
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    conda:
        "../../envs/manifold.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=code("align_coordinates"),
    script:
        "../../scripts/align_coordinates.py"
