wildcard_constraints:
    # Named by the file of its settings in config/ensembles.
    ensemble=r"[\w-]+",
    scheme="seeds|bootstrap|jackknife",
    gauge="none|permutation|permutation-scale|procrustes",


rule train_ensemble:
    """Train the networks of an ensemble by a scheme, all of a split at once."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
    output:
        directory("results/ensembles/{ensemble}/{scheme}/ensemble.zarr"),
    log:
        "results/ensembles/{ensemble}/logs/train_ensemble.{scheme}.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/train_ensemble.{scheme}.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 20),
    params:
        code=code("train_ensemble"),
        settings=ensemble_setting,
    script:
        "../../scripts/train_ensemble.py"
