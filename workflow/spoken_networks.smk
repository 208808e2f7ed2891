# The settings of the networks that are trained on the spoken sentences.


def speech_network(wildcards):
    """The settings of one network, as plain values."""
    known = spoken_settings(wildcards).plain()["networks"]
    if wildcards.speech_network not in known:
        fault = nearest(wildcards.speech_network, known)
        give_up(ConfigError(f"no network {wildcards.speech_network!r}; {fault}"))
    return known[wildcards.speech_network]


def recogniser_folder(wildcards):
    """The recogniser that a translator starts from; a recogniser starts from none."""
    encoder = speech_network(wildcards).get("encoder")
    return [f"results/{wildcards.spoken}/networks/{encoder}"] if encoder else []
