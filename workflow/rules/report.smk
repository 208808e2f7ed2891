rule render_report:
    """Draw the figures of an experiment with verdicts and write its page."""
    input:
        **{
            kind: of_networks(f"{kind}.zarr")
            for kind in ("activations", "geometry", "diffusion")
        },
        **{
            kind: of_pairs(f"{kind}.zarr")
            for kind in ("alignment", "transformation", "evaluation", "verdict")
        },
        reconstruction=reconstructions,
        templates=page_templates(),
        samples=experiment_samples,
        facts=of_pairs("evaluation.json"),
        relation=of_pairs("verdict.json"),
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
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=code("render_report", files=page_templates()),
        facts=report_facts,
    script:
        "../../scripts/render_report.py"


rule render_matching:
    """Draw the figures of an experiment with few shared inputs and write its page."""
    input:
        **{
            kind: of_networks(f"{kind}.zarr")
            for kind in ("samples", "activations", "geometry", "diffusion")
        },
        **{
            kind: of_pairs(f"{kind}.zarr")
            for kind in ("alignment", "transformation", "evaluation")
        },
        study=studies,
        templates=page_templates(),
        shared="results/{experiment}/samples.zarr",
        facts=of_pairs("evaluation.json"),
    output:
        report(
            "results/{experiment}/report.html",
            caption="../report/experiment.rst",
            category="Experiments",
        ),
        directory("results/{experiment}/figures"),
    log:
        "results/{experiment}/logs/render_matching.log",
    benchmark:
        "results/{experiment}/benchmarks/render_matching.tsv"
    wildcard_constraints:
        experiment=only(FEW_SHARED),
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        code=code("render_matching", files=page_templates()),
        facts=report_facts,
    script:
        "../../scripts/render_matching.py"


rule render_positions:
    """Write one page on sequences that are cut into slices of several lengths."""
    input:
        evaluations=of_cuts("evaluation.json"),
        templates=page_templates(),
    output:
        report(
            "results/{experiment}/positions.html",
            caption="../report/positions.rst",
            category="Experiments",
        ),
        directory("results/{experiment}/figures-positions"),
    log:
        "results/{experiment}/logs/render_positions.log",
    benchmark:
        "results/{experiment}/benchmarks/render_positions.tsv"
    wildcard_constraints:
        experiment=only(sorted({key.split("/")[0] for key in RECORDED})),
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code("render_positions", files=page_templates()),
        cuts=cut_facts,
    script:
        "../../scripts/render_positions.py"


rule render_summary:
    """Write one page with what came out of all pairs of the default experiments."""
    input:
        verdicts=of_all_pairs("verdict.json", but=FEW_SHARED),
        evaluations=of_all_pairs("evaluation.json"),
        templates=page_templates(),
    output:
        report(
            "results/summary.html",
            caption="../report/summary.rst",
            category="Summary",
        ),
    log:
        "results/logs/render_summary.log",
    benchmark:
        "results/benchmarks/render_summary.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code("render_summary", files=page_templates()),
        experiments=summary_facts,
    script:
        "../../scripts/render_summary.py"
