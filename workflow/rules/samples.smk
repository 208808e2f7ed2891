rule simulate_data:
    """Simulate the inputs of an experiment with a section `simulate`."""
    input:
        no_inputs,
    output:
        "results/{experiment}/simulated.h5",
    log:
        "results/{experiment}/logs/simulate_data.log",
    benchmark:
        "results/{experiment}/benchmarks/simulate_data.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(2000, 60),
    params:
        **made_by("simulate_data", simulation_reference, files=simulation_files),
        settings=asked("inputs", "simulate"),
        seed=asked("seed"),
    script:
        "../../scripts/simulate_data.py"


rule draw_samples:
    """Draw the samples of an experiment, or only those that all networks share."""
    input:
        files=data_files,
    output:
        directory("results/{experiment}/samples.zarr"),
    log:
        "results/{experiment}/logs/draw_samples.log",
    benchmark:
        "results/{experiment}/benchmarks/draw_samples.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(1000, 10),
    params:
        **made_by("draw_samples", target_reference, files=own_data_files),
        **DRAWING,
        pool=asked("pool"),
    script:
        "../../scripts/draw_samples.py"


rule draw_own_samples:
    """Draw the samples of a network's own, for it and for its untrained copy."""
    input:
        shared=experiment_samples,
        files=data_files,
    output:
        directory("results/{network}/samples.zarr"),
    log:
        "results/{network}/logs/draw_own_samples.log",
    benchmark:
        "results/{network}/benchmarks/draw_own_samples.tsv"
    wildcard_constraints:
        network=only(with_copies(WITH_OWN_SAMPLES)),
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(1000, 10),
    params:
        **made_by("draw_own_samples", target_reference, files=own_data_files),
        **DRAWING,
        name=trained_name,
        share=portion_of_rows,
    script:
        "../../scripts/draw_own_samples.py"
