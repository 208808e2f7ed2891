"""Cohen's κ between classes, for many answers and resamples at once."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot


def kappa(answers: Tensor, reference: Tensor, counts: Tensor) -> Tensor:
    """Return Cohen's κ (c, s) between classes answered (c, n) and reference classes (n,).

    κ = (p − e) / (1 − e), where p is the fraction of equal classes and e the fraction that is
    expected if answers and reference are independent (Cohen 1960). ``counts`` (s, n) is how often
    each sample counts: once each, or as often as in a resample. Where all classes are the same, κ
    is 0/0 and returned as 0: such answers are no evidence.
    """
    weights = counts.to(torch.float64) / counts.sum(dim=1, keepdim=True)
    classes = int(torch.maximum(answers.max(), reference.max())) + 1
    equal = (answers == reference).to(torch.float64) @ weights.mT
    # Fractions of every class among the answers: one product, (s, n) by (n, c k).
    among = one_hot(answers.mT, classes).to(torch.float64)
    answered = (weights @ among.flatten(1)).reshape(len(weights), -1, classes)
    own = weights @ one_hot(reference, classes).to(torch.float64)
    expected = torch.einsum("sck,sk->cs", answered, own)
    chance = expected > 1 - 1e-12
    # Round-off must not exceed full agreement.
    found = ((equal - expected) / (1 - expected).clamp_min(1e-12)).clamp_max(1.0)
    return torch.where(chance, 0.0, found)
