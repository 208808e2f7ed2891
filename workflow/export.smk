# The stitched network that an experiment writes as one folder.


def exported(wildcards):
    """The section `stitching.export` of an experiment, and whether the source comes first."""
    settings = experiment(wildcards)
    export = settings.stitching.export
    if export is None:
        give_up(
            ConfigError(
                f"{EXPERIMENTS.path(wildcards.experiment)}: no stitching.export, which says which "
                "stitched network results/{experiment}/network is"
            )
        )
    names = list(settings.networks)
    return export, names.index(export.source) < names.index(export.target)


def exported_pair(wildcards):
    export, first = exported(wildcards)
    ends = [export.source, export.target]
    return "-".join(ends if first else ends[::-1])


def exported_end(end):
    """The folder of the source or of the target."""
    return lambda wildcards: (
        f"results/{origin(wildcards)}/{getattr(exported(wildcards)[0], end)}/network"
    )


def exported_stores():
    """Both networks, and their maps, by what they are."""
    return {
        "source": exported_end("source"),
        "target": exported_end("target"),
        "transformation": lambda wildcards: (
            f"results/{wildcards.experiment}/{exported_pair(wildcards)}/transformation.zarr"
        ),
    }


def exported_networks(wildcards):
    networks = experiment(wildcards).networks
    export, _ = exported(wildcards)
    return {end: networks[getattr(export, end)] for end in ("source", "target")}


def exported_files(wildcards):
    """The folders that views and transcripts name, as far as rules make them."""
    sections = [
        value
        for network in exported_networks(wildcards).values()
        for value in (network.view.arguments, transcript(network) or {})
    ]
    return unique_of(lambda section: made_here(*section.values()), sections)


def export_facts(wildcards):
    """What the folder says of both ends, and of the answers."""
    settings = experiment(wildcards)
    ends = {
        end: {
            "view": network.view.plain(),
            "dtype": network.dtype,
            "transcript": transcript(network),
        }
        for end, network in exported_networks(wildcards).items()
    }
    return {
        **ends,
        "direction": "a_to_b" if exported(wildcards)[1] else "b_to_a",
        "rate": settings.inputs.rate if settings.inputs.domain == "speech" else None,
        "classes": (settings.task and settings.task.classes) or [],
    }
