"""The figures of neurons as random vectors, over all ensembles."""

from figures import RESULTS
from figures.neurons_arrangement import circles
from figures.neurons_covariances import covariances
from figures.neurons_data import ssa
from figures.neurons_distillation import distillation
from figures.neurons_ensembles import identities
from figures.neurons_shrinking import all_curves, sameness, shrinking
from sametask.storage.store import open_store


def qualities(*ensembles):
    """Yield the quality of the networks of each ensemble and scheme on held-out rows."""
    for ensemble in ensembles:
        for path in sorted((RESULTS / "ensembles" / ensemble).glob("*/ensemble.zarr")):
            store = open_store(path, "ensemble")
            quality = store["quality"][store["present"]]
            yield (
                f"{ensemble}, {path.parent.name}: quality on held-out rows {quality.mean():.4g} ± "
                f"{quality.std():.2g} (standard deviation over {len(quality)} networks)"
            )


def neurons(*ensembles):
    """Check everything that is found of neurons, each beside its target."""
    yield from ssa("sine-ssa")
    yield from identities("iris", "digits")
    yield from shrinking("iris", "digits")
    yield from circles("gait")
    yield from covariances("linear")
    yield from distillation("digits")
    yield from distillation("ecog")
    yield from all_curves("gait-10", 2)
    yield from all_curves("gait-10", 1)
    yield from qualities(*ensembles)


def neurons_small(*ensembles):
    """Yield what small ensembles show; too few networks for targets."""
    for ensemble in ensembles:
        yield from qualities(ensemble)
        yield from all_curves(ensemble, 1)
        yield from sameness(ensemble)
