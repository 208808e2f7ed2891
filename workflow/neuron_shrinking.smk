# What is merged or left out of the networks of an ensemble: the section `neurons.shrink`.
from sametask.config.sections.shrinking_section import Shrink


def shrinking_of(wildcards):
    """What is asked; the defaults where the settings do not say it."""
    return ensemble_settings(wildcards).neurons.shrink or Shrink()


def shrinking_settings(wildcards):
    """What decides which neurons are left, beside the method."""
    neurons, asked = ensemble_settings(wildcards).neurons, shrinking_of(wildcards)
    return {
        "layers": asked.layers or [neurons.layer],
        "sizes": asked.sizes,
        "seed": neurons.seed,
    }


def judged_method(wildcards):
    """The method whose networks are judged."""
    return shrinking_of(wildcards).methods[0]


def judged_members(wildcards):
    """The networks that everything rests on: of the first scheme, in the last gauge."""
    settings = ensemble_settings(wildcards)
    scheme, gauge = settings.training.schemes[0], settings.neurons.gauges[-1]
    return f"results/ensembles/{wildcards.ensemble}/{scheme}/gauges/{gauge}.zarr"


def all_shrunk(wildcards):
    """What the page of an ensemble shows of shrunk networks: ours, and those as the source has them."""
    settings = ensemble_settings(wildcards)
    asked = settings.neurons.shrink
    if asked is None:
        return []
    schemes, gauges = settings.training.schemes, settings.neurons.gauges
    folder = f"results/ensembles/{wildcards.ensemble}/shrinking"
    ours = expand(
        f"{folder}/{schemes[0]}-{gauges[-1]}/{{method}}.zarr", method=asked.methods
    )
    source = [method for method in ("rho1", "rho2") if method in asked.methods]
    if "seeds" in schemes and "none" in gauges:
        ours += expand(f"{folder}/seeds-none/{{method}}.zarr", method=source)
    return list(dict.fromkeys(ours))
