rule train_network:
    """Train a network on the data and with the settings of an experiment; or train it again, with
    another seed, as the reference of the verdict on tasks."""
    input:
        samples=samples_of,
        files=view_files,
    output:
        directory("results/{network}/network"),
    log:
        "results/{network}/logs/train_network.log",
    benchmark:
        "results/{network}/benchmarks/train_network.tsv"
    wildcard_constraints:
        network=only(TRAINED + REFERENCES),
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(2000, 60, gpu=gpu),
    params:
        **made_by("train_network", training_references, files=training_files),
        network=built,
        settings=asked_of_network("train"),
        data=taught,
        seed=asked("seed"),
    script:
        "../../scripts/train_network.py"


rule fetch_network:
    """Copy the weights of a network that the user has trained, or that its factory gives it."""
    input:
        checkpoint=checkpoint,
    output:
        directory("results/{network}/network"),
    log:
        "results/{network}/logs/fetch_network.log",
    benchmark:
        "results/{network}/benchmarks/fetch_network.tsv"
    wildcard_constraints:
        network=only(FETCHED),
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(with_network(2000), 10),
    params:
        **made_by("fetch_network", factory_reference, files=checkpoint_files),
        network=built,
    script:
        "../../scripts/fetch_network.py"


rule fetch_pretrained:
    """Copy a pretrained network of transformers."""
    input:
        files=pretrained_files,
    output:
        directory("results/{network}/network"),
    log:
        "results/{network}/logs/fetch_pretrained.log",
    benchmark:
        "results/{network}/benchmarks/fetch_pretrained.tsv"
    wildcard_constraints:
        network=only(PRETRAINED),
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(with_network(2000), 30),
    params:
        **made_by("fetch_pretrained", files=users_pretrained_files),
        network=built,
        download=lambda wildcards: network(wildcards).pretrained.download,
    script:
        "../../scripts/fetch_pretrained.py"


rule untrain_network:
    """Build an untrained copy of a network, the control of every verdict."""
    input:
        no_inputs,
        original=pretrained_original,
    output:
        directory("results/{network}/network"),
    log:
        "results/{network}/logs/untrain_network.log",
    benchmark:
        "results/{network}/benchmarks/untrain_network.tsv"
    wildcard_constraints:
        network=only(untrained(EXPERIMENTS.select(lambda *_: True))),
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(with_network(2000), 10),
    params:
        **made_by("untrain_network", factory_reference, files=factory_files),
        network=built,
        seed=asked("seed"),
    script:
        "../../scripts/untrain_network.py"
