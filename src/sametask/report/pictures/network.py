"""The figures of single networks, with what a reader should see in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sametask.report.data.experiment import Network, Report
from sametask.report.figures.domains import line
from sametask.report.figures.domains.plane import coordinates_over_plane
from sametask.report.figures.network import coordinate_figure, eigenvalue_figure, spectrum_figure
from sametask.report.figures.reconstruction import reconstruction_figure
from sametask.report.figures.style import network_colours
from sametask.report.pictures.answers import field_picture
from sametask.report.pictures.picture import Picture, absent, fit_colourings, line_inputs
from sametask.report.wording.numbers import listed
from sametask.storage.store import Store

WHAT = {"input": "of its input", "output": "of its output"}
# Errors below this are round-off.
FLOOR = 1e-16
FOLLOWED = (
    "Outputs of each network, and the true function, on the test inputs. Good: a network follows "
    "the wide grey line where it was trained."
)
PUT_OUT = "Outputs of each network on the test inputs."
SAID = " The class is that of the largest output; a single output above 0 means {0}."
UNTRAINED = " Outside the shaded part outputs are arbitrary; the maps must reproduce these, too."
ONE_DIRECTION = (
    "The local covariances have a single direction, so there is no rank to choose. Dot: median "
    "over the samples; bar: the middle 90 % of them. Bad: a bar that reaches down to round-off "
    "(about 1e-16 of its top), where the network does not react to its input."
)
DIRECTIONS_KEPT = (
    "Median over the samples, and the middle 90 % of them. Directions left of the dashed line are "
    "kept. Good: a drop at the line. Bad: an even slope, where the rank is arbitrary, or a spread "
    "so wide that only some of the samples have a drop at the line."
)


def _truth(report: Report, outputs: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """Return the true values of all outputs; ``None`` for class labels and other shapes."""
    if report.classifies or "test/targets" not in report.samples:
        return None
    truth = report.samples["test/targets"]
    return truth if all(truth.size == values.size for values in outputs.values()) else None


def function_picture(report: Report) -> Picture:
    """Draw what the networks learned, over the whole of a one-dimensional domain."""
    outputs = {
        name: network.activations["test/outputs"] for name, network in report.networks.items()
    }
    truth, output = _truth(report, outputs), report.names.output_label
    inputs, said = line_inputs(report.samples, "test"), SAID.format(report.names.class_words(1))
    trained = {name: ends for name, ends in report.trained.items() if name in outputs}
    beyond = any(ends[0] > inputs.min() or ends[1] < inputs.max() for ends in trained.values())
    return Picture(
        "functions",
        "What the networks learned",
        line.function_figure(inputs, truth, outputs, trained, report.axes[0], output),
        f"Outputs of {listed(list(outputs))} over the input"
        + (", and their distance from the truth." if truth is not None else "."),
        (FOLLOWED if truth is not None else PUT_OUT + said * report.classifies)
        + (UNTRAINED if beyond else ""),
    )


def _line_inputs(report: Report) -> dict[str, np.ndarray]:
    """Return every network's fit inputs (N,), of a one-dimensional domain."""
    return {name: line_inputs(network.samples, "fit") for name, network in report.networks.items()}


def activation_picture(report: Report) -> Picture:
    """Draw activations of samples and perturbations over a one-dimensional domain."""
    networks = report.networks.items()
    activations = {name: network.activations["fit/samples"] for name, network in networks}
    spreads = {name: network.spread for name, network in networks}
    return Picture(
        "activations",
        "Activations of samples and of their perturbations",
        line.activation_figure(_line_inputs(report), activations, spreads, report.axes[0]),
        f"Measured activations of {listed(list(activations))} over the input, and their spread.",
        "Upper panels: every measured neuron or component over the input. The band around a line "
        "contains the middle 90 % of the perturbations of each sample; good: it is narrow. Lower "
        "panels: standard deviation of these perturbations. Bad: an input at which it drops to "
        "zero for all lines of a network. There the network does not react to small changes, and "
        "its metric is not defined.",
    )


def spectrum_picture(report: Report) -> Picture:
    """Draw local spectra of all networks."""
    networks = {
        name: network for name, network in report.networks.items() if not network.geometry.failed
    }
    title = "Local spectrum"
    if not networks:
        return absent("spectrum", title, "no network has a local geometry; the warnings say why.")
    spectra = {name: network.geometry["spectrum"] for name, network in networks.items()}
    ranks = {name: network.rank for name, network in networks.items()}
    chosen = listed([f"{rank} for {name}" for name, rank in ranks.items()])
    single = all(spectrum.shape[1] == 1 for spectrum in spectra.values())
    return Picture(
        "spectrum",
        title,
        spectrum_figure(spectra, ranks, network_colours(report.networks)),
        f"Eigenvalues of the local covariances by direction; chosen rank: {chosen}.",
        (ONE_DIRECTION if single else DIRECTIONS_KEPT) + _without(report, networks),
    )


def _without(report: Report, drawn: Mapping[str, Any]) -> str:
    """Say which networks are not in a figure."""
    others = [name for name in report.networks if name not in drawn]
    return f" Not drawn: {listed(others)}; the warnings say why." if others else ""


def eigenvalue_picture(report: Report, embedded: Mapping[str, Network]) -> Picture:
    """Draw the diffusion eigenvalues of the networks that have a diffusion map."""
    values = {name: network.diffusion["eigenvalues"] for name, network in embedded.items()}
    widths = {name: network.diffusion.attributes["bandwidth"] for name, network in embedded.items()}
    return Picture(
        "eigenvalues",
        "Diffusion eigenvalues",
        eigenvalue_figure(values, widths, network_colours(report.networks)),
        f"Diffusion eigenvalues and decay rates of {listed(list(values))}.",
        "Networks with the same intrinsic geometry have the same decay rates (right), whatever "
        "their bandwidths. Bad: curves that separate, or several eigenvalues of almost the same "
        "size, because their coordinates are determined only up to a rotation."
        + _without(report, embedded),
    )


def coordinate_picture(report: Report, coordinates: Mapping[str, np.ndarray]) -> Picture:
    """Scatter the coordinates (N, k) of networks."""
    colours = fit_colourings(report)
    label = next(iter(colours.values())).label
    return Picture(
        "coordinates",
        "Diffusion coordinates",
        coordinate_figure(coordinates, colours),
        f"Diffusion coordinates of {listed(list(coordinates))}, coloured by {label}.",
        f"Every point is a fit sample, coloured by {label}. Networks that see the same "
        "geometry have the same shapes, up to a rotation or a reflection. Bad: coordinates that "
        "only separate a few outliers. Points far outside are drawn at the edge of the panel."
        + _without(report, coordinates),
    )


def over_domain_pictures(
    report: Report, coordinates: Mapping[str, np.ndarray]
) -> Iterator[Picture]:
    """Draw the coordinates (N, k) over a domain of one or two dimensions."""
    words = (
        f"The first coordinates of {listed(list(coordinates))} over the inputs.",
        "The first coordinates of the fit samples, before any rotation. Good: smooth. Signs may "
        "differ between networks. Bad: jumps, or parts where a coordinate is flat.",
    )
    if report.domain == "line":
        inputs, colours = _line_inputs(report), network_colours(report.networks)
        figure = line.coordinates_over_line(inputs, coordinates, colours, report.axes[0])
    elif report.domain == "plane":
        inputs = {name: network.samples["fit/inputs"] for name, network in report.networks.items()}
        figure = coordinates_over_plane(inputs, coordinates, report.axes)
    else:
        return
    yield Picture("coordinates-over-input", "Coordinates over the input", figure, *words)


def embedding_pictures(report: Report) -> Iterator[Picture]:
    """Draw what belongs to the diffusion maps of the networks that have one."""
    embedded = {
        name: network for name, network in report.networks.items() if not network.diffusion.failed
    }
    if not embedded:
        why = "no network has a diffusion map; the warnings say why."
        yield absent("coordinates", "Diffusion coordinates and eigenvalues", why)
        return
    coordinates = {name: network.diffusion["eigenvectors"] for name, network in embedded.items()}
    yield coordinate_picture(report, coordinates)
    yield from over_domain_pictures(report, coordinates)
    yield eigenvalue_picture(report, embedded)


def _curves(reconstruction: Store) -> dict[str, np.ndarray]:
    """Return the errors (choices, k) of what was reconstructed, input or output, if it varies."""
    errors_of = {kind: reconstruction.get(f"{kind}/errors") for kind in ("input", "output")}
    return {kind: errors.clip(FLOOR) for kind, errors in errors_of.items() if errors is not None}


def reconstruction_picture(report: Report) -> Picture:
    """Draw how well inputs and outputs are reconstructed from few neurons."""
    reconstructions = {
        name: network.reconstruction
        for name, network in report.networks.items()
        if network.reconstruction
    }
    curves = {
        name: network_curves
        for name, reconstruction in reconstructions.items()
        if (network_curves := _curves(reconstruction))
    }
    name, title = "reconstruction", "How many neurons it takes"
    if not curves:
        return absent(name, title, "inputs and outputs are the same for all held-out samples.")
    facts = next(iter(reconstructions.values())).attributes
    choices = max(len(errors) for both in curves.values() for errors in both.values())
    kinds = [text for what, text in WHAT.items() if any(what in drawn for drawn in curves.values())]
    return Picture(
        name,
        title,
        reconstruction_figure(curves, facts["required"], facts["dimension"]),
        f"Errors of reconstructions from k neurons of {listed(list(curves))}, over k.",
        f"Reconstruction {' and '.join(kinds)} from k of a network's measured neurons, by splines, "
        "for held-out samples. Lines and bands: median and middle 80 % of "
        f"{choices} random choices of neurons. An error of 1 is that of the mean. Good: the error "
        "has fallen at the dashed line, where almost every choice of 2d + 1 neurons keeps all "
        "inputs apart. Bad: a plateau on the right: the layer itself has lost its input.",
    )


def network_pictures(report: Report) -> Iterator[Picture]:
    """Draw what belongs to single networks."""
    if report.domain == "line":
        if not report.films:
            yield function_picture(report)
        yield activation_picture(report)
    if report.fields:
        yield field_picture(report)
    if any(network.reconstruction for network in report.networks.values()):
        yield reconstruction_picture(report)
    yield spectrum_picture(report)
    yield from embedding_pictures(report)
