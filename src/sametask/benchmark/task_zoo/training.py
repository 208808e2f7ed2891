"""Train the task zoo: all networks of one data set, architecture and effort at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, pad

from sametask.base.randomness import derived_seed, generator
from sametask.benchmark.task_zoo.data_sets import DataSet
from sametask.benchmark.task_zoo.recipes import CONVOLUTION, MAIN, PERCEPTRONS, Recipe
from sametask.benchmark.task_zoo.targets import MEMORISED, Target, memorised, targets
from sametask.config.sections.task_zoo_section import TaskZooTraining
from sametask.networks.stacked import StackedConvolution, StackedPerceptron, train_stacked

# Every network has a copy that was trained with another seed, and one that was not trained.
NETWORK, REFERENCE, UNTRAINED_COPY = "network", "reference", "untrained"
ROLES = (NETWORK, REFERENCE, UNTRAINED_COPY)
# The convolutional network: side of the images, channels, width of the hidden layer.
SIDE, CHANNELS, HIDDEN = 8, (8, 16), 32
# Added to the scores of classes that a network does not have.
EXCLUDED = -1e9


@dataclass(frozen=True)
class Member:
    """A network of the zoo, or one of its two copies."""

    recipe: Recipe
    role: str


@dataclass(frozen=True)
class Group:
    """Members of one data set, architecture, kind of target and effort: they train together.

    ``decay`` is their weight decay, if not that of the settings.
    """

    architecture: str
    classifies: bool
    effort: float
    decay: float | None
    members: tuple[Member, ...]

    @property
    def name(self) -> str:
        """What tells it from the other groups of its data set."""
        kind = "classes" if self.classifies else "columns"
        held_back = "" if self.decay is None else f", decay {self.decay:g}"
        return f"{self.architecture}, {kind}, effort {self.effort:g}{held_back}"

    def stack(self, data: DataSet, width: int, seed: int) -> nn.Module:
        """Return the members with their initial weights and ``width`` outputs each."""
        stream = f"task zoo weights {data.name} {self.name}"
        draw = torch.Generator().manual_seed(derived_seed(seed, stream))
        count = len(self.members)
        if self.architecture == CONVOLUTION:
            return StackedConvolution(count, SIDE, CHANNELS, (HIDDEN, width), "relu", draw)
        activation, hidden = PERCEPTRONS[self.architecture]
        widths = [data.inputs.shape[1], *hidden, width]
        return StackedPerceptron.drawn(count, widths, [activation] * len(hidden), draw)


def target_of(recipe: Recipe, data: DataSet) -> Target:
    """Return what a network is trained for, with its own names of the classes."""
    known = targets(data)
    if recipe.target in MEMORISED:
        like = known[MAIN.get(data.name, "classes")]
        return memorised(data, like, recipe.target, recipe.seed)
    target = known[recipe.target]
    if not recipe.renamed:
        return target
    draw = generator(recipe.seed, f"renamed {data.name} {recipe.architecture}")
    # Not the identity: the classes are moved round by at least one place.
    order = torch.from_numpy(draw.permutation(target.width))
    names = torch.empty_like(order)
    names[order] = order.roll(1)
    return replace(target, values=names[target.values])


def groups(recipes: Sequence[Recipe], data: DataSet) -> list[Group]:
    """Return the members that train together; changed copies of networks need no training."""
    members: dict[tuple[str, bool, float, float | None], list[Member]] = {}
    for recipe in recipes:
        if recipe.derived:
            continue
        target = target_of(recipe, data)
        for role in ROLES:
            effort = 0.0 if role == UNTRAINED_COPY else recipe.effort
            key = recipe.architecture, target.classifies, effort, target.decay if effort else None
            members.setdefault(key, []).append(Member(recipe, role))
    return [Group(*key, tuple(chosen)) for key, chosen in members.items()]


@dataclass(frozen=True)
class Lesson:
    """What the members of a group are to learn.

    ``wanted`` are labels (n, N), or columns (n, N, p) with zeros where a member has fewer.
    ``weights`` (n, N) are 1 at the rows that a member is trained on. ``used`` (n, 1, p) is 1 at
    the outputs that it has.
    """

    wanted: Tensor
    weights: Tensor
    used: Tensor

    @property
    def width(self) -> int:
        """The outputs of all members: the largest number that one of them needs."""
        return self.used.shape[-1]


def _rows(recipe: Recipe, data: DataSet) -> Tensor:
    """Return 1 for the rows (N,) that a network is trained on, 0 for others."""
    count = round(recipe.portion * len(data.trained))
    draw = generator(recipe.seed, f"portion of rows {data.name}")
    chosen = draw.permutation(len(data.trained))[:count]
    weights = torch.zeros(len(data.inputs))
    weights[data.trained[torch.from_numpy(chosen)]] = 1
    return weights


def lesson(group: Group, data: DataSet) -> Lesson:
    """Return what a group is to learn."""
    learned = [target_of(member.recipe, data) for member in group.members]
    width = max(target.width for target in learned)
    used = torch.zeros(len(learned), 1, width)
    for place, target in enumerate(learned):
        used[place, :, : target.width] = 1
    wanted = [
        target.values if target.classifies else pad(target.values, (0, width - target.width))
        for target in learned
    ]
    weights = torch.stack([_rows(member.recipe, data) for member in group.members])
    return Lesson(torch.stack(wanted), weights, used)


def cross_entropy(outputs: Tensor, labels: Tensor, weights: Tensor, used: Tensor) -> Tensor:
    """Return the mean cross entropy (n,) of outputs (n, b, p) over rows with weight 1."""
    logarithms = (outputs + EXCLUDED * (1 - used)).log_softmax(dim=-1)
    chosen = (logarithms * one_hot(labels, outputs.shape[-1])).sum(dim=-1)
    return -(weights * chosen).sum(dim=1) / weights.sum(dim=1).clamp_min(1)


def mean_square(outputs: Tensor, columns: Tensor, weights: Tensor, used: Tensor) -> Tensor:
    """Return the mean square error (n,) of used outputs (n, b, p) over rows with weight 1."""
    missed = (used * (outputs - columns).square()).sum(dim=-1) / used.sum(dim=-1)
    return (weights * missed).sum(dim=1) / weights.sum(dim=1).clamp_min(1)


def _batches(data: DataSet, learned: Lesson, size: int, seed: int) -> Iterator[tuple[Tensor, ...]]:
    """Yield rows that some member is trained on, at random, at most ``size`` at a time."""
    draw = torch.Generator().manual_seed(derived_seed(seed, f"task zoo batches {data.name}"))
    inputs, wanted = data.inputs.float(), learned.wanted
    wanted = wanted.float() if wanted.is_floating_point() else wanted
    while True:
        order = data.trained[torch.randperm(len(data.trained), generator=draw)]
        for rows in order.split(size):
            # The rows that are left over would make a batch of their own, smaller than others.
            if len(rows) == min(size, len(order)):
                yield inputs[rows], wanted[:, rows], learned.weights[:, rows], learned.used


def train_group(group: Group, data: DataSet, settings: TaskZooTraining) -> nn.Module:
    """Return the trained members of a group; a group without effort has its initial weights."""
    learned = lesson(group, data)
    stack = group.stack(data, learned.width, settings.seed)
    if group.effort == 0:
        return stack.double().requires_grad_(False)
    batches = _batches(data, learned, settings.batch, settings.seed)
    loss = cross_entropy if group.classifies else mean_square
    steps = max(10, round(group.effort * settings.steps))
    decay = settings.weight_decay if group.decay is None else group.decay
    train_stacked(stack, batches, steps, settings.learning_rate, loss, decay)
    return stack


def weights_of(stack: nn.Module) -> Mapping[str, Tensor]:
    """Return the weights of all members of a stack, by name, each (n, …)."""
    return stack.state_dict()
