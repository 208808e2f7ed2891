wildcard_constraints:
    # Named by the file of its settings in config/populations.
    population=r"[\w-]+",
    block=r"\d+",


rule train_population:
    """Train some of the networks of a population at once, and keep their weights."""
    input:
        no_inputs,
    output:
        directory("results/populations/{population}/blocks/{block}.zarr"),
    log:
        "results/populations/{population}/logs/train_population.{block}.log",
    benchmark:
        "results/populations/{population}/benchmarks/train_population.{block}.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(1500, 10),
    params:
        code=code("train_population"),
        settings=population_setting,
    script:
        "../../scripts/train_population.py"


rule gather_population:
    """Put the networks of all jobs together: one store of a whole population."""
    input:
        population_blocks,
    output:
        directory("results/populations/{population}/population.zarr"),
    log:
        "results/populations/{population}/logs/gather_population.log",
    benchmark:
        "results/populations/{population}/benchmarks/gather_population.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(1500, 10),
    params:
        code=code("gather_population"),
        settings=population_setting,
    script:
        "../../scripts/gather_population.py"


rule import_population:
    """Read a population that others have trained from their files."""
    input:
        imported_files,
    output:
        directory("results/populations/{population}/population.zarr"),
    log:
        "results/populations/{population}/logs/import_population.log",
    benchmark:
        "results/populations/{population}/benchmarks/import_population.tsv"
    wildcard_constraints:
        population=only(IMPORTED),
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(3000, 60),
    params:
        **made_by("import_population", files=imported_files),
        settings=population_setting,
    script:
        "../../scripts/import_population.py"
