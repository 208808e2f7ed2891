wildcard_constraints:
    estimator=r"[a-z-]+",


rule estimate_covariances:
    """Estimate the mean and the covariance of every neuron of the studied layer."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
        members=studied_members,
    output:
        directory("results/ensembles/{ensemble}/covariances/{estimator}.zarr"),
    log:
        "results/ensembles/{ensemble}/logs/estimate_covariances.{estimator}.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/estimate_covariances.{estimator}.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("estimate_covariances"),
        settings=estimate_settings,
    script:
        "../../scripts/estimate_covariances.py"


rule check_covariances:
    """Judge estimators of covariances where the truth is known: on linear data."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
        covariances=all_covariances,
    output:
        "results/ensembles/{ensemble}/truth.json",
    log:
        "results/ensembles/{ensemble}/logs/check_covariances.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/check_covariances.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 20),
    params:
        code=code("check_covariances"),
        settings=estimate_settings,
    script:
        "../../scripts/check_covariances.py"
