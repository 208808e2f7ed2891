rule embed_diffusion:
    """Embed the samples by a diffusion map with a Mahalanobis-like metric."""
    input:
        activations="results/{network}/activations.zarr",
        geometry="results/{network}/geometry.zarr",
    output:
        directory("results/{network}/diffusion.zarr"),
    log:
        "results/{network}/logs/embed_diffusion.log",
    benchmark:
        "results/{network}/benchmarks/embed_diffusion.tsv"
    wildcard_constraints:
        network=embedded_by("native"),
    priority: VERDICT_FIRST
    conda:
        "../../envs/manifold.yaml"
    resources:
        **needs(with_kernels(4000, 6), 60),
    params:
        code=code("embed_diffusion"),
        settings=embedding_settings,
    script:
        "../../scripts/embed_diffusion.py"


rule embed_datafold:
    """Embed the samples by the reference engine, datafold, in its own environment."""
    input:
        activations="results/{network}/activations.zarr",
        geometry="results/{network}/geometry.zarr",
    output:
        directory("results/{network}/diffusion.zarr"),
    log:
        "results/{network}/logs/embed_datafold.log",
    benchmark:
        "results/{network}/benchmarks/embed_datafold.tsv"
    wildcard_constraints:
        network=embedded_by("datafold"),
    priority: VERDICT_FIRST
    conda:
        "../../envs/datafold.yaml"
    resources:
        **needs(with_kernels(8000, 6), 120),
    params:
        code=code("embed_diffusion"),
        arguments=datafold_arguments,
        program=datafold_program(),
    shell:
        "{params.program} {params.arguments:q} {log:q} {threads}"
