rule render_report:
    """Draw the figures of an experiment and write its page."""
    input:
        **{
            kind: of_networks(f"{kind}.zarr")
            for kind in ("activations", "geometry", "diffusion")
        },
        **{
            kind: of_pairs(f"{kind}.zarr")
            for kind in ("alignment", "transformation", "evaluation")
        },
        template=report_template(),
        samples="results/{experiment}/samples.zarr",
        facts=of_pairs("evaluation.json"),
    output:
        report(
            "results/{experiment}/report.html",
            caption="../report/experiment.rst",
            category="Experiments",
        ),
        directory("results/{experiment}/figures"),
    log:
        "results/{experiment}/logs/render_report.log",
    benchmark:
        "results/{experiment}/benchmarks/render_report.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code("render_report"),
        facts=report_facts,
    script:
        "../../scripts/render_report.py"
