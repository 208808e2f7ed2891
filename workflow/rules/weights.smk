wildcard_constraints:
    property=r"[a-z0-9-]+",
    predictor=r"[a-z0-9-]+",
    networks=r"all|[1-9]\d*",
    space="weights|whole|layers|units",


rule measure_statistics:
    """Measure statistics of the weights of every network: of all, of each layer and unit."""
    input:
        population="results/populations/{population}/population.zarr",
    output:
        directory("results/populations/{population}/statistics.zarr"),
    log:
        "results/populations/{population}/logs/measure_statistics.log",
    benchmark:
        "results/populations/{population}/benchmarks/measure_statistics.tsv"
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("measure_statistics"),
    script:
        "../../scripts/measure_statistics.py"


rule tell_property:
    """Tell a property of networks from their weights, and judge it on held-out networks."""
    input:
        unpack(seen_by_predictor),
    output:
        directory(
            "results/populations/{population}/told/{property}/{networks}/{predictor}.zarr"
        ),
    log:
        "results/populations/{population}/logs/tell_property.{property}.{networks}.{predictor}.log",
    benchmark:
        "results/populations/{population}/benchmarks/tell_property.{property}.{networks}.{predictor}.tsv"
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2500, 20),
    params:
        code=code("tell_property"),
        settings=population_setting,
        learning=learning_settings,
    script:
        "../../scripts/tell_property.py"


rule view_population:
    """Place the networks of a population in the plane, by their weights or by statistics."""
    input:
        unpack(seen_in_view),
    output:
        directory("results/populations/{population}/views/{space}.zarr"),
    log:
        "results/populations/{population}/logs/view_population.{space}.log",
    benchmark:
        "results/populations/{population}/benchmarks/view_population.{space}.tsv"
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("view_population"),
        statistics=asked_of_study("statistics"),
        seed=asked_of_study("seed"),
    script:
        "../../scripts/view_population.py"


rule correlate_statistics:
    """Say how each statistic of weights goes with accuracy, on held-out networks."""
    input:
        population="results/populations/{population}/population.zarr",
        statistics="results/populations/{population}/statistics.zarr",
    output:
        "results/populations/{population}/correlations.json",
    log:
        "results/populations/{population}/logs/correlate_statistics.log",
    benchmark:
        "results/populations/{population}/benchmarks/correlate_statistics.tsv"
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("correlate_statistics"),
        statistics=asked_of_study("statistics"),
        seed=asked_of_study("seed"),
    script:
        "../../scripts/correlate_statistics.py"


rule limit_initialisers:
    """Say how well the best of all predictors tells initialisers from untrained weights."""
    input:
        population="results/populations/{population}/population.zarr",
    output:
        "results/populations/{population}/limit.json",
    log:
        "results/populations/{population}/logs/limit_initialisers.log",
    benchmark:
        "results/populations/{population}/benchmarks/limit_initialisers.tsv"
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("limit_initialisers"),
        seed=asked_of_study("seed"),
    script:
        "../../scripts/limit_initialisers.py"


rule render_population:
    """Draw the figures of a population, and write the page of what its weights reveal."""
    input:
        unpack(shown_of_population),
        templates=page_templates(),
    output:
        report("results/populations/{population}/report.html", category="Populations"),
        directory("results/populations/{population}/figures"),
    log:
        "results/populations/{population}/logs/render_population.log",
    benchmark:
        "results/populations/{population}/benchmarks/render_population.tsv"
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(3000, 10),
    params:
        code=code("render_population", templates=page_templates()),
        settings=population_setting,
        facts=population_facts,
    script:
        "../../scripts/render_population.py"
