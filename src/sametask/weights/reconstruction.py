"""How well an autoencoder gives weights of held-out networks back, and what they still do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.populations.images import Images
from sametask.populations.stored import StoredPopulation
from sametask.weights import scores
from sametask.weights.autoencoders import Autoencoder
from sametask.weights.compression import answers
from sametask.weights.learning import in_portions
from sametask.weights.questions import Networks, Question
from sametask.weights.rows import flips_of, of_rows, placed

# Networks that are asked at once for what they answer.
ASKED_AT_ONCE = 1000


@torch.no_grad()
def codes(model: Autoencoder, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the codes (n, E, c) of weights (n, E, P); zeros where there is no checkpoint."""
    rows = torch.from_numpy(np.ascontiguousarray(weights[present])).to(model.centre.device)
    found = torch.cat([model.encode(some) for some in rows.split(ASKED_AT_ONCE)])
    return placed(found.cpu().numpy(), present)


def given_back(model: Autoencoder, weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the decoded weights (n, E, P) of codes; zeros where there is no checkpoint."""
    rows = torch.from_numpy(np.ascontiguousarray(weights[present])).to(model.centre.device)
    return placed(in_portions(model, rows).cpu().numpy(), present)


def accuracies(
    weights: np.ndarray, present: np.ndarray, population: StoredPopulation, networks: np.ndarray,
    images: Images,
) -> np.ndarray:  # fmt: skip
    """Return the accuracy (n, E) on images of weights (n, E, P) of some ``networks``."""
    rows = torch.from_numpy(weights[present]).split(ASKED_AT_ONCE)
    tanh = of_rows(flips_of(population)[networks], present).split(ASKED_AT_ONCE)
    right = [
        _right(answers(some, kind, population.layers, images.pixels), images)
        for some, kind in zip(rows, tanh, strict=True)
    ]
    return placed(torch.cat(right).numpy(), present)


def _right(outputs: Tensor, images: Images) -> Tensor:
    """Return the share (r,) of images whose class has the largest output (r, b, k)."""
    return (outputs.argmax(dim=2) == images.classes).double().mean(dim=1)


@dataclass(frozen=True)
class Judged:
    """What comes back of held-out networks: ``by_checkpoint`` (E,) R², ``accuracy`` (n, E).

    Among the scores is ``chosen_by``: R² on the networks to choose by, which says which autoencoder
    is best without a look at the others.
    """

    by_checkpoint: np.ndarray
    accuracy: np.ndarray | None
    scores: dict[str, Any]


def judge(
    model: Autoencoder,
    weights: np.ndarray,
    population: StoredPopulation,
    accuracy: Question,
    networks: Networks,
    images: Images | None,
    seed: int,
) -> Judged:
    """Decode the networks to test on, and compare their ``weights`` (n, E, P) and accuracies.

    ``accuracy`` says which checkpoints count. Without images nothing is said of accuracies.
    """
    test = networks.test

    def compared(some: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        decoded = given_back(model, weights[some], population.present[some])
        return decoded.astype(float), weights[some].astype(float), accuracy.counted[some]

    def explained(given: tuple[np.ndarray, np.ndarray, np.ndarray]) -> scores.Score:
        return scores.explained(*scores.as_entries(*given), seed)

    given = compared(test)
    figures: dict[str, Any] = {
        "r2": explained(given).plain(),
        "r2_average": scores.explained_on_average(*given, seed).plain(),
        "chosen_by": explained(compared(networks.choose)).estimate,
    }
    by_checkpoint = scores.explained_by_checkpoint(*given)
    if images is None:
        return Judged(by_checkpoint, None, figures)
    decoded, counted = given[0].astype(np.float32), accuracy.counted[test]
    kept = accuracies(decoded, population.present[test], population, test, images)
    figures |= _kept(kept, accuracy.values[test], counted, seed)
    return Judged(by_checkpoint, kept, figures)


def _kept(
    decoded: np.ndarray, own: np.ndarray, counted: np.ndarray, seed: int
) -> dict[str, dict[str, float]]:
    """Return accuracies (n, E) of decoded networks as a share of their own: of all, of the last."""
    last = np.zeros_like(counted)
    last[:, -1] = counted[:, -1]
    return {
        "kept_accuracy": scores.ratio(decoded, own, counted, seed).plain(),
        "kept_accuracy_last": scores.ratio(decoded, own, last, seed).plain(),
    }
