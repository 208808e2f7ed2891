wildcard_constraints:
    # Named by the file of its settings in config/ensembles.
    ensemble=r"[\w-]+",


rule draw_ensemble_data:
    """Draw the rows that the networks of an ensemble learn from, and those that are held out."""
    input:
        ensemble_files,
    output:
        directory("results/ensembles/{ensemble}/data.zarr"),
    log:
        "results/ensembles/{ensemble}/logs/draw_ensemble_data.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/draw_ensemble_data.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 10),
    params:
        **made_by("draw_ensemble_data", files=ensemble_files),
        settings=ensemble_data,
    script:
        "../../scripts/draw_ensemble_data.py"


rule sweep_ssa:
    """Take a series apart into terms of its windows, for many windows and numbers of terms."""
    input:
        data="results/ensembles/{ensemble}/data.zarr",
    output:
        directory("results/ensembles/{ensemble}/ssa.zarr"),
    log:
        "results/ensembles/{ensemble}/logs/sweep_ssa.log",
    benchmark:
        "results/ensembles/{ensemble}/benchmarks/sweep_ssa.tsv"
    conda:
        "../../envs/neurons.yaml"
    resources:
        **needs(2000, 10),
    params:
        code=code("sweep_ssa"),
        settings=ssa_settings,
    script:
        "../../scripts/sweep_ssa.py"
