rule match_samples:
    """Find which place of one network every sample of the other is, from a few shared inputs."""
    input:
        **of_pair(
            {
                "activations": "activations.zarr",
                "geometry": "geometry.zarr",
                "diffusion": "diffusion.zarr",
            }
        ),
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
    threads: 1
    resources:
        mem_mb=growing(with_kernels(4000, 6)),
        runtime=growing(30),
    params:
        code=code("match_samples"),
        anchors=lambda wildcards: experiment(wildcards).samples.anchors,
        threshold=lambda wildcards: experiment(wildcards).alignment.confidence,
    script:
        "../../scripts/match_samples.py"


rule fit_matched:
    """Fit every map to matched samples, and to the shared inputs alone."""
    input:
        **of_pair({"activations": "activations.zarr", "diffusion": "diffusion.zarr"}),
        alignment="results/{experiment}/{a}-{b}/alignment.zarr",
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
    threads: 1
    resources:
        mem_mb=growing(with_kernels(4000, 6)),
        runtime=growing(60),
    params:
        code=code("fit_matched"),
        smoothing=lambda wildcards: experiment(wildcards).maps.smoothing,
    script:
        "../../scripts/fit_matched.py"


rule study_sharing:
    """Measure every map against the number of shared inputs, over random choices of them."""
    input:
        **of_pair({"activations": "activations.zarr", "geometry": "geometry.zarr"}),
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
        mem_mb=growing(with_kernels(4000, 6)),
        runtime=growing(120),
    params:
        code=code("study_sharing"),
        study=section("study"),
        anchors=lambda wildcards: experiment(wildcards).samples.anchors,
        settings=embedding_settings,
        threshold=lambda wildcards: experiment(wildcards).alignment.confidence,
        seed=seed,
    script:
        "../../scripts/study_sharing.py"
