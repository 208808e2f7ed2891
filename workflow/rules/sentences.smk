wildcard_constraints:
    # Named by the file of its settings: config/sentences.yaml, and a small one.
    sentences="sentences(-small)?",
    tokeniser=NETWORK,
    classifier=NETWORK,


rule make_sentences:
    """Make sentences with German translations and two labels, and keep combinations for tests."""
    input:
        words=words_file,
    output:
        directory("results/{sentences}/data"),
    log:
        "results/{sentences}/logs/make_sentences.log",
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(1000, 10),
    params:
        code=code("make_sentences"),
        counts=lambda wildcards: sentences_settings(wildcards).counts,
        seed=lambda wildcards: sentences_settings(wildcards).seed,
    script:
        "../../scripts/make_sentences.py"


rule train_tokeniser:
    """Train a tokeniser on the training sentences."""
    input:
        data="results/{sentences}/data",
    output:
        directory("results/{sentences}/tokenisers/{tokeniser}"),
    log:
        "results/{sentences}/logs/train_tokeniser.{tokeniser}.log",
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(1000, 10),
    params:
        code=code("train_tokeniser"),
        settings=lambda wildcards: setting_of(
            "tokenisers", wildcards.tokeniser, wildcards
        ),
    script:
        "../../scripts/train_tokeniser.py"


rule train_classifier:
    """Train a network of transformers to classify the sentences."""
    input:
        data="results/{sentences}/data",
        tokeniser=tokeniser_folder,
    output:
        directory("results/{sentences}/classifiers/{classifier}"),
    log:
        "results/{sentences}/logs/train_classifier.{classifier}.log",
    benchmark:
        "results/{sentences}/benchmarks/train_classifier.{classifier}.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(2000, 20),
    params:
        code=code("train_classifier"),
        settings=lambda wildcards: setting_of(
            "classifiers", wildcards.classifier, wildcards
        ),
        seed=lambda wildcards: sentences_settings(wildcards).seed,
    script:
        "../../scripts/train_classifier.py"
