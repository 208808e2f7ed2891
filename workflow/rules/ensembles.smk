wildcard_constraints:
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


rule fix_gauge:
    """Bring the hidden units of all networks of an ensemble into correspondence."""
    input:
        ensemble="results/ensembles/{ensemble}/{scheme}/ensemble.zarr",
    output:
        directory("results/ensembles/{ensemble}/{scheme}/gauges/{gauge}.zarr"),
    log:
        "results/ensembles/{ensemble}/logs/fix_gauge.{scheme}.{gauge}.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/fix_gauge.{scheme}.{gauge}.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 20),
    params:
        code=code("fix_gauge"),
        layer=asked_of_neurons("layer"),
    script:
        "../../scripts/fix_gauge.py"
