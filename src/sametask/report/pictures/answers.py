"""Pictures of outputs that can be seen: vector fields, and films."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import Pair, Report
from sametask.report.data.names import Names, with_unit
from sametask.report.figures.domains.field import field_error_figure, field_figure
from sametask.report.figures.domains.film import animation, film_strip
from sametask.report.pictures.picture import Picture
from sametask.report.wording.numbers import listed

# Stills of a strip, and frames of a film, evenly spread over the first axis of the domain.
STILLS, FRAMES, PACE = 8, 40, 10
ARROWS = (
    "Colour: length of the vector. Arrows are as long as the square root of this length, on one "
    "scale in all panels. "
)


def _answers_vectors(answers: np.ndarray) -> bool:
    return answers.shape[1:] == (2,)


def _plane(report: Report) -> tuple[str, str]:
    """Return the labels of both axes of a plane."""
    first, second = report.axes
    return first, second


def _vector(names: Names) -> str:
    """Return what an output of the plane is, with its unit."""
    return with_unit(f"{names.output} vector", names.unit)


def field_picture(report: Report) -> Picture:
    """Draw the vector fields that networks learned."""
    answers = {
        name: network.activations["test/outputs"] for name, network in report.networks.items()
    }
    fields = {name: values for name, values in answers.items() if _answers_vectors(values)}
    return Picture(
        "fields",
        "The vector fields that the networks learned",
        field_figure(report.samples["test/inputs"], fields, _plane(report), _vector(report.names)),
        f"Arrows in the plane of the inputs: the outputs of {listed(list(fields))}.",
        f"Outputs of each network at the held-out inputs. {ARROWS}Networks may have different "
        "output coordinates: their layers are compared, not their arrows.",
    )


def field_pictures(report: Report, pair: Pair) -> Iterator[Picture]:
    """Draw each target's own field, the stitched one, and the distance between them."""
    fields: dict[str, np.ndarray] = {}
    errors: dict[str, np.ndarray] = {}
    for direction in DIRECTIONS:
        _, target = pair.ends(direction)
        answers = target.activations["test/outputs"]
        if not _answers_vectors(answers):
            continue
        stitched = pair.evaluation[f"intrinsic/{direction}/outputs"]
        fields |= {f"{target.name}, own": answers, pair.arrow(direction): stitched}
        errors[pair.arrow(direction)] = np.linalg.norm(stitched - answers, axis=1)
    if not fields:
        return
    places, name = report.samples["test/inputs"], pair.name
    yield Picture(
        f"{name}-fields",
        "Fields of the stitched networks",
        field_figure(places, fields, _plane(report), _vector(pair.names)),
        f"Arrows in the plane: own and stitched fields of {pair.a.name} and {pair.b.name}.",
        "Each network's own field, and beside it the field of the network that is stitched by the "
        f"intrinsic route. {ARROWS}Good: both fields of a target look the same.",
    )
    yield Picture(
        f"{name}-field-errors",
        "Errors of the stitched fields",
        field_error_figure(places, errors, _plane(report), pair.names.unit),
        "Distance between stitched and own vectors over the plane of the inputs.",
        "Distance between the stitched vector and the target's own vector at every held-out input, "
        f"for the intrinsic route (in {pair.names.unit or 'output units'}, logarithmic scale). "
        "Errors are usually largest at "
        "the edge of the domain, because there are no samples beyond it.",
    )


def _frames(report: Report, count: int) -> np.ndarray:
    """Return the test samples (count,) of a film, in steps along the first axis of the domain.

    On the other axes, they are as near to the median as possible.
    """
    points = report.samples["test/inputs"]
    if points.ndim > 2 or report.domain not in ("line", "plane"):
        return np.arange(min(count, len(points)))
    first, others = points[:, 0], points[:, 1:]
    # Without the end, which on a circle is the beginning.
    positions = np.linspace(first.min(), first.max(), count, endpoint=False)
    squares = ((others - np.median(others, axis=0)) / (np.ptp(others, axis=0) + 1e-300)) ** 2
    aside, reach = squares.sum(axis=1), np.ptp(first) + 1e-300
    nearest = [np.argmin(((first - position) / reach) ** 2 + aside) for position in positions]
    return np.array(nearest)


def _rows(pair: Pair, direction: str, places: np.ndarray) -> dict[str, np.ndarray]:
    """Return images (s, h, w): what the target sees, its own answer, and the stitched answer."""
    source, target = pair.ends(direction)
    seen = [end.activations["test/seen"] for end in (source, target)]
    apart = {f"{source.name} sees": seen[0], f"{target.name} sees": seen[1]}
    rows = {"both see": seen[1]} if np.array_equal(seen[0], seen[1]) else apart
    rows |= {
        f"{target.name}'s own answer": target.activations["test/outputs"],
        pair.arrow(direction): pair.evaluation[f"intrinsic/{direction}/outputs"],
    }
    return {name: images[places, 0] for name, images in rows.items()}


def film_pictures(report: Report, pair: Pair, direction: str) -> Iterator[Picture]:
    """Show what a target puts out for its own input and for the source's activations."""
    source, target = pair.ends(direction)
    stills, frames = (_frames(report, count) for count in (STILLS, FRAMES))
    angles = report.samples["test/inputs"][stills, 0]
    radians = report.axes[0].endswith("(rad)")
    labels = [f"{np.degrees(angle):.0f}°" if radians else f"{angle:.2g}" for angle in angles]
    name = f"{source.name}-to-{target.name}"
    words = (
        f"{target.name} draws the held-out pictures from its own activations, and from those of "
        f"{source.name} by the intrinsic route. Good: the last two look the same."
    )
    yield Picture(
        f"{name}-strip",
        f"Pictures from {source.name} through {target.name}",
        film_strip(_rows(pair, direction, stills), labels),
        f"Rows of pictures: seen by both, drawn by {target.name}, and drawn from {source.name}.",
        words,
    )
    yield Picture(
        f"{name}-film",
        "The same, moving",
        animation(_rows(pair, direction, frames), PACE),
        f"Film of pictures seen, drawn by {target.name}, and drawn from {source.name}.",
        words,
    )


def answer_pictures(report: Report, pair: Pair) -> Iterator[Picture]:
    """Draw the outputs of a pair, where they are vector fields or images."""
    if report.fields:
        yield from field_pictures(report, pair)
    if report.films:
        for direction in DIRECTIONS:
            yield from film_pictures(report, pair, direction)
