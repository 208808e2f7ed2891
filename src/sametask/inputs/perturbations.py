"""Perturbations of samples: noisy copies, steps along the data, or what a function returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.base.references import resolve, users_code
from sametask.config.sections.sample_sections import DATA, NOISE, Perturbations
from sametask.inputs.along_data import move_along, nearest_differences
from sametask.inputs.fields import ADDED, ALONE, fields_of, join_fields
from sametask.inputs.finite import finite_rows

# Streams of random numbers: one for the fit samples, one for the pool that all networks share.
STREAMS = {"fit": "neighbourhood", "pool": "pool neighbourhood"}


def standard_deviation(delta: float) -> float:
    """Return σ = δ/4: the "three-sigma" rule of section 3.2 of the thesis, with 4 instead of 3."""
    return delta / 4


def draw_normal(samples: Sequence[int], shape: tuple[int, ...], seed: int, part: str) -> np.ndarray:
    """Return ε_i ~ N(0, I) of a shape (n, …) for the samples of these numbers in their part.

    ε_i depends on (seed, part, i) alone, so that networks and jobs see the same perturbations.
    """
    drawn = np.empty((len(samples), *shape))
    for place, sample in enumerate(samples):
        generator(seed, STREAMS[part], int(sample)).standard_normal(out=drawn[place])
    return drawn


def perturb(
    inputs: np.ndarray,
    samples: Sequence[int],
    count: int,
    delta: float,
    seed: int,
    part: str = "fit",
) -> np.ndarray:
    """Return x_ij = x_i + (δ/4) ε_ij with ε_ij ~ N(0, I) for the given samples.

    Parameters: ``inputs`` (n, …) holds the samples x_i themselves, ``samples`` (n,) their
    numbers i in their ``part``, ``fit`` or ``pool``. Returns (n, count, …) in the units of the
    inputs.
    """
    around = draw_normal(samples, (count, *inputs.shape[1:]), seed, part)
    # In place: perturbations can have gigabytes.
    around *= standard_deviation(delta)
    around += inputs[:, None]
    return around


def perturb_by(
    reference: str,
    arguments: Mapping[str, Any],
    inputs: np.ndarray,
    samples: Sequence[int],
    count: int,
    seed: int,
    part: str,
) -> np.ndarray:
    """Return the perturbations (n, count, …) of the function ``package.module:function``.

    It is called with one sample (1, …), the count and the sample's own generator at a time, so that
    what it draws does not depend on how samples are divided among jobs, and with its ``arguments``.
    Raises ``DataError`` unless it returns finite real inputs (1, count, …) of the shape of the
    samples; of samples that are records, the same records.
    """
    function, name = resolve(reference), f"perturbations.along {reference}"
    around = []
    for place, sample in enumerate(samples):
        draw = generator(seed, STREAMS[part], int(sample))
        with users_code(name):
            returned = np.asarray(function(inputs[place : place + 1], count, draw, **arguments))
        wanted = (1, count, *inputs.shape[1:])
        records = inputs.dtype.names is not None
        fits = returned.dtype == inputs.dtype if records else returned.dtype.kind in "biuf"
        if not fits or returned.shape != wanted:
            raise DataError(
                f"{name}: must return {inputs.dtype if records else 'real inputs'} of shape "
                f"{wanted}, and returned {returned.dtype} of shape {returned.shape}"
            )
        if not finite_rows(returned[0]).all():
            raise DataError(f"{name}: returned NaN or infinite inputs for sample {sample}")
        around.append(returned)
    return np.concatenate(around)


def perturb_inside(
    seen: np.ndarray,
    samples: Sequence[int],
    count: int,
    shape: tuple[int, ...],
    delta: float,
    seed: int,
    part: str,
) -> np.ndarray:
    """Return inputs of a network (n, …), each ``count`` times, with noise to add inside it.

    Records (n, count) with the fields of the inputs and the noise (δ/4) ε_ij, ε_ij ~ N(0, I), of
    the ``shape`` of the place where it is added, in single precision. ``samples`` (n,) are the
    numbers of the samples in their ``part``.
    """
    noise = draw_normal(samples, (count, *shape), seed, part) * standard_deviation(delta)
    fields = fields_of(seen) or {ALONE: seen}
    flat = {name: np.repeat(values, count, axis=0) for name, values in fields.items()}
    flat[ADDED] = noise.astype(np.float32).reshape(-1, *shape)
    return join_fields(flat).reshape(len(seen), count)


@dataclass(frozen=True)
class DrawnPerturbations:
    """How the perturbations of every sample are drawn, from the section of an experiment."""

    settings: Perturbations
    seed: int

    @property
    def sigma(self) -> float:
        """The standard deviation σ, in input units."""
        return standard_deviation(self.settings.delta)

    def around(
        self, inputs: np.ndarray, samples: Sequence[int], fit: np.ndarray, part: str = "fit"
    ) -> np.ndarray:
        """Return the perturbations (n, M, …) of samples (n, …) with these numbers.

        ``fit`` (N, …) are all fit samples, among which neighbours are.
        """
        asked = self.settings
        if asked.along == NOISE:
            return perturb(inputs, samples, asked.count, asked.delta, self.seed, part)
        if asked.along == DATA:
            differences = nearest_differences(inputs, samples, fit, asked.neighbours)
            return move_along(inputs, differences, self._steps(samples, part))
        drawn = inputs, samples, asked.count, self.seed, part
        return perturb_by(asked.along, asked.arguments, *drawn)

    def _steps(self, samples: Sequence[int], part: str) -> np.ndarray:
        """Return the steps c (n, M, k) towards the k neighbours, of standard deviation σ."""
        shape = self.settings.count, self.settings.neighbours
        return self.sigma * draw_normal(samples, shape, self.seed, part)

    def causes(self, inputs: np.ndarray, samples: Sequence[int], part: str) -> np.ndarray:
        """Return the independent numbers (n, M, q) of variance σ² that perturbations are made of.

        For noise, what was added to each of q axes of the inputs (n, …); along the data, the steps
        towards q neighbours. A response to them has the covariance σ² B Bᵀ of the activations.
        """
        if self.settings.along == DATA:
            return self._steps(samples, part)
        asked = self.settings
        drawn = perturb(inputs, samples, asked.count, asked.delta, self.seed, part)
        added = drawn - inputs[:, None]
        return added.reshape(*added.shape[:2], -1)


def seen_perturbed(
    inputs: np.ndarray,
    samples: Sequence[int],
    network_inputs: Callable[[np.ndarray], np.ndarray],
    around: Callable[[np.ndarray, Sequence[int]], np.ndarray],
) -> np.ndarray:
    """Return the inputs of a network for the perturbations of samples: (n, M, …).

    ``network_inputs`` maps samples (n, …) to the network's inputs; ``around`` returns the
    perturbations (n, M, …) of samples with their numbers.
    """
    drawn = around(inputs, samples)
    flat = network_inputs(drawn.reshape(-1, *inputs.shape[1:]))
    return flat.reshape(*drawn.shape[:2], *flat.shape[1:])
