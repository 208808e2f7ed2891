"""How networks see samples: an object at an angle becomes a picture, an angle cosine and sine."""

from __future__ import annotations

import numpy as np

from sametask.base.errors import DataError
from sametask.base.references import resolve, users_code
from sametask.config.sections.input_sections import Array, InputsSection
from sametask.config.sections.network_sections import View
from sametask.inputs.domains import Domain
from sametask.inputs.returned import require_each

# What a view may differ by after a whole turn, relative to its largest value: single precision.
CLOSED = 1e-3


def see(samples: np.ndarray, inputs: InputsSection, view: View | None) -> np.ndarray:
    """Return what a network is given (n, …) for samples (n, …).

    ``inputs`` and ``view`` are sections of an experiment. Without a view a
    network is given the samples themselves, with cosine and sine in the place of angles. Raises
    ``NetworkError`` if the view's function fails, ``DataError`` if it does not return one finite
    input for each sample.
    """
    if view is None:
        return samples if isinstance(inputs, Array) else Domain.of(inputs).unrolled(samples)
    name = view.function
    function = resolve(name)
    with users_code(f"view {name}"):
        seen = np.asarray(function(samples, **view.arguments))
    require_each(f"view {name}: must return one finite input for each sample", seen, samples)
    return seen


def require_closed(samples: np.ndarray, inputs: InputsSection, view: View | None) -> None:
    """Refuse a view of circles that is another one after a whole turn, by ``DataError``."""
    if view is None or isinstance(inputs, Array):
        return
    here = see(samples, inputs, view)
    there = see(Domain.of(inputs).turned(samples), inputs, view)
    if np.abs(there - here).max() > CLOSED * np.abs(here).max():
        raise DataError(
            f"view {view.function}: not the same after a whole turn of the circle; "
            "inputs.period must be its period"
        )
