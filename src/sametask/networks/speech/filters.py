"""Filters that a first convolution of sound starts from."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

# Lowest frequency in Hz, and the highest relative to half of the sampling rate.
LOWEST, HIGHEST = 60.0, 0.95
# Waves of one frequency.
PHASES = 4


def gabor_filters(count: int, width: int, rate: int) -> np.ndarray:
    """Return ``count`` filters (count, width) of norm 1: waves under a Gaussian window.

    Four phases 0, π/2, π, 3π/2 share a frequency, so that the sum of what a rectifier leaves of
    them hardly depends on the phase of the sound. Frequencies f are equidistant on the mel scale
    2595 log10(1 + f / 700). What is left of ``count`` after the last four are zeros.
    """
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST * rate / 2]) / 700)
    edges = 700 * (10 ** (np.linspace(lowest, highest, count // PHASES + 2) / 2595) - 1)
    middles, bandwidths = edges[1:-1], (edges[2:] - edges[:-2]) / 2
    times = (np.arange(width) - (width - 1) / 2) / rate
    filters = np.zeros((count, width))
    for number, (middle, bandwidth) in enumerate(zip(middles, bandwidths, strict=True)):
        window = np.exp(-0.5 * (0.8 * np.pi * max(bandwidth, LOWEST) * times) ** 2)
        window *= np.hanning(width + 2)[1:-1]
        for phase in range(PHASES):
            wave = np.cos(2 * np.pi * middle * times + phase * np.pi / 2)
            filters[PHASES * number + phase] = window * wave
    return filters / np.maximum(np.linalg.norm(filters, axis=1, keepdims=True), 1e-12)


@torch.no_grad()
def start_with_gabor(convolution: nn.Conv1d, rate: int) -> None:
    """Set the weights (channels, 1, width) of a convolution of sound to Gabor filters."""
    channels, _, width = convolution.weight.shape
    convolution.weight[:, 0] = torch.from_numpy(gabor_filters(channels, width, rate))
