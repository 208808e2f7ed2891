wildcard_constraints:
    # Named by the file of its settings: config/task-zoo.yaml, and a small one.
    task_zoo="task-zoo(-small)?",


rule train_task_zoo:
    """Train networks on real data whose tasks are known, those of one architecture at once."""
    input:
        no_inputs,
    output:
        directory("results/{task_zoo}/zoo.zarr"),
    log:
        "results/{task_zoo}/logs/train_task_zoo.log",
    benchmark:
        "results/{task_zoo}/benchmarks/train_task_zoo.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: 2
    resources:
        **needs(4000, 60),
    params:
        code=code("train_task_zoo"),
        settings=task_zoo_training,
    script:
        "../../scripts/train_task_zoo.py"


rule judge_task_zoo:
    """Judge pairs of the task zoo, by the verdict on the task and by what others measure."""
    input:
        zoo="results/{task_zoo}/zoo.zarr",
    output:
        "results/{task_zoo}/benchmark.json",
    log:
        "results/{task_zoo}/logs/judge_task_zoo.log",
    benchmark:
        "results/{task_zoo}/benchmarks/judge_task_zoo.tsv"
    conda:
        "../../envs/manifold.yaml"
    threads: 2
    resources:
        **needs(4000, 60),
    params:
        code=code("judge_task_zoo"),
        settings=task_zoo_settings,
    script:
        "../../scripts/judge_task_zoo.py"


rule render_task_zoo:
    """Draw the figures of the task zoo and write its page."""
    input:
        figures="results/{task_zoo}/benchmark.json",
        templates=page_templates(),
    output:
        report("results/{task_zoo}/benchmark.html", category="Benchmark"),
        directory("results/{task_zoo}/figures"),
    log:
        "results/{task_zoo}/logs/render_task_zoo.log",
    benchmark:
        "results/{task_zoo}/benchmarks/render_task_zoo.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        **needs(1000, 10),
    params:
        code=code("render_task_zoo", templates=page_templates()),
    script:
        "../../scripts/render_task_zoo.py"
