"""Networks that give one logit (n, 1) for each window (n, steps, channels)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LstmLinear(nn.Module):
    """One LSTM cell along the window, then a linear layer over its outputs at all steps."""

    def __init__(self, steps: int, channels: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, 1, batch_first=True)
        self.linear = nn.Linear(steps, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """Return the logits (n, 1) of windows (n, steps, channels)."""
        outputs, _ = self.lstm(windows)
        return self.linear(outputs.squeeze(-1))


class ConvTransformer(nn.Module):
    """A convolution along the window, two encoder layers, linear over time and over features."""

    def __init__(
        self, steps: int, channels: int, width: int, heads: int, feedforward: int, kernel: int
    ) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, width, kernel, padding="same")
        # Attention does not depend on the order of steps. Small, to begin near the features alone.
        self.position = nn.Parameter(0.02 * torch.randn(steps, width))
        self.encoder1, self.encoder2 = (
            nn.TransformerEncoderLayer(width, heads, feedforward, dropout=0.0, batch_first=True)
            for _ in range(2)
        )
        self.over_time = nn.Linear(steps, 1)
        self.over_features = nn.Linear(width, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """Return the logits (n, 1) of windows (n, steps, channels)."""
        features = self.conv(windows.transpose(1, 2)).transpose(1, 2) + self.position
        features = self.encoder2(self.encoder1(features))
        return self.over_features(self.over_time(features.transpose(1, 2)).squeeze(-1))


def lstm_linear(steps: int = 100, channels: int = 6) -> nn.Module:
    """Return a network with layers ``lstm``, whose output is a tuple, and ``linear``.

    The LSTM has one hidden value h(t) at each step (n, steps, 1); the logit is Σ w(t) h(t) + b.
    """
    return LstmLinear(steps, channels)


def conv_transformer(
    steps: int = 100,
    channels: int = 6,
    width: int = 64,
    heads: int = 2,
    feedforward: int = 64,
    kernel: int = 5,
) -> nn.Module:
    """Return a transformer of windows, which a convolution maps to ``width`` features.

    Layers: ``conv``, ``encoder1``, ``encoder2``, ``over_time``, ``over_features``.
    ``conv`` (n, width, steps) keeps the length; a learned position is added; the encoder layers
    (Vaswani et al., "Attention is all you need", 2017) put out (n, steps, width); ``over_time``
    sums each feature over the steps, (n, width, 1), and ``over_features`` gives the logit.
    """
    return ConvTransformer(steps, channels, width, heads, feedforward, kernel)
