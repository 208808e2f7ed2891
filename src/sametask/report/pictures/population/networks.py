"""The networks of a population: what they learn, how their weights look, how right they become."""

from __future__ import annotations

from math import isqrt

import numpy as np

from sametask.report.data.population import Studied
from sametask.report.figures.population.training import draw_learning
from sametask.report.figures.population.weights import draw_images, draw_network
from sametask.report.pictures.picture import Picture
from sametask.report.pictures.population.drawn_weights import Filters, ranked
from sametask.report.wording.population import heading, property_words

# Images of the figure, and times at which a network is drawn.
IMAGES, TIMES = 8, 3


def images_picture(studied: Studied) -> Picture | None:
    """Show some of the images that networks learn; ``None`` if they are not known, or no images."""
    if studied.images is None or not len(studied.images):
        return None
    count, pixels = studied.images.shape
    if isqrt(pixels) ** 2 != pixels:
        return None
    chosen = np.linspace(0, count - 1, min(IMAGES, count)).round().astype(int)
    side = isqrt(pixels)
    return Picture(
        "images",
        "What the networks learn",
        draw_images(studied.images[chosen].reshape(-1, side, side)),
        f"{len(chosen)} of the images of {side} by {side} pixels that the networks learn from.",
        f"{len(chosen)} of the {count:,} images of {side} × {side} pixels that networks learn "
        "from, evenly spread over them, as the networks see them.",
    )


def network_picture(studied: Studied) -> Picture | None:
    """Draw the network of median accuracy at several epochs; ``None`` if it has no filters."""
    order, filters = ranked(studied), Filters.of(studied.population.layers)
    if not len(order) or filters is None:
        return None
    network, epochs = int(order[len(order) // 2]), studied.population.epochs
    there = np.flatnonzero(studied.population.present[network])
    times = there[np.linspace(0, len(there) - 1, min(TIMES, len(there))).astype(int)]
    stages = {
        f"epoch {epochs[time]}: {studied.accuracy[network, time]:.1%} right": filters.drawn(
            studied, network, int(time)
        )
        for time in np.unique(times)
    }
    return Picture(
        "network",
        "One network, as its weights",
        draw_network(stages, filters.side),
        "The weights of one network before, during and after its training.",
        f"Network {network}, whose accuracy at the end is the median of the held-out networks. "
        f"Each block is a hidden unit: weights into it stand where its {filters.side} × "
        f"{filters.side} pixels stand, those out of it below, if they are drawn. Red: positive, "
        "blue: negative.",
    )


def learning_picture(studied: Studied) -> Picture:
    """Draw how right the networks become, by everything in which they differ."""
    population, panels = studied.population, {}
    for name, values in population.classes.items():
        if len(values) > 1:
            places = population.places(name)
            panels[heading(property_words(name))] = {
                value: studied.accuracy[places == place] for place, value in enumerate(values)
            }
    panels = panels or {"all networks": {"all": studied.accuracy}}
    return Picture(
        "learning",
        "How right the networks become",
        draw_learning(population.epochs, panels, "accuracy, held-out images"),
        "Accuracy of the networks over epochs: medians with bands.",
        "Line: median of the networks; bands: the middle half, and, where there are one or two "
        "groups, the middle nine tenths. Where a band is narrow, the epoch alone tells the "
        "accuracy; where it is wide, there is something to tell from weights.",
    )


def network_pictures(studied: Studied) -> list[Picture]:
    """Return the figures of the networks themselves, those that apply."""
    drawn = [images_picture(studied), network_picture(studied), learning_picture(studied)]
    return [picture for picture in drawn if picture]
