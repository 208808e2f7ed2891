rule compare_pairs:
    """Compare pairs of networks of a population: by the verdict on the task, and by weights."""
    input:
        population="results/populations/{population}/population.zarr",
        statistics="results/populations/{population}/statistics.zarr",
    output:
        "results/populations/{population}/pairs.json",
    log:
        "results/populations/{population}/logs/compare_pairs.log",
    benchmark:
        "results/populations/{population}/benchmarks/compare_pairs.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/manifold.yaml"
    threads: 2
    resources:
        **needs(2000, 10),
    params:
        code=code("compare_pairs"),
        settings=population_setting,
        statistics=asked_of_study("statistics"),
        seed=asked_of_study("seed"),
    script:
        "../../scripts/compare_pairs.py"
