"""What networks see of samples: for an angle, its cosine and sine, or a picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sametask.base.errors import DataError, about
from sametask.base.references import resolve, users_code
from sametask.config.sections.input_sections import DataSet, InputsSection
from sametask.config.sections.network_sections import View
from sametask.inputs.domains import Domain
from sametask.inputs.fields import join_fields
from sametask.inputs.masks import require_mask
from sametask.inputs.returned import require_each

# Largest difference of a view after a whole turn, relative to its largest value.
CLOSED = 1e-3


def see(samples: np.ndarray, inputs: InputsSection, view: View | None) -> np.ndarray:
    """Return the inputs (n, …) of a network for samples (n, …); records if a view names several.

    ``inputs`` and ``view`` are sections of an experiment. Without a view, the inputs are the
    samples, with cosine and sine instead of angles. Raises ``NetworkError`` if the view's function
    fails, ``DataError`` if it does not return one finite input for each sample, or a mask that
    contradicts its tokens.
    """
    if view is None:
        return samples if isinstance(inputs, DataSet) else Domain.of(inputs).unrolled(samples)
    name = view.function
    function = resolve(name)
    with users_code(f"view {name}"):
        returned = function(samples, **view.arguments)
    must = f"view {name}: must return one finite input for each sample"
    if not isinstance(returned, Mapping):
        seen = np.asarray(returned)
        require_each(must, seen, samples)
        return seen
    fields = {field: np.asarray(values) for field, values in returned.items()}
    for field, values in fields.items():
        require_each(f"{must}, in {field!r} as well", values, samples)
    with about(f"view {name}"):
        require_mask(fields)
    return join_fields(fields)


def require_closed(samples: np.ndarray, inputs: InputsSection, view: View | None) -> None:
    """Raise ``DataError`` if a view of circles differs after a whole turn."""
    if view is None or isinstance(inputs, DataSet):
        return
    here = see(samples, inputs, view)
    there = see(Domain.of(inputs).turned(samples), inputs, view)
    if np.abs(there - here).max() > CLOSED * np.abs(here).max():
        raise DataError(
            f"view {view.function}: not the same after a whole turn of the circle; "
            "inputs.period must be its period"
        )
