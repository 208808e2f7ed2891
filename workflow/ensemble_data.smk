# What the networks of an ensemble learn: the section `data` of its settings.
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
