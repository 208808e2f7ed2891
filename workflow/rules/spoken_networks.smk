wildcard_constraints:
    speech_network=NETWORK,


rule train_speech_network:
    """Train a network of transformers to write down or to translate what is said."""
    input:
        data="results/{spoken}/data",
        recogniser=recogniser_folder,
    output:
        directory("results/{spoken}/networks/{speech_network}"),
    log:
        "results/{spoken}/logs/train_speech_network.{speech_network}.log",
    benchmark:
        "results/{spoken}/benchmarks/train_speech_network.{speech_network}.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(3000, 30),
    params:
        code=code("train_speech_network"),
        settings=speech_network,
        seed=lambda wildcards: spoken_settings(wildcards).seed,
    script:
        "../../scripts/train_speech_network.py"
