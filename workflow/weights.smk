# What is asked of the weights of a population: the section `study` of its settings.


def study_of(wildcards):
    return population_settings(wildcards).study


def asked_of_study(key):
    """A setting of the study."""
    return lambda wildcards: getattr(study_of(wildcards), key)


def learning_settings(wildcards):
    """What decides how a predictor learns: steps, statistics and seed."""
    return study_of(wildcards).model_dump(include={"steps", "statistics", "seed"})


def seen_by_predictor(wildcards):
    """The stores that a predictor reads."""
    folder = f"results/populations/{wildcards.population}"
    stores = {"population": f"{folder}/population.zarr"}
    if sees_statistics(wildcards.predictor):
        stores["statistics"] = f"{folder}/statistics.zarr"
    return stores


def seen_in_view(wildcards):
    folder = f"results/populations/{wildcards.population}"
    stores = {"population": f"{folder}/population.zarr"}
    if wildcards.space != "weights":
        stores["statistics"] = f"{folder}/statistics.zarr"
    return stores


def sees_statistics(predictor):
    """Whether a predictor sees statistics of weights in place of the weights."""
    return predictor.partition("-")[2] in ("whole", "layers", "units")


def all_told(wildcards):
    """What the page of a population shows of properties that are told from weights."""
    asked = study_of(wildcards)
    folder = f"results/populations/{wildcards.population}/told"
    told = []
    for name, section in asked.tell.items():
        told += expand(
            f"{folder}/{name}/all/{{predictor}}.zarr", predictor=section.predictors
        )
        if section.shuffled:
            told.append(f"{folder}/shuffled-{name}/all/{section.shuffled}.zarr")
    if asked.scaling:
        told += expand(
            f"{folder}/accuracy/{{networks}}/{{predictor}}.zarr",
            networks=asked.scaling.networks,
            predictor=asked.scaling.predictors,
        )
    return told


def told_here(wildcards, name):
    """Whether a property is told of networks that are trained here, of which more is known."""
    told = name in study_of(wildcards).tell
    return told and wildcards.population not in IMPORTED


def shown_of_population(wildcards):
    """The stores that the page of a population shows, by kind; lists where there may be none."""
    asked = study_of(wildcards)
    folder = f"results/populations/{wildcards.population}"
    return {
        "population": f"{folder}/population.zarr",
        "statistics": [f"{folder}/statistics.zarr"],
        "told": all_told(wildcards),
        "views": expand(f"{folder}/views/{{space}}.zarr", space=asked.views),
        "correlations": [f"{folder}/correlations.json"] * ("accuracy" in asked.tell),
        "limit": [f"{folder}/limit.json"] * told_here(wildcards, "initialiser"),
        "pairs": [f"{folder}/pairs.json"] * told_here(wildcards, "task"),
    }


def population_facts(wildcards):
    """What the page of a population says beside its stores."""
    asked = study_of(wildcards)
    return {
        "population": wildcards.population,
        "statistics": asked.statistics,
        "source": asked.source,
    }
