"""The figures of a pair, with what a reader should see in each."""

from __future__ import annotations

from collections.abc import Iterator

from sametask.base.classes import chosen_classes
from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import Pair, Report
from sametask.report.figures.domains import line
from sametask.report.figures.domains.plane import coordinates_over_plane, disagreement_figure
from sametask.report.figures.pair import error_figure, rotated_figure
from sametask.report.figures.style import network_colours
from sametask.report.pictures.answers import answer_pictures
from sametask.report.pictures.picture import Picture, absent, colouring, line_inputs
from sametask.report.wording.pair import best_map, disagreement_sentence


def rotated_pictures(report: Report, pair: Pair) -> Iterator[Picture]:
    """Draw a's rotated coordinates against b's own, and over the domain where there is one."""
    rotated, target = pair.coordinates("a_to_b")
    names = pair.a.name, pair.b.name
    figures = {"rotated": rotated_figure(rotated, target, names, colouring(report, pair.a, "test"))}
    if report.domain == "line":
        colours = network_colours(report.networks)
        figures["rotated-over-input"] = line.rotated_over_line(
            line_inputs(report.samples, "test"), rotated, target, names, colours, report.axes[0]
        )
    elif report.domain == "plane":
        both = {f"{names[0]}, rotated": rotated, f"{names[1]}, own": target}
        figures["rotated-over-input"] = coordinates_over_plane(
            dict.fromkeys(both, report.samples["test/inputs"]), both, report.axes
        )
    captions = {
        "rotated": "Held-out samples. Good: all points on the dashed diagonal. Bad: a cloud. Then "
        "no rotation takes one network's coordinates to the other's.",
        "rotated-over-input": "Held-out samples over their inputs. Good: both look the same on "
        "the whole domain. Bad: parts of the domain in which they differ.",
    }
    titles = {"rotated": "Rotated coordinates", "rotated-over-input": "The same, over the input"}
    for name, figure in figures.items():
        alt = f"Coordinates of {names[0]}, rotated, compared with those of {names[1]}."
        yield Picture(f"{pair.name}-{name}", titles[name], figure, alt, captions[name])


def error_picture(pair: Pair) -> Picture:
    """Draw the output errors of all maps."""
    errors, name, title = {}, f"{pair.name}-errors", "Errors of the maps"
    stitched = [direction for direction in DIRECTIONS if not pair.read_only(direction)]
    if not stitched:
        return absent(name, title, "both layers are only read: there is no stitched network.")
    for direction in stitched:
        errors[pair.arrow(direction)] = pair.output_errors(direction)
    if not all(errors.values()):
        return absent(name, title, "no stitched network has finite outputs for all samples.")
    return Picture(
        name,
        title,
        error_figure(errors, pair.names.output, pair.names.squared),
        "Distribution of the held-out output errors of every map in both directions.",
        "Mean-square difference between the outputs of the stitched network and of the target, for "
        "each held-out sample: median, middle half (box), and middle 90 % (whiskers). Smaller is "
        "better. Bad: a map that overlaps with the map “mean”, which does not use the source.",
    )


def _way(pair: Pair, direction: str) -> line.Way:
    source, target = pair.ends(direction)
    read, place = pair.evaluation, f"intrinsic/{direction}"
    rotated, own_coordinates = pair.coordinates(direction)
    return line.Way(
        source=source.activations["test/samples"],
        coordinates=read[f"{place}/encoder"],
        rotated=rotated,
        own_coordinates=own_coordinates,
        mapped=read[f"{place}/layers"],
        own_activations=target.activations["test/layers"],
        stitched=read[f"{place}/outputs"],
        own_outputs=target.activations["test/outputs"],
    )


def way_picture(report: Report, pair: Pair, direction: str) -> Picture:
    """Draw the test samples at each step of the intrinsic route."""
    source, target = pair.ends(direction)
    names, colours = (source.name, target.name), network_colours(report.networks)
    inputs, way = line_inputs(report.samples, "test"), _way(pair, direction)
    figure = line.way_figure(inputs, way, names, colours, report.axes[0], pair.names.output_label)
    return Picture(
        f"{names[0]}-to-{names[1]}-way",
        f"The intrinsic route from {names[0]} to {names[1]}",
        figure,
        f"Five steps of the intrinsic route from {names[0]} to {names[1]}, for the test inputs.",
        f"The intrinsic route for the held-out inputs: activations of {names[0]} (1), its first "
        f"coordinates (2), rotated to those of {names[1]} (3), mapped to the activations of "
        f"{names[1]} (4), and the output of the rest of {names[1]} (5). Wide pale lines: "
        f"{names[1]} itself. Good: dashed lines inside the pale ones. Bad: a step from which on "
        "they differ.",
    )


def disagreement_pictures(report: Report, pair: Pair, direction: str) -> Iterator[Picture]:
    """Show images on which a stitched network and the target disagree."""
    if pair.read_only(direction):
        return
    source, target = pair.ends(direction)
    own = target.activations["test/outputs"]
    targets = chosen_classes(own)
    drawn = dict.fromkeys(["intrinsic"] * pair.routed + [best_map(pair.metrics(direction))])
    maps = [name for name in drawn if name not in pair.broken(direction)]
    stitched = {
        name: chosen_classes(pair.evaluation[f"{name}/{direction}/outputs"], own) for name in maps
    }
    counts = {name: int((classes != targets).sum()) for name, classes in stitched.items()}
    if not any(counts.values()):
        return
    images = report.samples["test/inputs"]
    images = images.reshape(len(images), *images.shape[-2:])
    yield Picture(
        f"{source.name}-to-{target.name}-disagreements",
        f"Where {pair.arrow(direction)} disagrees with {target.name}",
        disagreement_figure(images, targets, stitched, pair.names.classes),
        f"Test images on which the stitched network's class differs from that of {target.name}.",
        disagreement_sentence(target.name, counts, len(targets))
        + f" Above each image, the class by {target.name} → the class by the stitched network; at "
        "most twelve are shown. Good: few images, which are ambiguous for a person, too.",
    )


def route_pictures(report: Report, pair: Pair) -> Iterator[Picture]:
    """Draw the intrinsic route."""
    yield from rotated_pictures(report, pair)
    unanswered = (pair.read_only(way) or "intrinsic" in pair.broken(way) for way in DIRECTIONS)
    if any(unanswered):
        why = "the intrinsic route leads to outputs that are not finite; the warnings say where."
        yield absent(f"{pair.name}-answers", "Answers of the stitched networks", why)
        return
    for direction in DIRECTIONS:
        if report.domain == "line" and not report.films:
            yield way_picture(report, pair, direction)
    yield from answer_pictures(report, pair)


def pair_pictures(report: Report, pair: Pair) -> Iterator[Picture]:
    """Draw what belongs to a pair."""
    if pair.routed:
        yield from route_pictures(report, pair)
    elif pair.unrouted:
        title = "Rotated coordinates, and the way through them"
        why = f"there is no intrinsic map between {pair.a.name} and {pair.b.name}. {pair.unrouted}"
        yield absent(f"{pair.name}-rotated", title, why)
    yield error_picture(pair)
    for direction in DIRECTIONS:
        if report.domain == "images" and report.classifies:
            yield from disagreement_pictures(report, pair, direction)
