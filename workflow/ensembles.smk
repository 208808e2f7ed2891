# The settings of the ensembles of networks: a file each in config/ensembles.
from sametask.config.sections.ensemble_section import Ensemble


def ensemble_settings(wildcards):
    return settings_of(f"ensembles/{wildcards.ensemble}", Ensemble)
