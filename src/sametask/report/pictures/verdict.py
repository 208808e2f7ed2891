"""The figures of the evidence for a verdict, with what a reader should see in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import JudgedPair, Network, Report
from sametask.report.figures.agreement import agreement_over_line, agreement_over_points
from sametask.report.figures.style import network_colours
from sametask.report.figures.verdict import R2Row, direction_figure, null_figure, r2_figure
from sametask.report.pictures.picture import Picture, absent, line_inputs
from sametask.report.wording.controls import controls_of, is_alarming


def _r2_rows(pair: JudgedPair) -> Iterator[R2Row]:
    verdict = pair.verdict
    yield R2Row(f"{pair.a.name} and {pair.b.name}", verdict["r2"], "pair")
    if "r2_intrinsic" in verdict:
        yield R2Row("the same, intrinsic route", verdict["r2_intrinsic"], "route")
    for control in controls_of(pair):
        kind = "alarm" if is_alarming(pair, control) else "control"
        yield R2Row(control.label, control.facts.get("r2", {}), kind)


def r2_picture(pair: JudgedPair) -> Picture:
    """Draw how much each network explains of the other, beside the controls."""
    titles = {}
    for direction in DIRECTIONS:
        source, target = pair.ends(direction)
        titles[direction] = f"{source.name} explains {target.name}"
    rows, thresholds = list(_r2_rows(pair)), pair.verdict["thresholds"]
    kinds = {row.kind for row in rows}
    controlled = bool(kinds & {"control", "alarm"})
    controls = (
        " Controls replace the pairs by shuffled ones, or a network by another one that has not "
        "learned its task; shuffled pairs should be on the left."
    )
    alarming = " A red cross is a control that is as related as the pair."
    return Picture(
        f"{pair.name}-r2",
        "How much one network explains of the other",
        r2_figure(rows, titles, thresholds),
        "Held-out R² in both directions with bootstrap intervals, for the pair"
        + (" and its controls." if controlled else "."),
        "Bars: bootstrap intervals of the held-out R². A bar entirely in the shade reaches "
        f"“determined” ({thresholds['determined']:g}): the target can be computed from the source, "
        "unless it reacts to more changes of the input. Left of “related” "
        f"({thresholds['related']:g}): no function found. An arrow: worse than the target's mean."
        + (controls if controlled else "")
        + (alarming if "alarm" in kinds else ""),
    )


def common_directions(verdict: Mapping[str, Any]) -> int:
    """Return how many local directions can be compared: those of the smaller layer."""
    dimension = verdict["dimension"]
    return max(1, min(dimension["a"], dimension["b"]))


def _places(network: Network) -> tuple[np.ndarray, tuple[str, str]]:
    """Return where to draw samples (N, 2) that lie in no plane, and what the axes are.

    The first two diffusion coordinates of a network; without a diffusion map, the first two
    principal components of its activations.
    """
    vectors, what = network.coordinates, "coordinate"
    if vectors is None:
        samples, what = network.activations["fit/samples"], "principal component"
        left, singular, _ = np.linalg.svd(samples - samples.mean(axis=0), full_matrices=False)
        vectors = left * singular
    points = vectors[:, [0, min(1, vectors.shape[1] - 1)]]
    return points, (f"{network.name}: {what} 1", f"{network.name}: {what} 2")


def _agreement_figure(report: Report, pair: JudgedPair, correlations: np.ndarray) -> Figure:
    common, threshold = common_directions(pair.verdict), pair.verdict["thresholds"]["correlation"]
    if report.domain == "line":
        trained = {
            name: ends
            for name, ends in report.trained.items()
            if name in (pair.a.name, pair.b.name)
        }
        inputs = line_inputs(report.samples, "fit")
        return agreement_over_line(inputs, correlations, common, threshold, trained, report.axes[0])
    if report.domain == "plane":
        points, labels = report.samples["fit/inputs"], tuple(report.axes)
    else:
        points, labels = _places(pair.a)
    return agreement_over_points(points, correlations, common, threshold, labels)


def agreement_picture(report: Report, pair: JudgedPair) -> Picture:
    """Draw where two networks react to the same small changes of the input."""
    correlations, verdict = pair.evidence["local_correlations"], pair.verdict
    dimension, common = verdict["dimension"], common_directions(verdict)
    more = ""
    if not min(dimension["a"], dimension["b"]):
        more = " A layer without local directions has nothing to compare; it is drawn at 0."
    elif dimension["a"] != dimension["b"]:
        more = (
            f" The layers have {dimension['a']} and {dimension['b']} local directions; only "
            f"{common} can be compared, and the smallest of these {common} is drawn."
        )
    if correlations.shape[1] > 1:
        more += " “All directions”: median and middle 90 % of each."
    return Picture(
        f"{pair.name}-agreement",
        "Where the networks agree",
        _agreement_figure(report, pair, correlations),
        f"Smallest local canonical correlation of {pair.a.name} and {pair.b.name} by sample.",
        "For every fit sample: the smallest canonical correlation between the responses of both "
        "layers to the same perturbations of the input. 1: both react to the same changes; 0: one "
        "of them reacts to a change that the other ignores. The dashed line is the threshold from "
        f"which a direction counts as shared.{more}",
    )


def null_picture(pair: JudgedPair) -> Picture:
    """Draw the residual of the rotated coordinates against chance."""
    name, title = f"{pair.name}-null", "Is the alignment more than chance?"
    if "procrustes" not in pair.verdict:
        return absent(name, title, "an alignment needs the diffusion coordinates of both networks.")
    facts, names = pair.verdict["procrustes"], (pair.a.name, pair.b.name)
    null = pair.evidence["null_residuals"]
    return Picture(
        name,
        title,
        null_figure(null, facts["residual"], facts["null_quantile_01"], names),
        "Histogram of residuals under shuffled pairings, with the residual of the true pairing.",
        "Mean-square difference of the two networks' coordinates after the rotation, on held-out "
        "samples: for the true pairing (orange) and for shuffled pairings (grey). Good: near 0 and "
        "far left of all grey bars. Bad: among the grey bars. Left of them but far from 0: the "
        "coordinates are related, but not by a rotation.",
    )


def direction_picture(report: Report, pair: JudgedPair) -> Picture:
    """Draw how many directions each layer has locally."""
    verdict, share = pair.verdict, pair.verdict["thresholds"]["share"]
    names = {"a": pair.a.name, "b": pair.b.name}
    spectra = {name: pair.evidence[f"spectrum/{side}"] for side, name in names.items()}
    dimension = {name: verdict["dimension"][side] for side, name in names.items()}
    colours = network_colours(report.networks)
    a, b = dimension.values()
    joint = verdict["dimension"].get("joint")
    both = (
        f", and {joint} in both layers together, of which {a + b - joint} are shared. One layer "
        "can be a function of the other only if it adds no direction to it."
        if joint is not None
        else ". The two were perturbed apart, so that it is not known which they share."
    )
    return Picture(
        f"{pair.name}-directions",
        "How many directions each layer has",
        direction_figure(spectra, dimension, share, colours),
        f"Local directions of {names['a']} and {names['b']} and the threshold that counts them.",
        "Variance of every local direction as a share of the leading one's; median over the fit "
        f"samples. Directions above the dashed line count: {a} in {names['a']}, {b} in "
        f"{names['b']}{both}",
    )


def verdict_pictures(report: Report, pair: JudgedPair) -> Iterator[Picture]:
    """Draw the evidence for a pair's verdict."""
    yield r2_picture(pair)
    if "local_correlations" in pair.evidence:
        yield agreement_picture(report, pair)
    yield direction_picture(report, pair)
    yield null_picture(pair)
