rule extract_activations:
    """Record the chosen layers on samples, their neighbourhoods, and by derivatives."""
    input:
        samples=samples_of,
        network="results/{network}/network",
        files=view_files,
    output:
        directory("results/{network}/activations.zarr"),
    log:
        "results/{network}/logs/extract_activations.log",
    benchmark:
        "results/{network}/benchmarks/extract_activations.tsv"
    wildcard_constraints:
        network=without(with_copies(SEQUENCES)),
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=gpu,
    params:
        code=code("extract_activations", seeing_references),
        measure=measure,
        inputs=inputs,
        neighbours=section("neighbours"),
        derivatives=lambda wildcards: experiment(wildcards).geometry.source
        == "jacobian",
        sequences=lambda wildcards: experiment(wildcards).positions is not None,
        seed=seed,
    script:
        "../../scripts/extract_activations.py"


use rule extract_activations as extract_sequences with:
    output:
        directory("results/{network}/sequences.zarr"),
    log:
        "results/{network}/logs/extract_sequences.log",
    benchmark:
        "results/{network}/benchmarks/extract_sequences.tsv"
    wildcard_constraints:
        network=only(with_copies(SEQUENCES)),


rule slice_sequences:
    """Cut recorded sequences into slices of equidistant steps, each a sample."""
    input:
        sequences=sequences_of,
    output:
        directory("results/{network}/activations.zarr"),
    log:
        "results/{network}/logs/slice_sequences.log",
    benchmark:
        "results/{network}/benchmarks/slice_sequences.tsv"
    wildcard_constraints:
        network=only(with_copies(SEQUENCES)),
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        code=code("slice_sequences"),
        positions=section("positions"),
        seed=seed,
    script:
        "../../scripts/slice_sequences.py"
