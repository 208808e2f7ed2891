rule render_report:
    """Draw the figures of an experiment and write its page."""
    input:
        **report_inputs,
    output:
        "results/{experiment}/report.html",
        directory("results/{experiment}/figures"),
    log:
        "results/{experiment}/logs/render_report.log",
    benchmark:
        "results/{experiment}/benchmarks/render_report.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code("render_report"),
    conda:
        "../../envs/report.yaml"
    script:
        "../../scripts/render_report.py"
