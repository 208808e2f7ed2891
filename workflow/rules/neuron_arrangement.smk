rule arrange_neurons:
    """Measure how neurons lie to each other: distances, ellipsoids, and their density."""
    input:
        members=studied_members,
        covariances="results/ensembles/{ensemble}/covariances/{estimator}.zarr",
    output:
        directory("results/ensembles/{ensemble}/arrangement/{estimator}.zarr"),
    log:
        "results/ensembles/{ensemble}/logs/arrange_neurons.{estimator}.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/arrange_neurons.{estimator}.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(1500, 10),
    params:
        code=code("arrange_neurons"),
        layer=asked_of_neurons("layer"),
    script:
        "../../scripts/arrange_neurons.py"


rule test_circle:
    """Say whether neurons run round a circle, also those that learn gaits of other rhythms."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
        members=studied_members,
        covariances=all_covariances,
    output:
        "results/ensembles/{ensemble}/circle.json",
    log:
        "results/ensembles/{ensemble}/logs/test_circle.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/test_circle.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 20),
    params:
        code=code("test_circle"),
        settings=circle_settings,
    script:
        "../../scripts/test_circle.py"


rule render_ensemble:
    """Draw the figures of an ensemble, and write the page of what can be merged of it."""
    input:
        unpack(shown_of_ensemble),
        templates=page_templates(),
    output:
        report("results/ensembles/{ensemble}/report.html", category="Ensembles"),
        directory("results/ensembles/{ensemble}/figures"),
    log:
        "results/ensembles/{ensemble}/logs/render_ensemble.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/render_ensemble.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("render_ensemble", templates=page_templates()),
        settings=page_settings,
    script:
        "../../scripts/render_ensemble.py"
