wildcard_constraints:
    # Named by the file of its settings: config/spoken.yaml, and a small one.
    spoken="spoken(-small)?",


rule make_spoken:
    """Make sentences spoken by voices of espeak-ng, and keep combinations and voices for tests."""
    input:
        words=spoken_words_file,
    output:
        directory("results/{spoken}/data"),
    log:
        "results/{spoken}/logs/make_spoken.log",
    benchmark:
        "results/{spoken}/benchmarks/make_spoken.tsv"
    conda:
        "../../envs/networks.yaml"
    resources:
        **needs(3000, 10),
    params:
        code=code("make_spoken"),
        settings=spoken_setting("counts", "longest", "seed", "speaking"),
    script:
        "../../scripts/make_spoken.py"
