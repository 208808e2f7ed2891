"""The figures of ensembles: the identity of neurons across networks, by scheme and gauge."""

import numpy as np

from figures import RESULTS, Figure
from sametask.storage.store import open_store

# The identity of neurons once a gauge is fixed, and in the source's protocol.
WANTED, SOURCE = 3.0, {"iris": 0.09, "digits": 0.19}


def identity(ensemble, scheme, gauge):
    """The median identity over all neurons and splits."""
    path = RESULTS / "ensembles" / ensemble / scheme / "gauges" / f"{gauge}.zarr"
    return float(np.median(open_store(path, "ensemble")["identity"]))


def identities(*ensembles):
    """Check the identity of neurons after the gauge is fixed, beside the source's protocol."""
    for name in ensembles:
        for scheme in ("bootstrap", "seeds"):
            quality = open_store(
                RESULTS / "ensembles" / name / scheme / "ensemble.zarr", "ensemble"
            )
            yield f"{name}, {scheme}: accuracy {quality['quality'].mean():.3f} on held-out rows"
        value = identity(name, "bootstrap", "permutation")
        yield Figure(f"{name}: identity, bootstrap, permutation", value, WANTED, at_most=False)
        value = identity(name, "seeds", "none")
        yield f"{name}: identity by the source's protocol {value:.2f} (measured: {SOURCE[name]})"
        value = identity(name, "seeds", "permutation")
        yield f"{name}: identity, seeds, permutation {value:.2f}"
