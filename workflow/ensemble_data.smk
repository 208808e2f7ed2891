# What the networks of an ensemble learn: the section `data` of its settings.
from sametask.config.sections.ssa_section import Ssa
from sametask.neurons.data.sources import require_files


def ensemble_data(wildcards):
    """All settings that the rows depend on, as plain values."""
    return ensemble_settings(wildcards).drawn()


def ensemble_files(wildcards):
    """The files that the rows are read from; without one of them, what to download ends the run."""
    watch_outputs()
    try:
        where = f"config/ensembles/{wildcards.ensemble}.yaml"
        return require_files(ensemble_settings(wildcards).data, where)
    except SametaskError as error:
        give_up(error)


def ssa_settings(wildcards):
    """How a series is taken apart; the defaults where the settings do not say it."""
    return (ensemble_settings(wildcards).neurons.ssa or Ssa()).plain()
