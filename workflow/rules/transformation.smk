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


rule export_network:
    """Write the stitched network that an experiment asks for as one folder."""
    input:
        **exported_stores(),
        views=exported_files,
    output:
        directory("results/{experiment}/network"),
    log:
        "results/{experiment}/logs/export_network.log",
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("export_network"),
        facts=export_facts,
    script:
        "../../scripts/export_network.py"
