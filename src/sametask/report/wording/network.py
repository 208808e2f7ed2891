"""What a reader should know about a network before using a map of it."""

from __future__ import annotations

import math

import numpy as np

from sametask.activations.slices import describe_unpaired
from sametask.config.sections.sample_sections import DATA, INSIDE, NOISE
from sametask.report.data.experiment import Network
from sametask.report.wording.numbers import listed, share

# A coordinate separates one sample from all others if that sample has this share of its energy.
LONELY = 0.5


def network_warnings(network: Network) -> list[str]:
    """Return what a reader should know about a network before using a map of it."""
    facts = network.activations.attributes
    warnings = [_unmade(network)] if network.diffusion.failed else []
    warnings += _subset(network)
    if "unpaired" in facts:
        warnings.append(f"{network.name}: {describe_unpaired(facts)}.")
    constant, duplicates = facts["constant_neurons"], facts["duplicate_samples"]
    if constant:
        shown = listed([str(neuron) for neuron in constant[:8]])
        more = " and others" if len(constant) > 8 else ""
        warnings.append(
            f"{network.name}: {len(constant)} of {_read(network):,} measured neurons never change "
            f"({shown}{more}). They carry no information; a map to them only repeats a constant."
        )
    if duplicates:
        warnings.append(
            f"{network.name}: {duplicates} fit samples have exactly the activations of an "
            "earlier one. The layer does not distinguish these inputs, so no map from it can."
        )
    return warnings + _spent(network)


def _total(network: Network) -> int:
    """Return the number of neurons of all measured layers, at one step."""
    return sum(math.prod(shape) for shape in network.layout["shapes"])


def _read(network: Network) -> int:
    """Return the number of measured neurons of a row, or of those that components are made of."""
    return len(network.layout["neurons"]) * (network.layout.get("per_sample") or 1)


def measured_words(network: Network) -> str:
    """Return what is measured: neurons, some of the neurons, or components of them."""
    layout, total = network.layout, _total(network)
    text = f"{len(layout['neurons']):,} neurons"
    if "components" in layout:
        count, held = layout["components"]["count"], share(layout["components"]["held"])
        what = "component that holds" if count == 1 else "components that hold"
        text = f"{count:,} {what} {held} of the variance of {total:,} neurons"
    elif len(layout["neurons"]) < total:
        text = f"{len(layout['neurons']):,} of {total:,} neurons"
    elif total == 1:
        text = "1 neuron"
    steps = layout.get("per_sample") or 1
    return f"{text}, at each of {steps} steps" if steps > 1 else text


def perturbation_kind(along: str) -> str:
    """Return how inputs are perturbed: ``noise``, ``data``, or a function of the user."""
    kinds = {
        NOISE: "white noise on the inputs",
        DATA: "along the data",
        INSIDE: "white noise inside each network, where its section says",
    }
    return kinds.get(along, f"by {along}")


def _subset(network: Network) -> list[str]:
    """Return a warning if neurons are left out: other neurons may hold something else."""
    if "components" in network.layout or len(network.layout["neurons"]) == _total(network):
        return []
    return [
        f"{network.name}: {measured_words(network)} are measured, and the evidence is on these. "
        "Another choice is another object; networks.*.neurons: auto measures the whole layer."
    ]


def _unmade(network: Network) -> str:
    """Say that a network has no diffusion map, and why."""
    what = "local geometry and no diffusion map" if network.geometry.failed else "diffusion map"
    return (
        f"There is no {what} of {network.name} ({network.diffusion.failed}). Results that need "
        "its coordinates are left out of this page; all others are valid."
    )


def _spent(network: Network) -> list[str]:
    """Return a warning if coordinates only separate single samples from all others."""
    vectors = network.coordinates
    if vectors is None:
        return []
    energy = (vectors**2).sum(axis=0)
    largest = (vectors**2).max(axis=0) / np.where(energy > 0, energy, 1.0)
    alone = np.flatnonzero(largest > LONELY) + 1
    if not len(alone):
        return []
    which = listed([str(place) for place in alone[:8]]) + (" and others" if len(alone) > 8 else "")
    return [
        f"{network.name}: {len(alone)} of {vectors.shape[1]} diffusion coordinates (number "
        f"{which}) have more than half of their energy in one sample. Such a coordinate "
        "separates an outlier from all other samples and says little about these; other "
        "networks need not share it. A larger bandwidth may avoid this."
    ]
