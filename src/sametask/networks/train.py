"""Train one small network, the same way on every run of a seed."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sametask.progress import progress

log = logging.getLogger(__name__)


def _loss(targets: Tensor, smoothing: float) -> nn.Module:
    """Cross entropy for integer labels, mean square for real targets."""
    if targets.is_floating_point():
        return nn.MSELoss()
    return nn.CrossEntropyLoss(label_smoothing=smoothing)


def _epoch(network, optimiser, scheduler, loss, data, order, noise, generator) -> None:
    """Go once through the training data in the given order of batches."""
    inputs, targets = data
    for batch in order:
        seen = inputs[batch]
        if noise:
            seen = seen + noise * torch.randn(seen.shape, generator=generator)
        optimiser.zero_grad()
        loss(network(seen), targets[batch]).backward()
        optimiser.step()
        if scheduler is not None:
            scheduler.step()


def train(
    network: nn.Module,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor] | None,
    settings: Mapping[str, Any],
    seed: int,
) -> dict[str, float]:
    """Fit a network in place by AdamW and keep the weights of its best validation loss.

    ``training`` and ``validation`` are inputs (n, …) and targets (n, p) or labels (n,); without
    validation data the weights of the last epoch stay. ``settings`` are those of
    ``config.Training``. Returns the losses and the number of epochs.
    """
    generator = torch.Generator().manual_seed(seed)
    loss = _loss(training[1], settings["label_smoothing"])
    optimiser = torch.optim.AdamW(
        network.parameters(), settings["learning_rate"], weight_decay=settings["weight_decay"], fused=True
    )
    steps = -(-len(training[0]) // settings["batch"])
    scheduler = None
    if settings["schedule"] == "one_cycle":
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, settings["learning_rate"], total_steps=steps * settings["epochs"]
        )
    best, best_weights, waited = float("inf"), None, 0
    network.train()
    for epoch in progress(range(1, settings["epochs"] + 1), "epochs"):
        order = torch.randperm(len(training[0]), generator=generator).split(settings["batch"])
        _epoch(network, optimiser, scheduler, loss, training, order, settings["noise"], generator)
        if validation is None:
            continue
        with torch.no_grad():
            current = loss(network(validation[0]), validation[1]).item()
        waited += 1
        if current < best:
            best, best_weights, waited = current, copy.deepcopy(network.state_dict()), 0
        if waited >= settings["patience"]:
            break
    if best_weights is not None:
        network.load_state_dict(best_weights)
    network.eval()
    with torch.no_grad():
        final = loss(network(training[0]), training[1]).item()
    losses = {"epochs": epoch, "training_loss": final}
    return losses if validation is None else {**losses, "validation_loss": best}
