# How a teacher is distilled: the section `neurons.distillation` of the settings of an ensemble.
from sametask.config.sections.distillation_section import Distillation


def distillation_settings(wildcards):
    """What decides the study; the defaults where the settings do not say it."""
    settings = ensemble_settings(wildcards)
    return {
        "asked": (settings.neurons.distillation or Distillation()).plain(),
        "activation": settings.network.activation,
        "held_out": settings.data.held_out,
        "seed": settings.neurons.seed,
    }
