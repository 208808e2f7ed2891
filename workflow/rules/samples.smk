rule simulate_data:
    """Simulate the file of inputs of an experiment that describes how."""
    input:
        lambda wildcards: looked_after(wildcards.experiment),
    output:
        "results/{experiment}/simulated.h5",
    log:
        "results/{experiment}/logs/simulate_data.log",
    benchmark:
        "results/{experiment}/benchmarks/simulate_data.tsv"
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code("simulate_data", simulation_reference),
        settings=simulation,
        seed=seed,
        files=states(simulation_files),
    script:
        "../../scripts/simulate_data.py"


rule draw_samples:
    """Draw the samples of an experiment, or those of them that all networks share."""
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
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code("draw_samples", target_reference),
        inputs=inputs,
        samples=section("samples"),
        task=task,
        seed=seed,
        pool=lambda wildcards: experiment(wildcards).pool,
        files=states(own_data_files),
    script:
        "../../scripts/draw_samples.py"


rule draw_own_samples:
    """Draw the samples that a network does not share, for it and for its untrained copy."""
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
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code("draw_own_samples", target_reference),
        name=trained_name,
        inputs=inputs,
        samples=section("samples"),
        task=task,
        seed=seed,
        share=lambda wildcards: experiment(wildcards).share(trained_name(wildcards)),
        files=states(own_data_files),
    script:
        "../../scripts/draw_own_samples.py"
