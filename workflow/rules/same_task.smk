wildcard_constraints:
    # A benchmark is named by the file of its settings: config/same-task.yaml, and a small one.
    benchmark="same-task(-small)?",


rule train_zoo:
    """Train the zoo of the same-task benchmark, all networks of an architecture at once."""
    input:
        no_inputs,
    output:
        directory("results/{benchmark}/zoo.zarr"),
    log:
        "results/{benchmark}/logs/train_zoo.log",
    benchmark:
        "results/{benchmark}/benchmarks/train_zoo.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: 2
    resources:
        **needs(4000, 60),
    params:
        code=code("train_zoo"),
        settings=zoo_training,
    script:
        "../../scripts/train_zoo.py"


rule judge_zoo:
    """Judge pairs of the zoo whose relation is known, by the verdict and by similarity scores."""
    input:
        zoo="results/{benchmark}/zoo.zarr",
    output:
        "results/{benchmark}/benchmark.json",
    log:
        "results/{benchmark}/logs/judge_zoo.log",
    benchmark:
        "results/{benchmark}/benchmarks/judge_zoo.tsv"
    conda:
        "../../envs/manifold.yaml"
    threads: 2
    resources:
        **needs(4000, 60),
    params:
        code=code("judge_zoo"),
        settings=zoo_settings,
    script:
        "../../scripts/judge_zoo.py"


rule match_zoo:
    """Match pairs of the zoo by few shared inputs, calibrate the confidence, and test it."""
    input:
        zoo="results/{benchmark}/zoo.zarr",
    output:
        "results/{benchmark}/matching.json",
    log:
        "results/{benchmark}/logs/match_zoo.log",
    benchmark:
        "results/{benchmark}/benchmarks/match_zoo.tsv"
    conda:
        "../../envs/manifold.yaml"
    threads: 2
    resources:
        **needs(6000, 60),
    params:
        code=code("match_zoo"),
        settings=zoo_settings,
    script:
        "../../scripts/match_zoo.py"


rule render_benchmark:
    """Draw the figures of the same-task benchmark and write its page."""
    input:
        figures="results/{benchmark}/benchmark.json",
        matching="results/{benchmark}/matching.json",
        templates=page_templates(),
    output:
        report("results/{benchmark}/benchmark.html", category="Benchmark"),
        directory("results/{benchmark}/figures"),
    log:
        "results/{benchmark}/logs/render_benchmark.log",
    benchmark:
        "results/{benchmark}/benchmarks/render_benchmark.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs(1000, 10),
    params:
        code=code("render_benchmark", templates=page_templates()),
    script:
        "../../scripts/render_benchmark.py"
