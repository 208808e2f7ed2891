# The settings of the sentences, in the size that the target names.
from sametask.base.errors import nearest
from sametask.config.sections.sentences_section import Sentences


def sentences_settings(wildcards):
    return settings_of(wildcards.sentences, Sentences)


def words_file(wildcards):
    return sentences_settings(wildcards).words


def setting_of(section, name, wildcards):
    """The settings of one tokeniser or classifier, as plain values."""
    known = sentences_settings(wildcards).plain()[section]
    if name not in known:
        give_up(ConfigError(f"no {section[:-1]} {name!r}; {nearest(name, known)}"))
    return known[name]


def tokeniser_folder(wildcards):
    """The tokeniser of a classifier."""
    classifier = setting_of("classifiers", wildcards.classifier, wildcards)
    return f"results/{wildcards.sentences}/tokenisers/{classifier['tokeniser']}"
