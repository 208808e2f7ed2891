wildcard_constraints:
    autoencoder=r"[a-z0-9-]+",


rule align_weights:
    """Bring the units of all networks into canonical order."""
    input:
        population="results/populations/{population}/population.zarr",
    output:
        directory("results/populations/{population}/aligned.zarr"),
    log:
        "results/populations/{population}/logs/align_weights.log",
    benchmark:
        "results/populations/{population}/benchmarks/align_weights.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2500, 10),
    params:
        code=code("align_weights"),
    script:
        "../../scripts/align_weights.py"


rule encode_weights:
    """Put weights into a few numbers, and take held-out ones back."""
    input:
        population="results/populations/{population}/population.zarr",
        aligned="results/populations/{population}/aligned.zarr",
    output:
        directory("results/populations/{population}/codes/{autoencoder}.zarr"),
    log:
        "results/populations/{population}/logs/encode_weights.{autoencoder}.log",
    benchmark:
        "results/populations/{population}/benchmarks/encode_weights.{autoencoder}.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2500, 20),
    params:
        code=code("encode_weights"),
        settings=population_setting,
        learning=encoding_settings,
    script:
        "../../scripts/encode_weights.py"


rule tell_from_codes:
    """Tell the accuracy of held-out networks from codes of their weights."""
    input:
        population="results/populations/{population}/population.zarr",
        codes=all_codes,
    output:
        "results/populations/{population}/codes.json",
    log:
        "results/populations/{population}/logs/tell_from_codes.log",
    benchmark:
        "results/populations/{population}/benchmarks/tell_from_codes.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2500, 10),
    params:
        code=code("tell_from_codes"),
        steps=asked_of_study("steps"),
        seed=asked_of_study("seed"),
    script:
        "../../scripts/tell_from_codes.py"


rule study_noise:
    """Study what noise leaves of what autoencoders give back."""
    input:
        population="results/populations/{population}/population.zarr",
        aligned="results/populations/{population}/aligned.zarr",
        codes=noise_codes,
    output:
        directory("results/populations/{population}/noise.zarr"),
    log:
        "results/populations/{population}/logs/study_noise.log",
    benchmark:
        "results/populations/{population}/benchmarks/study_noise.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2500, 10),
    params:
        code=code("study_noise"),
        seed=asked_of_study("seed"),
    script:
        "../../scripts/study_noise.py"


rule study_attention:
    """Study what an autoencoder attends to among the units of networks."""
    input:
        population="results/populations/{population}/population.zarr",
        aligned="results/populations/{population}/aligned.zarr",
        codes=attention_codes,
    output:
        directory("results/populations/{population}/attention.zarr"),
    log:
        "results/populations/{population}/logs/study_attention.log",
    benchmark:
        "results/populations/{population}/benchmarks/study_attention.tsv"
    wildcard_constraints:
        population=TRAINED_HERE,
    conda:
        "../../envs/weights.yaml"
    resources:
        **needs(2500, 10),
    params:
        code=code("study_attention"),
        seed=asked_of_study("seed"),
    script:
        "../../scripts/study_attention.py"
