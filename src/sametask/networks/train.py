"""Train one small network; the same seed gives the same result."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from sametask.base.errors import NetworkError
from sametask.base.progress import progress
from sametask.config.sections.network_sections import Training
from sametask.inputs import Blocks, Draw
from sametask.networks.given import Given, arguments, count, rows, without_padding
from sametask.networks.outputs import leading_path, part_of

Data = tuple[Given, Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]
# Inputs in one pass in which a loss is measured.
MEASURED = 4096


def as_tensors(draw: Draw, device: torch.device) -> Data:
    """Return inputs and targets of samples on a device; real numbers become float32."""
    targets, seen = torch.from_numpy(draw.targets), torch.from_numpy(draw.inputs)
    wanted = torch.float32 if targets.is_floating_point() else torch.int64
    seen = seen.float() if seen.is_floating_point() else seen
    return seen.to(device), targets.to(device, wanted)


class _Best:
    """The weights of the lowest validation loss, and the number of epochs since then."""

    def __init__(self) -> None:
        self.loss, self.waited = float("inf"), 0
        self.weights: dict[str, Tensor] = {}

    def note(self, loss: float, network: nn.Module) -> None:
        self.waited += 1
        if loss < self.loss:
            self.loss, self.weights = loss, copy.deepcopy(network.state_dict())
            self.waited = 0


def _loss(targets: Tensor, smoothing: float) -> Loss:
    """Return the loss: mean square for real targets, cross entropy for labels.

    A network has one logit, or one for each class. With two classes, smoothing by α replaces a
    label y in {0, 1} by y (1 − α) + α / 2.
    """
    if targets.is_floating_point():
        # Reshaped: targets (n,) and outputs (n, 1) would broadcast to (n, n).
        return lambda outputs, wanted: nn.functional.mse_loss(outputs, wanted.reshape_as(outputs))
    among_classes = nn.CrossEntropyLoss(label_smoothing=smoothing)

    def loss(outputs: Tensor, labels: Tensor) -> Tensor:
        if outputs.shape[1] > 1:
            return among_classes(outputs, labels)
        smooth = labels.to(outputs.dtype) * (1 - smoothing) + smoothing / 2
        return nn.functional.binary_cross_entropy_with_logits(outputs.squeeze(1), smooth)

    return loss


def _schedule(optimiser: torch.optim.Optimizer, settings: Training, steps: int) -> LRScheduler:
    """Return the schedule of the learning rate: constant, or one cycle over all steps."""
    if settings.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    peak = settings.learning_rate
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, peak, total_steps=steps)


def _shuffled(training: Blocks, batch: int, generator: torch.Generator) -> Iterator[Data]:
    """Yield batches in a new random order of blocks, and of samples in each block."""
    numbers: Sequence[int] = range(len(training.sizes))
    if len(numbers) > 1:
        numbers = torch.randperm(len(numbers), generator=generator).tolist()
    for number in numbers:
        inputs, targets = training.read(number)
        for chosen in torch.randperm(count(inputs), generator=generator).split(batch):
            yield without_padding(rows(inputs, chosen)), targets[chosen]


def _noisy(seen: Given, size: float, generator: torch.Generator) -> Given:
    """Return inputs with white noise; ``NetworkError`` for a mapping, such as tokens."""
    if not isinstance(seen, Tensor):
        raise NetworkError("train.noise: tokens are no numbers that noise can be added to; 0 is")
    return seen + size * torch.randn(seen.shape, generator=generator).to(seen.device)


def answers(network: nn.Module, seen: Given) -> Tensor:
    """Return what a network answers; of several tensors the leading one, such as the logits."""
    output = network(seen) if isinstance(seen, Tensor) else network(**arguments(seen))
    return part_of(output, leading_path(output) or ())


def _epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    scheduler: LRScheduler,
    loss: Loss,
    training: Blocks,
    settings: Training,
    generator: torch.Generator,
) -> None:
    """Train for one epoch, in a new random order."""
    for seen, targets in _shuffled(training, settings.batch, generator):
        if settings.noise:
            seen = _noisy(seen, settings.noise, generator)
        optimiser.zero_grad()
        loss(answers(network, seen), targets).backward()
        optimiser.step()
        scheduler.step()


@torch.no_grad()
def _measure(network: nn.Module, loss: Loss, data: Blocks) -> float:
    """Return the mean loss, in batches, since all data at once may not fit into memory."""
    total = 0.0
    for number in range(len(data.sizes)):
        inputs, targets = data.read(number)
        for start in range(0, len(targets), MEASURED):
            part = slice(start, start + MEASURED)
            measured = loss(answers(network, rows(inputs, part)), targets[part])
            total += measured.item() * len(targets[part])
    return total / sum(data.sizes)


def trainable(network: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that training changes; ``NetworkError`` if there are none."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not parameters:
        raise NetworkError("cannot be trained: no parameter of it requires a gradient")
    return parameters


def _optimiser(network: nn.Module, settings: Training) -> torch.optim.AdamW:
    """Return AdamW, in its fast form if all parameters are real."""
    weights = trainable(network)
    return torch.optim.AdamW(
        weights,
        settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=all(weight.is_floating_point() for weight in weights),
    )


def _require_converged(figures: Mapping[str, float], settings: Training) -> None:
    if not math.isfinite(figures["training_loss"]):
        raise NetworkError(
            f"training diverged: the loss is {figures['training_loss']}; a smaller "
            f"train.learning_rate than {settings.learning_rate} may help"
        )


def train(
    network: nn.Module,
    training: Blocks,
    validation: Blocks | None,
    settings: Training,
    seed: int,
) -> dict[str, float]:
    """Fit a network in place by AdamW and keep the weights of its best validation loss.

    ``training`` and ``validation`` are blocks of inputs (n, …), or mappings of them that become
    keyword arguments, and targets (n, p) or labels (n,);
    without validation data the weights of the last epoch are kept. ``settings`` is the section
    ``train`` of the network. Returns the losses and the number of epochs. Raises ``NetworkError``
    if the training diverges.
    """
    generator = torch.Generator().manual_seed(seed)
    loss = _loss(training.read(0)[1], settings.label_smoothing)
    optimiser = _optimiser(network, settings)
    batches = sum(-(-size // settings.batch) for size in training.sizes)
    scheduler = _schedule(optimiser, settings, settings.epochs * batches)
    best, epochs = _Best(), 0
    network.train()
    for _ in progress(range(settings.epochs), "epochs"):
        _epoch(network, optimiser, scheduler, loss, training, settings, generator)
        epochs += 1
        if validation is not None:
            best.note(_measure(network, loss, validation), network)
            if best.waited >= settings.patience:
                break
    if best.weights:
        network.load_state_dict(best.weights)
    network.eval()
    figures = {
        "epochs": epochs,
        "training_loss": _measure(network, loss, training),
    }
    _require_converged(figures, settings)
    return figures | ({"validation_loss": best.loss} if best.weights else {})
