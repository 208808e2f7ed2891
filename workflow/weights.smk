# What is asked of the weights of a population: the section `study` of its settings.
from sametask.config.sections.codes_section import Codes


def study_of(wildcards):
    return population_settings(wildcards).study


def asked_of_study(key):
    """A setting of the study."""
    return lambda wildcards: getattr(study_of(wildcards), key)


def learning_settings(wildcards):
    """What decides how a predictor learns: steps, statistics and seed."""
    return study_of(wildcards).model_dump(include={"steps", "statistics", "seed"})


SCOPES = ("whole", "layers", "units")


def seen_stores(wildcards, what):
    """The store of a population, and that of its statistics if one of their scopes is seen."""
    folder = f"results/populations/{wildcards.population}"
    kinds = ["population", *(["statistics"] * (what in SCOPES))]
    return {kind: f"{folder}/{kind}.zarr" for kind in kinds}


def seen_by_predictor(wildcards):
    return seen_stores(wildcards, wildcards.predictor.partition("-")[2])


def seen_in_view(wildcards):
    return seen_stores(wildcards, wildcards.space)


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


def encoding_settings(wildcards):
    """What decides how an autoencoder learns."""
    asked = study_of(wildcards)
    of_codes = {"numbers", "size", "training", "shuffling", "answers"}
    codes = codes_section(wildcards).model_dump(include=of_codes)
    return {"codes": codes, "steps": asked.steps, "seed": asked.seed}


def codes_section(wildcards):
    """What is asked of codes; the defaults where the settings do not say it."""
    return study_of(wildcards).codes or Codes()


def codes_of(wildcards, names):
    return expand(
        f"results/populations/{wildcards.population}/codes/{{name}}.zarr", name=names
    )


def all_codes(wildcards):
    return codes_of(wildcards, codes_section(wildcards).autoencoders)


def noise_codes(wildcards):
    """An autoencoder, and the same one that learns with noise at either place."""
    name = codes_section(wildcards).noise
    return codes_of(wildcards, [name, f"{name}-noisy-input", f"{name}-noisy-code"])


def attention_codes(wildcards):
    return codes_of(wildcards, [codes_section(wildcards).attention])[0]


def shown_of_codes(wildcards):
    """What the page of a population shows of codes; nothing unless its settings ask for them."""
    asked = study_of(wildcards).codes
    folder = f"results/populations/{wildcards.population}"
    if asked is None:
        return {}
    return {
        "codes": all_codes(wildcards),
        "told_from_codes": [f"{folder}/codes.json"],
        "noise": [f"{folder}/noise.zarr"] * (asked.noise is not None),
        "attention": [f"{folder}/attention.zarr"] * (asked.attention is not None),
    }


def told_here(wildcards, name):
    """Whether a property is told of networks that are trained here, of which more is known."""
    told = name in study_of(wildcards).tell
    return told and wildcards.population not in IMPORTED


def limited(wildcards):
    """Whether initialisers are told of networks that were kept untrained."""
    told = told_here(wildcards, "initialiser")
    return bool(told and 0 in population_settings(wildcards).kept)


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
        "limit": [f"{folder}/limit.json"] * limited(wildcards),
        "pairs": [f"{folder}/pairs.json"] * told_here(wildcards, "task"),
        **shown_of_codes(wildcards),
    }


def population_facts(wildcards):
    """What the page of a population says beside its stores."""
    asked = study_of(wildcards)
    return {
        "population": wildcards.population,
        "statistics": asked.statistics,
        "source": asked.source,
    }
