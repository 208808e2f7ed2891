"""Train one small network, the same way on every run of a seed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sametask.progress import progress

Data = tuple[Tensor, Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]


class _Best:
    """The weights of the lowest validation loss, and how long ago that was."""

    def __init__(self) -> None:
        self.loss, self.weights, self.waited = float("inf"), {}, 0

    def note(self, loss: float, network: nn.Module) -> None:
        self.waited += 1
        if loss < self.loss:
            self.loss, self.weights = loss, copy.deepcopy(network.state_dict())
            self.waited = 0


def _loss(targets: Tensor, smoothing: float) -> Loss:
    """Mean square for real targets, cross entropy for labels: of one logit, or one a class.

    Smoothing by α puts a label y in {0, 1} at y (1 − α) + α / 2, as it does with two classes.
    """
    if targets.is_floating_point():
        return nn.MSELoss()
    among_classes = nn.CrossEntropyLoss(label_smoothing=smoothing)

    def loss(outputs: Tensor, labels: Tensor) -> Tensor:
        if outputs.shape[1] > 1:
            return among_classes(outputs, labels)
        smooth = labels.to(outputs.dtype) * (1 - smoothing) + smoothing / 2
        return nn.functional.binary_cross_entropy_with_logits(outputs.squeeze(1), smooth)

    return loss


def _schedule(optimiser, settings: Mapping[str, Any], steps: int):
    """Return the course of the learning rate: constant, or one cycle over all steps."""
    if settings["schedule"] == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    peak = settings["learning_rate"]
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, peak, total_steps=steps)


def _epoch(network, optimiser, scheduler, loss, data: Data, settings, generator) -> None:
    """Go once through the training data, in a new order."""
    inputs, targets = data
    for batch in torch.randperm(len(inputs), generator=generator).split(settings["batch"]):
        seen = inputs[batch]
        if settings["noise"]:
            noise = torch.randn(seen.shape, generator=generator).to(seen.device)
            seen = seen + settings["noise"] * noise
        optimiser.zero_grad()
        loss(network(seen), targets[batch]).backward()
        optimiser.step()
        scheduler.step()


@torch.no_grad()
def _measure(network: nn.Module, loss: Loss, data: Data, batch: int) -> float:
    """Return the mean loss, in batches: the passes of all data at once may not fit in memory."""
    parts = zip(data[0].split(batch), data[1].split(batch), strict=True)
    total = sum(loss(network(inputs), targets).item() * len(inputs) for inputs, targets in parts)
    return total / len(data[0])


def train(
    network: nn.Module,
    training: Data,
    validation: Data | None,
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
        network.parameters(),
        settings["learning_rate"],
        weight_decay=settings["weight_decay"],
        fused=True,
    )
    batches = -(-len(training[0]) // settings["batch"])
    scheduler = _schedule(optimiser, settings, settings["epochs"] * batches)
    best, epochs = _Best(), 0
    network.train()
    for _ in progress(range(settings["epochs"]), "epochs"):
        _epoch(network, optimiser, scheduler, loss, training, settings, generator)
        epochs += 1
        if validation is not None:
            best.note(_measure(network, loss, validation, settings["batch"]), network)
            if best.waited >= settings["patience"]:
                break
    if best.weights:
        network.load_state_dict(best.weights)
    network.eval()
    figures = {
        "epochs": epochs,
        "training_loss": _measure(network, loss, training, settings["batch"]),
    }
    return figures | ({"validation_loss": best.loss} if best.weights else {})
