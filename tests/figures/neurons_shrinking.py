"""The figures of networks whose neurons are merged or left out."""

import numpy as np

from figures import RESULTS, Figure, read
from sametask.base.relations import SAME_TASK
from sametask.neurons.shrinking.quality import Curve
from sametask.neurons.shrinking.summary import band, larger_area, larger_quality

# The scheme of the source, and ours.
SOURCE, OURS = "seeds-none", "bootstrap-permutation"


def _curve(ensemble, of, method, layer):
    path = RESULTS / "ensembles" / ensemble / "shrinking" / of / f"{method}.zarr"
    return Curve.read(path, layer)


def _reached(found, way, most):
    """The mean quality at the largest size that is at most so many, and that size."""
    place = np.flatnonzero(found.sizes <= most)[-1]
    _, mean, *_ = band(found.quality[way], seed=0)
    return mean[place], mean[-1], int(found.sizes[place])


def merged(ensemble, layer, most, target=None, share=None):
    """Check the quality that is kept with few neurons: so much, or a share of that of them all."""
    for method in ("rho1", "rho2"):
        for way in ("fold", "refit"):
            quality, whole, size = _reached(_curve(ensemble, OURS, method, layer), way, most)
            what = f"{ensemble}: accuracy with {size} neurons, {method} {way}"
            yield Figure(what, quality, target or share * whole, at_most=False)


def over_source(ensemble, layer, target):
    """Check by how much the area is larger than that of the source's scheme."""
    for method in ("rho1", "rho2"):
        source = _curve(ensemble, SOURCE, method, layer)
        for way in ("fold", "refit"):
            gained = larger_area(_curve(ensemble, OURS, method, layer), way, source, "tie", seed=0)
            what = f"{ensemble}: area over the source's, {method} {way}"
            yield Figure(what, gained.estimate, target, at_most=False)


def all_curves(ensemble, layer):
    """Yield a line of text for each method and way: size, mean, and standard deviation."""
    folder = RESULTS / "ensembles" / ensemble / "shrinking"
    for path in sorted(folder.glob("*/*.zarr")):
        found = Curve.read(path, layer)
        for way, quality in found.quality.items():
            _, means, _, spread = band(quality, seed=0)
            each = zip(found.sizes, means, spread, strict=True)
            said = ", ".join(f"{size}: {mean:.3f} ± {sd:.3f}" for size, mean, sd in each)
            yield f"{ensemble} {path.parent.name} {path.stem} {way}: {said}"


def wasserstein(ensemble, layer):
    """Yield what ρ₂ gains over ρ₁ at each size, on the same networks."""
    one, other = (_curve(ensemble, OURS, method, layer) for method in ("rho2", "rho1"))
    for way in one.quality:
        for size, score in zip(one.sizes, larger_quality(one, other, way, seed=0), strict=True):
            yield (
                f"{ensemble} rho2 − rho1, {way}, {size} neurons: {score.estimate:.4f} "
                f"({score.low:.4f} to {score.high:.4f})"
            )


def sameness(ensemble):
    """Yield the verdicts on shrunk networks, over size."""
    for layer, rows in read("ensembles", ensemble, "sameness.json")["layers"].items():
        for size in sorted({row["size"] for row in rows}):
            some = [row for row in rows if row["size"] == size]
            same = sum(row["task"] == SAME_TASK for row in some)
            quality, share = (np.median([row[key] for row in some])
                              for key in ("quality", "task_share"))  # fmt: skip
            layers = ", ".join(row["layer"] for row in some)
            yield (
                f"{ensemble} layer {layer}, {size} neurons: quality {quality:.3f}, task share "
                f"{share:.2f}, same task {same} of {len(some)}; {layers}"
            )


def shrinking(iris, digits):
    """Check what is left of neurons, and over the source."""
    yield from merged(iris, 1, 16, target=0.94)
    yield from merged(digits, 2, 40, share=0.95)
    yield from over_source(digits, 2, 0.15)
    for ensemble, layer in ((iris, 1), (digits, 2)):
        yield from all_curves(ensemble, layer)
        yield from wasserstein(ensemble, layer)
        yield from sameness(ensemble)
