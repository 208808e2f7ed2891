rule align_coordinates:
    """Rotate one network's coordinates onto the other's."""
    input:
        **of_pair("diffusion"),
    output:
        directory("results/{experiment}/{a}-{b}/alignment.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/align_coordinates.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/align_coordinates.tsv"
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    priority: VERDICT_FIRST
    conda:
        "../../envs/manifold.yaml"
    resources:
        **needs(2000, 30),
    params:
        code=code("align_coordinates"),
    script:
        "../../scripts/align_coordinates.py"
