rule extract_activations:
    """Record the chosen layers on samples and perturbations, and derivatives; or join shards."""
    input:
        samples=samples_of,
        network="results/{network}/network",
        files=seeing_files,
        shards=shards_of,
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
    resources:
        **needs(with_network(4000), extraction_time, gpu=gpu_unless_joined),
    params:
        **EXTRACTION,
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


rule extract_shard:
    """Record one part of the samples of a network, if several jobs record them."""
    input:
        samples=samples_of,
        network="results/{network}/network",
        files=seeing_files,
    output:
        temp(directory("results/{network}/shards/{number}-of-{shards}.zarr")),
    log:
        "results/{network}/logs/extract_shard-{number}-of-{shards}.log",
    benchmark:
        "results/{network}/benchmarks/extract_shard-{number}-of-{shards}.tsv"
    wildcard_constraints:
        number=r"\d+",
        shards=r"\d+",
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(with_network(4000), extraction_time, gpu=gpu),
    params:
        **made_by("extract_shard", seeing_references, files=users_seeing_files),
        settings=recording,
    script:
        "../../scripts/extract_shard.py"


rule slice_sequences:
    """Cut recorded sequences into slices of equidistant steps; each slice is a sample."""
    input:
        sequences=sequences_of,
        others=paired_sequences,
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
    resources:
        **needs(4000, 30),
    params:
        code=code("slice_sequences"),
        positions=asked("positions"),
        seed=asked("seed"),
    script:
        "../../scripts/slice_sequences.py"
