"""Drawing what a network is given around each sample: perturbations of it, or noise inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from sametask.activations.axes import Inside
from sametask.activations.frames import only_frames
from sametask.config.sections.recording import Recording
from sametask.inputs import seen_perturbed
from sametask.inputs.perturbations import DrawnPerturbations, perturb_inside

# From samples (n, …) and their numbers to their perturbations (n, M, …).
Drawing = Callable[[np.ndarray, Sequence[int]], np.ndarray]


def drawing(
    settings: Recording,
    network_inputs: Callable[[np.ndarray], np.ndarray],
    fit: np.ndarray,
    part: str,
    inside: Inside | None,
) -> Drawing:
    """Return the function that draws the perturbations of samples of a ``part``.

    ``network_inputs`` returns what a network is given for samples, ``fit`` are all fit samples, and
    ``inside`` is the place inside the network that is perturbed, if there is one. Of sounds, only
    the frames that are drawn are told.
    """
    asked, frames, seed = settings.perturbations, settings.frames, settings.seed
    draw: Drawing
    if inside is None:
        around = partial(DrawnPerturbations(asked, seed).around, fit=fit, part=part)
        draw = partial(seen_perturbed, network_inputs=network_inputs, around=around)
    else:
        how = asked.count, inside.shape, asked.delta, seed, part

        def draw(points: np.ndarray, numbers: Sequence[int]) -> np.ndarray:
            return perturb_inside(network_inputs(points), numbers, *how)

    if frames is None:
        return draw
    return lambda points, numbers: only_frames(draw(points, numbers), numbers, frames, seed)
