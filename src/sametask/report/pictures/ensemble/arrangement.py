"""How neurons lie to each other, and whether they run round a circle."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from sametask.report.data.ensemble import Ensemble
from sametask.report.figures.ensemble.arrangement import (
    draw_circle,
    draw_distances,
    draw_domes,
    draw_ellipses,
    draw_ellipsoids,
)
from sametask.report.pictures.picture import Picture
from sametask.report.wording.ensemble import METRICS, arranged_sentence
from sametask.storage.store import Store

# What the source reports of its figures, by the data.
SOURCE = {
    "noisy_sine": "The source's figures 5 and 6: 20 elongated ellipsoids, mostly apart, without "
    "communities; its figure 7, with windows of 10: 3 communities of neurons that vary much.",
    "gait": "The source's figure 8, of real walking: the first 16 neurons lie on a circle.",
    "motion_sense": "The source's figure 8: the first 16 neurons lie on a circle, by all three "
    "estimates; the Hessian's and the Bayesian ellipsoids are flat.",
}


def _in_plane(store: Store) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return centres (K, 2), axes (K, 2, 2) and radii (K, 2) of shadows of ellipsoids."""
    centres, axes, radii = (store[f"ellipsoids/{name}"] for name in ("centres", "axes", "radii"))
    # The ellipsoid is that of Aᵀ R² A, with the axes as rows of A; its shadow that of a block.
    turned = axes * radii[:, :, None]
    shadow = turned.swapaxes(1, 2) @ turned
    values, vectors = np.linalg.eigh(shadow[:, :2, :2])
    radius = np.sqrt(values.clip(0))[:, ::-1]
    return centres[:, :2], vectors.swapaxes(1, 2)[:, ::-1], radius


def _ellipses(ensemble: Ensemble, name: str, store: Store) -> Picture:
    source = SOURCE.get(ensemble.settings["data"]["of"], "")
    return Picture(
        f"ellipses-{name}",
        f"Neurons in the plane, by {name}",
        draw_ellipses(*_in_plane(store), store.attributes["shares"]),
        "Ellipses of all neurons in the two directions in which their means vary most.",
        f"Shadows of the 95 % ellipsoids. {arranged_sentence(ensemble, name)} {source}",
    )


def _domes(name: str, store: Store) -> Picture:
    values = (store[f"density/{part}"] for part in ("across", "up", "values"))
    return Picture(
        f"domes-{name}",
        f"Density of all neurons, by {name}",
        draw_domes(*values, store.attributes["shares"]),
        "Density of the mixture of all neurons over a plane.",
        f"The source's figure 1. The area under it is {store.attributes['area']:.4f}; "
        f"{store.attributes['widened']} neurons are narrower than a step of the grid, and are "
        "drawn as wide as a step.",
    )


def _in_space(name: str, store: Store) -> Picture:
    parts = (store[f"ellipsoids/{part}"] for part in ("centres", "axes", "radii"))
    return Picture(
        f"ellipsoids-{name}",
        f"Neurons in space, by {name}",
        draw_ellipsoids(*parts, store.attributes["shares"]),
        "Ellipsoids of all neurons in three directions, seen from two sides.",
        "95 % of a neuron in these three directions is inside its ellipsoid. Axes: the "
        "number of a direction, and its share of the variance of means.",
    )


def _drawn(ensemble: Ensemble, name: str, store: Store) -> Iterator[Picture]:
    """Yield what can be drawn of neurons with so many directions."""
    directions = len(store.attributes["shares"])
    if directions > 1:
        yield _ellipses(ensemble, name, store)
        yield _domes(name, store)
    if directions > 2:
        yield _in_space(name, store)


def arrangement_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return neurons in the plane and in space by every estimate, and distances by the first."""
    stores = ensemble.arrangement
    pictures = [
        picture for name, store in stores.items() for picture in _drawn(ensemble, name, store)
    ]
    for name, store in list(stores.items())[:1]:
        # One neuron is far from none.
        if len(store["coverage"]) > 1:
            pictures.append(_distances(ensemble, name, store))
    return pictures


def _in_time(ensemble: Ensemble) -> bool:
    """Return whether the neurons give back the numbers of a window, one each."""
    layers = next((len(one.attributes["layers"]) for one in ensemble.ensembles.values()), None)
    return "series" in ensemble.data and layers == ensemble.layer


def _distances(ensemble: Ensemble, name: str, store: Store) -> Picture:
    """Return the distances between all neurons: in the order of time, or in that of a tree."""
    squared = {words: store[f"distances/{kind}"] for kind, words in METRICS.items()}
    order, label = np.arange(len(store["coverage"])), "number of the neuron"
    words = "Neurons are in the order of time." if _in_time(ensemble) else ""
    if not _in_time(ensemble) and len(order) > 2:
        apart = squareform(np.sqrt(store["distances/euclidean"]), checks=False)
        order = leaves_list(linkage(apart, "average", optimal_ordering=True))
        label = "place of the neuron"
        words = (
            "Neurons are in the order of the leaves of a tree (average linkage by ρ₁), in which "
            "neighbours are near: dark blocks on the diagonal are neurons that could be merged."
        )
    return Picture(
        f"distances-{name}",
        f"Distances between neurons, by {name}",
        draw_distances({kind: one[np.ix_(order, order)] for kind, one in squared.items()}, label),
        "Distances between all neurons, of four kinds.",
        f"Roots of squared distances. {words} Grey: infinite.",
    )


def circle_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return neurons in their plane and in their order, if a circle was looked for."""
    if ensemble.circle is None:
        return []
    pictures = []
    for found in list(ensemble.circle["found"].values())[:1]:
        places = np.array(found["places"])
        pictures.append(
            Picture(
                "circle",
                "Neurons in their order",
                draw_circle(places, found["period"], ensemble.circle["expected"]),
                "Mean weights of neurons in their best plane, and over their number.",
                "Distances are root mean squares of differences of answers. Neighbours are "
                "neurons of neighbouring times; their biases are left out. Of the variance of all "
                f"means {found['rotation']:.0%} is one even rotation; radii vary by "
                f"{found['radius_variation']:.0%} (standard deviation over mean). Of the variance "
                f"of the windows {found['share']:.0%} turns. Any series gives circles, with about "
                "the period of the window, but 95 % of red noise with the same memory turn less "
                f"than {found['red']:.0%}. The source reads a period of 16 off its figure 8, by "
                "eye.",
            )
        )
    return pictures
