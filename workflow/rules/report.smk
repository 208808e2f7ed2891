rule render_report:
    """Draw the figures of an experiment with verdicts and write its page."""
    input:
        **of_networks("activations", "geometry", "diffusion"),
        **of_pairs(
            *MAPS, "verdict", "task", facts="evaluation.json", relation="verdict.json"
        ),
        reconstruction=reconstructions,
        samples=experiment_samples,
        templates=page_templates(),
    output:
        **page("report", "figures", caption="experiment"),
    log:
        "results/{experiment}/logs/render_report.log",
    benchmark:
        "results/{experiment}/benchmarks/render_report.tsv"
    wildcard_constraints:
        experiment=all_but(FEW_SHARED),
    conda:
        "../../envs/report.yaml"
    resources:
        **needs(2000, 30),
    params:
        code=code("render_report", templates=page_templates()),
        facts=report_facts,
    script:
        "../../scripts/render_report.py"


rule render_matching:
    """Draw the figures of an experiment with few shared inputs and write its page."""
    input:
        **of_networks("samples", "activations", "geometry", "diffusion"),
        **of_pairs(*MAPS, facts="evaluation.json"),
        study=studies,
        shared="results/{experiment}/samples.zarr",
        templates=page_templates(),
    output:
        **page("report", "figures", caption="experiment"),
    log:
        "results/{experiment}/logs/render_matching.log",
    benchmark:
        "results/{experiment}/benchmarks/render_matching.tsv"
    wildcard_constraints:
        experiment=only(FEW_SHARED),
    conda:
        "../../envs/report.yaml"
    resources:
        **needs(2000, 30),
    params:
        code=code("render_matching", templates=page_templates()),
        facts=report_facts,
    script:
        "../../scripts/render_matching.py"


rule render_positions:
    """Write one page on sequences that are cut into slices of different lengths."""
    input:
        evaluations=of_cuts("evaluation.json"),
        templates=page_templates(),
    output:
        **page("positions", "figures-positions", caption="positions"),
    log:
        "results/{experiment}/logs/render_positions.log",
    benchmark:
        "results/{experiment}/benchmarks/render_positions.tsv"
    wildcard_constraints:
        experiment=only(RECORDED),
    conda:
        "../../envs/report.yaml"
    resources:
        **needs(1000, 10),
    params:
        code=code("render_positions", templates=page_templates()),
        cuts=cut_facts,
    script:
        "../../scripts/render_positions.py"


rule render_summary:
    """Write one page with the results of all pairs of the default experiments."""
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
    resources:
        **needs(1000, 10),
    params:
        code=code("render_summary", templates=page_templates()),
        experiments=summary_facts,
    script:
        "../../scripts/render_summary.py"
