"""A zoo of small networks on one domain, trained together, with layers of known content.

Three layers of each are used. ``first`` is wide, with weights of full rank and a monotone
activation: it keeps the whole input, trained or not. ``hidden`` is a bottleneck h of as many units
as the task has latents, and is equivalent to the latents z. First, the task is an immersion of z
and a function of h, so that h determines z. Second, both have k dimensions, so that h is locally a
function of z; level sets of z are connected, so that it is a function of z everywhere. ``outputs``
have the knowledge of the task. The argument for the bottleneck does not hold for folded tasks,
whose ``hidden`` is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed, generator
from sametask.benchmark.tasks import EVERYTHING, INPUTS, Task, all_tasks
from sametask.config.sections.benchmark_section import ZooTraining
from sametask.inputs.perturbations import standard_deviation
from sametask.networks.stacked import StackedPerceptron, train_stacked
from sametask.statistics.variance import spread
from sametask.storage.store import Store
from sametask.verdict.layers.comparison import Layer

# Activation and width of each architecture. The activation of the bottleneck is always tanh.
ARCHITECTURES = {"tanh": 24, "silu": 32, "sine": 20}
FIRST, HIDDEN = 0, 2
DEPTHS = {"first": FIRST, "hidden": HIDDEN, "outputs": -1}
# A network has not learned its task if its error exceeds this fraction of the targets' variance.
LEARNED = 0.01
# Weights with a larger condition number hardly keep the whole input.
CONDITION = 30.0
# Steps whose targets are computed at once: one batch at a time takes longer than training itself.
BLOCK = 50


@dataclass(frozen=True)
class Group:
    """Networks of one architecture and bottleneck, and the task of each; ``None`` if untrained."""

    architecture: str
    bottleneck: int
    tasks: tuple[Task | None, ...]

    @property
    def learned(self) -> tuple[Task, ...]:
        """The task of each member of a trained group; empty for an untrained group."""
        return tuple(task for task in self.tasks if task is not None)

    @property
    def outputs(self) -> int:
        """The number of outputs of all members: the largest that one of their tasks needs."""
        points = torch.zeros(1, INPUTS)
        return max((task.targets(points).shape[1] for task in self.tasks if task), default=1)

    def stack(self, seed: int) -> StackedPerceptron:
        """Return the members with their initial weights."""
        width, act = ARCHITECTURES[self.architecture], self.architecture
        widths = [INPUTS, width, width, self.bottleneck, width, width, self.outputs]
        kind = "trained" if self.tasks[0] else "untrained"
        stream = f"weights {kind} {act} {self.bottleneck}"
        draw = torch.Generator().manual_seed(derived_seed(seed, stream))
        # Sine folds: the first layer of the sine networks is tanh as well.
        first = "tanh" if act == "sine" else act
        return StackedPerceptron.drawn(
            len(self.tasks), widths, [first, act, "tanh", act, act], draw
        )


def groups(untrained: int) -> list[Group]:
    """Return the zoo: every task in every architecture, and so many untrained networks of each."""
    zoo = []
    for architecture in ARCHITECTURES:
        for size in (1, 2, 3):
            tasks = tuple(task for task in all_tasks() if task.bottleneck == size)
            zoo.append(Group(architecture, size, tasks))
        zoo.append(Group(architecture, 3, (None,) * untrained))
    return zoo


def stored_stacks(zoo: Store, settings: ZooTraining) -> list[tuple[Group, StackedPerceptron]]:
    """Return every group of the zoo with its stored weights."""
    stacks = []
    for number, group in enumerate(groups(settings.untrained)):
        stack = group.stack(settings.seed).double().requires_grad_(False)
        names = stack.state_dict()
        stack.load_state_dict({name: torch.from_numpy(zoo[f"{number}/{name}"]) for name in names})
        stacks.append((group, stack))
    return stacks


def padded_targets(tasks: tuple[Task, ...], inputs: Tensor, width: int) -> Tensor:
    """Return every task's targets (n, …, width) of inputs (…, 4), zeros where a task has fewer."""
    columns = [task.targets(inputs) for task in tasks]
    pad = torch.nn.functional.pad
    return torch.stack([pad(targets, (0, width - targets.shape[-1])) for targets in columns])


def _batches(group: Group, size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield inputs (size, 4) and the targets (n, size, p) of all members, endlessly."""
    stream = f"batches {group.architecture} {group.bottleneck}"
    draw = torch.Generator().manual_seed(derived_seed(seed, stream))
    while True:
        inputs = 2 * torch.rand(BLOCK, size, INPUTS, generator=draw) - 1
        targets = padded_targets(group.learned, inputs, group.outputs)
        yield from zip(inputs, targets.transpose(0, 1).contiguous(), strict=True)


def train_group(group: Group, settings: ZooTraining) -> StackedPerceptron:
    """Return the trained members of a group; an untrained group is not trained."""
    stack = group.stack(settings.seed)
    if group.tasks[0] is None:
        return stack.double().requires_grad_(False)
    batches = _batches(group, settings.batch, settings.seed)
    train_stacked(stack, batches, settings.steps, settings.learning_rate)
    return stack


def task_errors(group: Group, stack: StackedPerceptron, inputs: Tensor) -> Tensor:
    """Return the error (n,) of every member on inputs (b, 4), relative to its targets' variance."""
    outputs = stack(inputs)[-1]
    errors = []
    for task, predicted in zip(group.learned, outputs, strict=True):
        wanted = task.targets(inputs)
        missed = (predicted[:, : wanted.shape[1]] - wanted).square().sum()
        errors.append(missed / spread(wanted))
    return torch.stack(errors)


@dataclass(frozen=True)
class Place:
    """One layer of one network of the zoo, and what is known of it."""

    network: int
    name: str
    kind: str
    knowledge: frozenset[str]
    dimension: int
    layer: Layer


def draw_inputs(
    fit: int, test: int, perturbations: int, delta: float, seed: int
) -> dict[str, Tensor]:
    """Return fit (N, 4), test (n, 4) and perturbed (N, M, 4) inputs of the whole zoo.

    N is ``fit``, n is ``test``, M is ``perturbations``. Their standard deviation is delta / 4.
    """
    draw = generator(seed, "same-task inputs")
    fitted, tested = (
        torch.from_numpy(draw.uniform(-1, 1, (count, INPUTS))) for count in (fit, test)
    )
    noise = draw.standard_normal((fit, perturbations, INPUTS))
    cloud = fitted[:, None] + standard_deviation(delta) * torch.from_numpy(noise)
    return {"fit": fitted, "test": tested, "perturbations": cloud}


def _record(stack: StackedPerceptron, inputs: Tensor) -> list[Tensor]:
    """Return the three layers (n, …, width) of all members on inputs (…, 4)."""
    layers = stack(inputs.reshape(-1, INPUTS))
    count = len(stack.weights[0])
    return [layers[depth].reshape(count, *inputs.shape[:-1], -1) for depth in DEPTHS.values()]


def _keeps_input(stack: StackedPerceptron, member: int) -> bool:
    singular = torch.linalg.svdvals(stack.weights[0][member])
    return bool(singular[0] < CONDITION * singular[-1])


def _known(group: Group, task: Task | None, stack: StackedPerceptron, member: int) -> dict:
    """Return the layers of a member with known content: ``{kind: (knowledge, dimension)}``."""
    kinds = {}
    if _keeps_input(stack, member):
        kinds["first"] = EVERYTHING, INPUTS
    if task is not None:
        kinds["outputs"] = task.knowledge, len(task.latents)
        if task.folded is None:
            kinds["hidden"] = task.knowledge, len(task.latents)
    return kinds


def places(
    group: Group, stack: StackedPerceptron, inputs: Mapping[str, Tensor], start: int
) -> list[Place]:
    """Return the layers of known content of a group's members, numbered from ``start``."""
    recorded = {part: _record(stack, points) for part, points in inputs.items()}
    layers_known = []
    for member, task in enumerate(group.tasks):
        outputs = task.targets(inputs["test"][:1]).shape[1] if task else group.outputs
        name = f"{group.architecture} {task.name if task else 'untrained'}"
        for kind, (knowledge, dimension) in _known(group, task, stack, member).items():
            depth = list(DEPTHS).index(kind)
            width = outputs if kind == "outputs" else None
            part = {key: layers[depth][member][..., :width] for key, layers in recorded.items()}
            layer = Layer(part["fit"], part["test"], part["perturbations"])
            layers_known.append(Place(start + member, name, kind, knowledge, dimension, layer))
    return layers_known


def require_learned(group: Group, errors: Tensor) -> None:
    """Raise ``DataError`` if a network has not learned its task: its layers are not known then."""
    for task, error in zip(group.learned, errors.tolist(), strict=True):
        if error > LEARNED:
            raise DataError(
                f"{group.architecture}, {task.name}: misses {error:.2%} of its targets' variance "
                f"after training, at most {LEARNED:.0%} allowed; raise `steps`"
            )


def zoo_places(
    stacks: Sequence[tuple[Group, StackedPerceptron]], inputs: Mapping[str, Tensor]
) -> list[Place]:
    """Return the layers of known content of the whole zoo; networks are numbered in order."""
    layers, start = [], 0
    for group, stack in stacks:
        layers += places(group, stack, inputs, start)
        start += len(group.tasks)
    return layers
