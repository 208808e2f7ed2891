"""Words about ensembles of networks, and about what can be merged of their neurons."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sametask.report.data.ensemble import Ensemble
from sametask.report.wording.numbers import interval_text, number, share
from sametask.report.wording.shrinking import merged_sentences

# Below this p, neurons run round a circle.
LEVEL = 0.01
DATA = {
    "noisy_sine": "a noisy sine",
    "gait": "simulated acceleration of a walking person",
    "motion_sense": "acceleration of walking persons (MotionSense)",
    "iris": "Fisher's irises",
    "digits": "the digits of scikit-learn",
    "mnist": "MNIST",
    "bar_video": "a film of a bar that turns",
    "video": "a film",
    "ecog": "simulated electrocorticograms",
    "nwb": "an electrocorticogram",
    "linear_gaussian": "linear data with normal noise",
}
GAUGES = {
    "none": "as trained",
    "permutation": "permuted",
    "permutation-scale": "permuted and scaled",
    "procrustes": "rotated (Procrustes)",
}
METRICS = {
    "euclidean": "ρ₁: Euclidean distance of means",
    "wasserstein": "ρ₂: Wasserstein distance",
    "mahalanobis": "Mahalanobis distance",
    "kl": "root of the divergence (KL), symmetric",
}


def quality_words(ensemble: Ensemble) -> str:
    """Return what is measured on held-out rows."""
    return "accuracy" if ensemble.classifies else "mean square error"


def about(ensemble: Ensemble) -> str:
    """Return what the networks are, in a few sentences."""
    settings = ensemble.settings
    training, network = settings["training"], settings["network"]
    held = ensemble.data["held_out"]
    splits = "" if len(held) == 1 else f" for each of {len(held)} splits"
    return (
        f"{training['members']} {network['kind']} networks{splits} learn "
        f"{DATA.get(settings['data']['of'], settings['data']['of'])}. Neurons are the rows of "
        f"layer {ensemble.layer}, with their biases. Qualities are those on held-out rows, "
        f"{share(float(held.mean()))} of all, that no network learned from and nothing was chosen "
        "by."
    )


def answer_sentences(ensemble: Ensemble) -> list[str]:
    """Return the answers that the page begins with."""
    answers = [*merged_sentences(ensemble), *_same_neurons(ensemble), *_circle(ensemble)]
    return answers or ["What can be merged of these networks was not studied yet."]


def _same_neurons(ensemble: Ensemble) -> Iterator[str]:
    """Say whether a neuron is the same one in all networks."""
    store = ensemble.studied
    if store is None:
        return
    middle = np.median(store["identity"])
    text = f"Neurons of all networks correspond: ‖mean‖ / sd is {number(float(middle))} (median)"
    if middle < 3:
        text = f"Neurons are hardly the same ones in all networks: ‖mean‖ / sd is {middle:.2f}"
    source = ensemble.gauges.get("seeds/none")
    beside = (
        f"; with the source's protocol {float(np.median(source['identity'])):.2f}"
        if source is not None
        else ""
    )
    yield f"{text}{beside}."


def _circle(ensemble: Ensemble) -> Iterator[str]:
    """Say whether neurons run round a circle, by the first estimate."""
    if ensemble.circle is None:
        return
    found = next(iter(ensemble.circle["found"].values()))
    if found["p"] >= LEVEL:
        yield (
            "Neurons do not run round a circle more than those of series without a rhythm would "
            f"(p = {found['p']:.3g})."
        )
        return
    expected = ensemble.circle["expected"]
    known = "" if expected is None else f"; the series has {number(expected)}"
    yield (
        f"Neurons run round a circle with a period of {number(found['period'])} neurons{known} "
        f"(p = {found['p']:.3g}); {share(found['plane'])} of the variance of their means is in a "
        "plane."
    )


def arranged_sentence(ensemble: Ensemble, name: str) -> str:
    """Return how many networks have their neurons inside the ellipsoids, and what is singular."""
    store = ensemble.arrangement[name]
    inside, facts = store["coverage"], store.attributes
    text = (
        f"{share(float(inside.mean()))} of the neurons of all networks lie inside the 95 % "
        f"ellipsoid of their neuron, in all dimensions ({share(float(inside.min()))} of the neuron "
        "with the fewest)."
    )
    if facts["singular"]:
        text += (
            f" Covariances of {facts['singular']} neurons are singular: they have no divergence, "
            "and Mahalanobis distances see only directions with variance."
        )
    return text


def narrower_sentences(ensemble: Ensemble) -> list[str]:
    """Return what fewer hidden units cost, if that was measured."""
    found = ensemble.circle and ensemble.circle["narrower"]
    if not found:
        return []
    few, many = found["hidden"]
    ratio = interval_text([found["ratio"][end] for end in ("low", "estimate", "high")])
    return [
        f"The source proposes to make networks as narrow as the plane. With {few} hidden units "
        f"for {many}, the held-out mean square error is {ratio} times as large (95 % interval over "
        f"{found['networks']} networks that draw rows alike)."
    ]
