"""The loop that trains networks of speech; the same seed gives the same network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.base.progress import progress
from sametask.base.randomness import generator
from sametask.config.sections.speech_networks_section import SpeechTraining
from sametask.networks.speech.clips import Heard, batches_by_length, given, varied

# Loss of what a network is given and of the numbers of the clips.
Loss = Callable[[dict[str, Tensor], np.ndarray], Tensor]
# Part of the steps in which the learning rate rises.
RISE = 0.1
# Second moments of Adam over 50 steps instead of 1,000, since training takes only thousands.
BETAS = (0.9, 0.98)
# Largest norm of a gradient.
NORM = 1.0
# Losses of the last steps, whose mean is told.
LAST = 100


def fit(
    network: nn.Module,
    rates: Sequence[tuple[list[nn.Parameter], float]],
    loss: Loss,
    heard: Heard,
    extractor: Any,
    settings: SpeechTraining,
    seed: int,
) -> float:
    """Train parameters in place, and return the mean loss of the last steps.

    ``rates`` are groups of parameters, and the learning rate of each relative to that of the
    settings. Raises ``NetworkError`` if the training diverges.
    """
    groups = [{"params": parameters} for parameters, _ in rates]
    largest = [settings.learning_rate * rate for _, rate in rates]
    optimiser = torch.optim.AdamW(
        groups, betas=BETAS, weight_decay=settings.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, largest, total_steps=settings.steps, pct_start=RISE, cycle_momentum=False
    )
    changed = [parameter for parameters, _ in rates for parameter in parameters]
    losses = []
    network.train()
    for chosen, inputs in progress(_Inputs(heard, extractor, settings, seed), "steps"):
        optimiser.zero_grad()
        found = loss(inputs, chosen)
        found.backward()
        nn.utils.clip_grad_norm_(changed, NORM)
        optimiser.step()
        schedule.step()
        losses.append(found.item())
    network.eval()
    return _converged(losses, settings)


class _Inputs:
    """The clips of each step: their numbers, and what the network is given of them."""

    def __init__(self, heard: Heard, extractor: Any, settings: SpeechTraining, seed: int) -> None:
        self._heard, self._extractor = heard, extractor
        self._settings, self._seed = settings, seed

    def __len__(self) -> int:
        return self._settings.steps

    def __iter__(self) -> Iterator[tuple[np.ndarray, dict[str, Tensor]]]:
        order = generator(self._seed, "order of clips")
        lengths = [len(sound) for sound in self._heard.sounds]
        batches = batches_by_length(lengths, self._settings.batch, len(self), order)
        for step, chosen in enumerate(batches):
            random = generator(self._seed, "variety of clips", step)
            sounds = [
                varied(self._heard.sounds[number], self._settings, random) for number in chosen
            ]
            yield chosen, given(self._extractor, sounds)


def _converged(losses: Sequence[float], settings: SpeechTraining) -> float:
    """Return the mean of the last losses, and refuse one that is not finite."""
    last = float(np.mean(losses[-LAST:]))
    if not math.isfinite(last):
        raise NetworkError(
            f"training diverged: the loss is {last}; a smaller train.learning_rate than "
            f"{settings.learning_rate} may help"
        )
    return last
