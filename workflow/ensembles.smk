# The settings of the ensembles of networks: a file each in config/ensembles.
from sametask.config.sections.ensemble_section import Ensemble


def ensemble_settings(wildcards):
    return settings_of(f"ensembles/{wildcards.ensemble}", Ensemble)


def ensemble_setting(wildcards):
    """All settings that networks depend on, as plain values."""
    return ensemble_settings(wildcards).trained()


def asked_of_neurons(key):
    """A setting of what is asked of the neurons of an ensemble, as plain values."""
    return lambda wildcards: plain(getattr(ensemble_settings(wildcards).neurons, key))
