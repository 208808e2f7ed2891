rule distil_teacher:
    """Distil teachers into small Bayesian students, with the teachers' posterior as their prior."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
    output:
        "results/ensembles/{ensemble}/distillation.json",
    log:
        "results/ensembles/{ensemble}/logs/distil_teacher.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/distil_teacher.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 20),
    params:
        code=code("distil_teacher"),
        settings=distillation_settings,
    script:
        "../../scripts/distil_teacher.py"
