"""The figures of a match and of its study, with what a reader should see in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import Network, Report
from sametask.report.data.match import MatchedPair
from sametask.report.figures.match import Match, match_figure, place_figure
from sametask.report.figures.network import Colouring
from sametask.report.figures.study import TOP, crossover, drawn_maps, study_figure
from sametask.report.pictures.picture import Picture, fit_colourings
from sametask.report.wording.match import study_sentence
from sametask.report.wording.numbers import listed


def _ahead(pair: MatchedPair, ours: str) -> str:
    """Say from how many shared inputs on direct_rbf has a smaller error than a map of ours."""
    counts, maps = pair.studied.attributes["counts"], pair.studied.attributes["maps"]
    if not {ours, "direct_rbf"} <= set(maps):
        return ""
    crossings = []
    our_errors, their_errors = (pair.study_errors(name) for name in (ours, "direct_rbf"))
    for direction in DIRECTIONS:
        source, target = (end.name for end in pair.ends(direction))
        begins = crossover(counts, our_errors[direction], their_errors[direction])
        if begins is not None:
            crossings.append(f"{source} → {target} from {begins:,} shared inputs on")
    if not crossings:
        return f" direct_rbf is ahead of {ours} for none of these numbers."
    return f" direct_rbf is ahead of {ours}: {listed(crossings)}."


def study_picture(pair: MatchedPair) -> Picture:
    """Draw held-out errors against the number of shared inputs."""
    facts, titles = pair.studied.attributes, {}
    maps = drawn_maps(facts["maps"])
    errors = {name: pair.study_errors(name) for name in maps}
    for direction in DIRECTIONS:
        titles[pair.arrow(direction)] = {name: errors[name][direction] for name in maps}
    beyond = any((values > TOP).any() for both in errors.values() for values in both.values())
    left_out = [name for name in facts["maps"] if name not in maps]
    ahead = "".join(_ahead(pair, ours) for ours in ("intrinsic", "dense_direct_rbf"))
    return Picture(
        f"{pair.name}-study",
        "How many inputs have to be shared",
        study_figure(facts["counts"], titles, pair.studied["found"], pair.anchors),
        f"Held-out relative errors of {listed(maps)} over the number of shared inputs, in both "
        "directions, and the share of choices in which a match was found.",
        "Lines: median over "
        f"{facts['choices']} random choices of the shared inputs; bands and bars: the middle 80 %. "
        "An error of 1 is that of the mean. A baseline has a point wherever it can be fitted, our "
        f"maps have one where a match was found (lower panels).{ahead} {study_sentence(pair)}"
        + (f" Errors above {TOP:g} are drawn at {TOP:g}." if beyond else "")
        + (f" Not drawn: {listed(left_out)}." if left_out else ""),
    )


def _first_two(coordinates: np.ndarray) -> np.ndarray:
    return coordinates[:, [0, min(1, coordinates.shape[1] - 1)]]


def _colourings(report: Report) -> dict[str, Colouring]:
    """Return classes or positions; the first coordinate of each network for all other inputs."""
    given = fit_colourings(report)
    if report.domain in ("line", "plane") or next(iter(given.values())).discrete:
        return given
    return {
        name: Colouring(
            network.diffusion["eigenvectors"][:, 0], "coordinate 1 of the source", False
        )
        for name, network in report.networks.items()
    }


def _match(pair: MatchedPair, direction: str, colour: Colouring) -> Match:
    source, target = pair.ends(direction)
    return Match(
        names=(source.name, target.name),
        source=_first_two(source.diffusion["eigenvectors"]),
        places=_first_two(pair.places(direction)),
        target=_first_two(target.diffusion["eigenvectors"]),
        anchors=pair.anchors,
        colouring=colour,
    )


def match_picture(report: Report, pair: MatchedPair) -> Picture:
    """Draw every sample at its place in the other network."""
    colours = _colourings(report)
    a, b = pair.a.name, pair.b.name
    scale = np.concatenate([colours[name].values for name in (a, b)])
    matches = [
        _match(pair, way, replace(colours[pair.ends(way)[0].name], scale=scale))
        for way in DIRECTIONS
    ]
    rings = "Rings: shared inputs, at each network's own coordinates; numbered if they are few. "
    return Picture(
        f"{pair.name}-matched",
        "Matched samples",
        match_figure(matches),
        f"Diffusion coordinates of {a} and {b}: samples of each, and their places in the other, "
        "in the same colours.",
        "Left: the fit samples of a network. Right, in the same colours: the places found for them "
        "in the other network. Circles are the other network's own samples, which are different "
        f"inputs. {rings if pair.anchors else ''}Good: the colours change as smoothly on the right "
        "as on the left, dots and circles cover the same region, and the shapes differ only by a "
        "rotation or a reflection. Bad: patches of colour, or circles without dots near them.",
    )


def _inputs(network: Network) -> np.ndarray:
    return network.samples["fit/inputs"]


def place_picture(report: Report, pair: MatchedPair) -> Picture:
    """Draw the inputs beside the matched places over the samples' own inputs."""
    inputs = {}
    for direction in DIRECTIONS:
        source, target = pair.ends(direction)
        met = _inputs(target)[pair.nearest(direction)]
        inputs[source.name, target.name] = _inputs(source), met
    return Picture(
        f"{pair.name}-places",
        "Which inputs were matched",
        place_figure(inputs, report.axes),
        f"Inputs of the samples nearest to the matched places, of {pair.a.name} and {pair.b.name}.",
        "For every fit sample of the source: its own input (horizontal), and the input of the "
        "target's sample nearest to its place (vertical). The search for a match does not use the "
        "inputs. Dashed: both inputs are equal. Good: a thin line along the dashed one. It is as "
        "wide as the spacing of samples, because the networks have different samples. Bad: another "
        "line, which is a symmetry of the domain, or a cloud.",
    )


def match_pictures(report: Report, pair: MatchedPair) -> Iterator[Picture]:
    """Draw the study, the match, and the matched inputs, as far as there are any."""
    if pair.study:
        yield study_picture(pair)
    if pair.routed:
        yield match_picture(report, pair)
        if report.domain in ("line", "plane"):
            yield place_picture(report, pair)
