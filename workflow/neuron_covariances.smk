# What the covariances of an ensemble's neurons rest on: its first scheme, and its last gauge.
def studied_members(wildcards):
    """The networks that everything else rests on."""
    asked = ensemble_settings(wildcards)
    scheme, gauge = asked.training.schemes[0], asked.neurons.gauges[-1]
    return f"results/ensembles/{wildcards.ensemble}/{scheme}/gauges/{gauge}.zarr"


def estimate_settings(wildcards):
    """What decides estimates beside the networks: also how these were trained."""
    asked = ensemble_settings(wildcards)
    settings, decisive = asked.trained(), {"seed", "layer", "covariances"}
    settings["neurons"] |= asked.neurons.model_dump(mode="json", include=decisive)
    return settings


def all_covariances(wildcards):
    """The estimates that the settings ask for."""
    return expand(
        f"results/ensembles/{wildcards.ensemble}/covariances/{{estimator}}.zarr",
        estimator=ensemble_settings(wildcards).neurons.estimators,
    )
