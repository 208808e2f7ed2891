rule match_samples:
    """Find the place of every sample of one network in the other, from a few shared inputs."""
    input:
        **of_pair("activations", "geometry", "diffusion"),
    output:
        directory("results/{experiment}/{a}-{b}/alignment.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/match_samples.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/match_samples.tsv"
    wildcard_constraints:
        experiment=only(FEW_SHARED),
    conda:
        "../../envs/manifold.yaml"
    resources:
        **needs(with_kernels(4000, 6), 30),
    params:
        **MATCHING,
        code=code("match_samples"),
    script:
        "../../scripts/match_samples.py"


rule fit_matched:
    """Fit every map to matched samples, and to the shared inputs alone."""
    input:
        **of_pair("activations", "diffusion"),
        **from_pair("alignment"),
    output:
        directory("results/{experiment}/{a}-{b}/transformation.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/fit_matched.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/fit_matched.tsv"
    wildcard_constraints:
        experiment=only(FEW_SHARED),
    conda:
        "../../envs/manifold.yaml"
    resources:
        **needs(with_kernels(4000, 6), 60),
    params:
        code=code("fit_matched"),
        smoothing=asked("maps", "smoothing"),
    script:
        "../../scripts/fit_matched.py"


rule study_sharing:
    """Measure every map against the number of shared inputs, over random choices of them."""
    input:
        **of_pair("activations", "geometry"),
    output:
        directory("results/{experiment}/{a}-{b}/study.zarr"),
    log:
        "results/{experiment}/{a}-{b}/logs/study_sharing.log",
    benchmark:
        "results/{experiment}/{a}-{b}/benchmarks/study_sharing.tsv"
    wildcard_constraints:
        experiment=only(FEW_SHARED),
    conda:
        "../../envs/manifold.yaml"
    threads: 2
    resources:
        **needs(with_kernels(4000, 6), 120),
    params:
        **MATCHING,
        code=code("study_sharing"),
        study=asked("study"),
        settings=embedding_settings,
        seed=asked("seed"),
    script:
        "../../scripts/study_sharing.py"
