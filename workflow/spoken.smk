# The settings of the spoken sentences, in the size that the target names.
from sametask.config.sections.spoken_section import Spoken


def spoken_settings(wildcards):
    return settings_of(wildcards.spoken, Spoken)


def spoken_words_file(wildcards):
    return spoken_settings(wildcards).words


def spoken_setting(*names):
    """The settings of some keys, as plain values."""

    def of(wildcards):
        values = spoken_settings(wildcards).plain()
        return {name: values[name] for name in names}

    return of
