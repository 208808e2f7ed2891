# What the page of an ensemble shows, and what its parts are asked.
def circle_settings(wildcards):
    """What decides a circle: of simulated gaits all that their networks depend on."""
    asked = ensemble_settings(wildcards).model_dump(mode="json")
    decisive = {"seed", "layer", "gauges", "estimators", "circle"}
    return asked | {"neurons": {key: asked["neurons"][key] for key in decisive}}


def page_settings(wildcards):
    """What the page says of the settings, beside its stores."""
    asked = ensemble_settings(wildcards)
    return {"name": wildcards.ensemble} | asked.model_dump(mode="json")


def shown_of_ensemble(wildcards):
    """The stores that the page of an ensemble shows, by kind; lists where there may be none."""
    settings, folder = (
        ensemble_settings(wildcards),
        f"results/ensembles/{wildcards.ensemble}",
    )
    asked, schemes = settings.neurons, settings.training.schemes
    return {
        "data": f"{folder}/data.zarr",
        "ensembles": expand(f"{folder}/{{scheme}}/ensemble.zarr", scheme=schemes),
        "ssa": [f"{folder}/ssa.zarr"] * (asked.ssa is not None),
        "gauges": expand(
            f"{folder}/{{scheme}}/gauges/{{gauge}}.zarr",
            scheme=schemes,
            gauge=asked.gauges,
        ),
        "covariances": expand(
            f"{folder}/covariances/{{name}}.zarr", name=asked.estimators
        ),
        "truth": [f"{folder}/truth.json"] * (settings.data.of == "linear_gaussian"),
        "arrangement": expand(
            f"{folder}/arrangement/{{name}}.zarr", name=asked.estimators
        ),
        "circle": [f"{folder}/circle.json"] * (asked.circle is not None),
        "shrinking": all_shrunk(wildcards),
        "sameness": [f"{folder}/sameness.json"] * (asked.shrink is not None),
        "distillation": [f"{folder}/distillation.json"]
        * (asked.distillation is not None),
    }
