rule evaluate_transformation:
    """Judge every map between two networks on the held-out samples."""
    input:
        **of_pair({"activations": "activations.zarr", "network": "network"}),
        samples="results/{experiment}/samples.zarr",
        alignment="results/{experiment}/{a}-{b}/alignment.zarr",
        transformation="results/{experiment}/{a}-{b}/transformation.zarr",
    output:
        directory("results/{experiment}/{a}-{b}/evaluation.zarr"),
        "results/{experiment}/{a}-{b}/evaluation.json",
    log:
        "results/{experiment}/{a}-{b}/logs/evaluate_transformation.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/evaluate_transformation.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code("evaluate_transformation", factory_references),
        facts=evaluation_facts,
        dtypes=pair_dtypes,
    script:
        "../../scripts/evaluate_transformation.py"
