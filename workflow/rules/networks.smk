rule train_network:
    """Train a network that an experiment describes by its data and recipe."""
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
        network=only(EXPERIMENTS.select(lambda _, network: network.train)),
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
        gpu=gpu,
    params:
        code=code(
            "train_network", lambda w: own_references(network(w)) + target_reference(w)
        ),
        factory=lambda wildcards: network(wildcards).factory,
        arguments=lambda wildcards: network(wildcards).arguments,
        settings=lambda wildcards: network(wildcards).train.plain(),
        view=view,
        inputs=inputs,
        task=task,
        seed=seed,
        files=states(training_files),
    script:
        "../../scripts/train_network.py"


rule fetch_network:
    """Take over a network that the user trained."""
    input:
        checkpoint=lambda wildcards: network(wildcards).checkpoint,
    output:
        directory("results/{network}/network"),
    log:
        "results/{network}/logs/fetch_network.log",
    benchmark:
        "results/{network}/benchmarks/fetch_network.tsv"
    wildcard_constraints:
        network=only(EXPERIMENTS.select(lambda _, network: network.checkpoint)),
    conda:
        "../../envs/networks.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_network(2000)),
        runtime=growing(10),
    params:
        code=code("fetch_network", factory_reference),
        factory=lambda wildcards: network(wildcards).factory,
        arguments=lambda wildcards: network(wildcards).arguments,
        files=states(checkpoint_files),
    script:
        "../../scripts/fetch_network.py"


rule untrain_network:
    """Build an untrained copy of a network, the control of every verdict."""
    input:
        lambda wildcards: looked_after(experiment_name(wildcards)),
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
    threads: 1
    resources:
        mem_mb=growing(with_network(2000)),
        runtime=growing(10),
    params:
        code=code("untrain_network", factory_reference),
        factory=lambda wildcards: network(wildcards).factory,
        arguments=lambda wildcards: network(wildcards).arguments,
        seed=seed,
        files=states(factory_files),
    script:
        "../../scripts/untrain_network.py"
