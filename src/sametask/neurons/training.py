"""Train all networks of an ensemble at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed
from sametask.config.sections.ensemble_section import Ensemble, Scheme, Training
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import MEMBER, Members
from sametask.neurons.networks.kinds import build
from sametask.neurons.networks.shapes import drawn_weights, layers_of, require_fitting
from sametask.neurons.networks.stack import Networks
from sametask.neurons.resampling import LEFT_OUT, covariance_factor, drawn_rows
from sametask.populations.layout import LayerWeights
from sametask.populations.memory import keep_memory
from sametask.populations.optimisers import OPTIMISERS
from sametask.storage.store import Writer

# Rows that all networks see at once.
AT_ONCE = 1000
# A network has diverged if its last loss is more than so many times that before the first step.
FAR = 100


@dataclass(frozen=True)
class Trained:
    """N networks for each of S splits, and how they were trained.

    ``loss`` (S, N, E) is the mean over the rows of each epoch, while the weights move. ``rows``
    (S, N, n) are those that each learned from, with ``LEFT_OUT`` where a jackknife leaves one out.
    ``quality`` (S, N) on held-out rows is the accuracy, or the mean square error.
    """

    members: Members
    loss: np.ndarray
    rows: np.ndarray
    quality: np.ndarray

    def write(self, writer: Writer) -> None:
        """Write it to ``ensemble.zarr``."""
        self.members.write(writer)
        writer.array("loss", self.loss, [*MEMBER, "epoch"])
        writer.array("rows", self.rows, [*MEMBER, "place"])
        writer.array("quality", self.quality, MEMBER)


@dataclass(frozen=True)
class Seen:
    """What the networks of a split learn: all inputs (s, d), what is wanted, and rows (N, n)."""

    inputs: Tensor
    wanted: Tensor
    rows: Tensor

    def batch(self, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return inputs (N, b, d), what is wanted (N, b, …), and 1 or 0 for rows left out."""
        rows = self.rows[:, places]
        return self.inputs[rows], self.wanted[rows], (rows != LEFT_OUT).to(self.inputs)


def initial(
    layers: Sequence[LayerWeights], settings: Ensemble, scheme: Scheme, split: int
) -> Tensor:
    """Return the weights (N, P) that the networks of a split begin with.

    With ``seeds`` each has its own, otherwise all have those of the first.
    """
    own = range(settings.training.members) if scheme == "seeds" else [0]
    starts = [f"weights of split {split}, network {member}" for member in own]
    randoms = [torch.Generator().manual_seed(derived_seed(settings.seed, name)) for name in starts]
    drawn = torch.stack([drawn_weights(layers, random) for random in randoms])
    return drawn.expand(settings.training.members, -1)


def passes(networks: Networks, seen: Seen, training: Training, seed: int) -> Iterator[Tensor]:
    """Train networks, and yield their mean losses (N,) after every epoch.

    The places of the rows in an epoch's batches are the same for all of them.
    """
    random = torch.Generator().manual_seed(seed)
    rates, decays = (
        torch.full((len(seen.rows),), value, dtype=torch.float64)
        for value in (training.learning_rate, training.weight_decay)
    )
    optimiser = OPTIMISERS[training.optimiser](networks.parameters(), rates, decays)
    for _ in range(training.epochs):
        total = torch.zeros(len(seen.rows))
        for places in torch.randperm(seen.rows.shape[1], generator=random).split(training.batch):
            inputs, wanted, counted = seen.batch(places)
            sums = (counted * networks.losses(inputs, wanted, random)).sum(dim=1)
            optimiser.minimise(sums / counted.sum(dim=1).clamp_min(1))
            networks.constrain()
            total += sums.detach()
        yield total / (seen.rows != LEFT_OUT).sum(dim=1)


@torch.no_grad()
def quality(networks: Networks, inputs: Tensor, wanted: Tensor) -> Tensor:
    """Return the accuracy, or the mean square error, of each network (N,) on rows."""
    parts = zip(inputs.split(AT_ONCE), wanted.split(AT_ONCE), strict=True)
    return torch.cat([networks.quality(*part) for part in parts], dim=1).mean(dim=1)


@torch.no_grad()
def _untrained_loss(networks: Networks, seen: Seen) -> Tensor:
    """Return the mean loss (N,) over some rows, with random numbers that nothing else uses."""
    inputs, wanted, counted = seen.batch(torch.arange(min(AT_ONCE, seen.rows.shape[1])))
    losses = networks.losses(inputs, wanted, torch.Generator().manual_seed(0))
    return (counted * losses).sum(dim=1) / counted.sum(dim=1).clamp_min(1)


def _of_split(split: int, rows: Rows, settings: Ensemble, scheme: Scheme) -> tuple:
    """Return the weights, losses, rows and quality of the networks, and which did not diverge."""
    layers = layers_of(settings.network, rows.inputs.shape[1], rows.outputs)
    held = rows.held_out[split]
    inputs, wanted = torch.from_numpy(rows.seen(split)), torch.from_numpy(rows.wanted)
    seed = derived_seed(settings.seed, f"split {split}")
    chosen = drawn_rows(scheme, np.flatnonzero(~held), settings.training.members, seed)
    networks = build(settings.network, layers, initial(layers, settings, scheme, split))
    seen = Seen(inputs, wanted, torch.from_numpy(chosen))
    most = FAR * _untrained_loss(networks, seen)
    loss = torch.stack(list(passes(networks, seen, settings.training, seed)), dim=1)
    found, weights = quality(networks, inputs[held], wanted[held]), networks.flattened()
    finite = weights.isfinite().all(dim=1) & loss.isfinite().all(dim=1) & found.isfinite()
    present = finite & (loss[:, -1] <= most)
    return weights.numpy(), loss.numpy(), chosen, found.numpy(), present.numpy()


def train(rows: Rows, settings: Ensemble, scheme: Scheme) -> Trained:
    """Train the networks of all splits by a scheme: the same bits in every run.

    ``ConfigError`` if the network does not fit the rows, ``DataError`` if of some split fewer than
    two networks do not diverge. What diverged is not ``present``.
    """
    require_fitting(settings.network, rows)
    keep_memory()
    splits = [_of_split(split, rows, settings, scheme) for split in range(len(rows.held_out))]
    weights, loss, chosen, found, present = map(np.stack, zip(*splits, strict=True))
    _require_present(present)
    activation = getattr(settings.network, "activation", "tanh")
    layers = layers_of(settings.network, rows.inputs.shape[1], rows.outputs)
    factor = covariance_factor(scheme, chosen.shape[2], chosen.shape[1])
    return Trained(Members(weights, present, layers, activation, factor), loss, chosen, found)


def _require_present(present: np.ndarray) -> None:
    """Say how many networks (S, N) diverged; ``DataError`` if fewer than two of a split did not."""
    logging.getLogger(__name__).info("%d of %d networks diverged", (~present).sum(), present.size)
    counts = present.sum(axis=1)
    if (counts < 2).any():
        split = int(counts.argmin())
        raise DataError(
            f"split {split}: {counts[split]} of {present.shape[1]} networks did not diverge, and "
            "a covariance needs two; lower training.learning_rate"
        )
