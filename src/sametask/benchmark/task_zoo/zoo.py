"""The trained task zoo: what every network does on the rows that maps are fitted and judged on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from sklearn.metrics import cohen_kappa_score
from torch import Tensor, nn
from torch.func import functional_call

from sametask.benchmark.task_zoo.data_sets import DataSet, load
from sametask.benchmark.task_zoo.recipes import Recipe, recipes
from sametask.benchmark.task_zoo.targets import Target
from sametask.benchmark.task_zoo.training import (
    NETWORK,
    REFERENCE,
    UNTRAINED_COPY,
    Group,
    groups,
    lesson,
    target_of,
)
from sametask.config.sections.task_zoo_section import TaskZooTraining
from sametask.statistics.variance import relative_error
from sametask.storage.store import Store
from sametask.verdict.task.learner import Copy, Learner, Seen

# Where layers are compared: the last hidden layer, and the outputs.
KINDS = ("hidden", "outputs")
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Layers:
    """The last hidden layer (N, m) of a network, and its outputs (N, o).

    Outputs are ``hidden`` @ ``matrix`` + ``offset``.
    """

    hidden: Tensor
    outputs: Tensor
    matrix: Tensor
    offset: Tensor


@dataclass(frozen=True)
class Network:
    """A network of the zoo with its copies.

    ``fidelity`` is how well it and its reference do what they were trained for, on held-out rows.
    """

    recipe: Recipe
    target: Target
    layers: dict[str, Layers]
    fidelity: tuple[float, float]

    @property
    def learned(self) -> bool:
        """Whether it and its reference have learned what they were trained for.

        Nothing is asked of untrained networks, of those that memorise, and of graded cases.
        """
        least = self.target.least
        if least is None or self.recipe.untrained or self.recipe.change:
            return True
        return min(self.fidelity) >= least


def pruned(weights: Weights, kept: float) -> Weights:
    """Return weights of which all but the largest ``kept`` share, biases aside, are set to zero."""
    matrices = {name: values for name, values in weights.items() if "biases" not in name}
    sizes = torch.cat([values.abs().flatten() for values in matrices.values()])
    least = sizes.sort(descending=True).values[round(kept * len(sizes)) - 1]
    zeroed = {
        name: torch.where(values.abs() >= least, values, 0.0) for name, values in matrices.items()
    }
    return {**weights, **zeroed}


def rounded(weights: Weights, bits: int) -> Weights:
    """Return weights rounded to integers of so many bits, with one scale for each array."""
    most = 2 ** (bits - 1) - 1
    scales = {name: values.abs().max().clamp_min(1e-300) / most for name, values in weights.items()}
    return {
        name: (values / scales[name]).round() * scales[name] for name, values in weights.items()
    }


def changed(weights: Weights, recipe: Recipe) -> Weights:
    """Return the weights of a changed copy of a network, from those of the network itself."""
    if recipe.bits is not None:
        return rounded(weights, recipe.bits)
    return pruned(weights, recipe.kept)


def member_weights(stack: nn.Module, place: int) -> Weights:
    """Return the weights (1, …) of one member of a stack, by name."""
    return {name: values[place : place + 1] for name, values in stack.state_dict().items()}


def layers_of(stack: nn.Module, weights: Weights, inputs: Tensor, width: int) -> Layers:
    """Return the layers of one network on inputs (N, d), and its first ``width`` outputs."""
    *_, hidden, outputs = functional_call(stack, weights, (inputs,))
    # The last weights and biases are those of the outputs.
    last = {
        kind: [values for name, values in weights.items() if kind in name][-1]
        for kind in ("weights", "biases")
    }
    matrix, offset = last["weights"][0][:, :width], last["biases"][0, 0, :width]
    return Layers(hidden[0], outputs[0, :, :width], matrix, offset)


def fidelity(outputs: Tensor, target: Target, rows: Tensor) -> float:
    """Return Cohen's kappa of classes, or R², of outputs (N, o) with a target on some rows."""
    truth, given = target.values[rows], outputs[rows]
    if target.classifies:
        return float(cohen_kappa_score(given.argmax(dim=1), truth))
    error = relative_error(given, truth)
    return 0.0 if error is None else 1 - error


def stored_stacks(
    zoo: Store, data: DataSet, place: int, settings: TaskZooTraining
) -> list[tuple[Group, nn.Module]]:
    """Return the groups of a data set, the one at this ``place``, with their stored weights."""
    stacks = []
    for number, group in enumerate(groups(recipes(data), data)):
        stack = group.stack(data, lesson(group, data).width, settings.seed)
        stack = stack.double().requires_grad_(False)
        prefix = f"{place}/{number}"
        stored = {name: torch.from_numpy(zoo[f"{prefix}/{name}"]) for name in stack.state_dict()}
        stack.load_state_dict(stored)
        stacks.append((group, stack))
    return stacks


def networks_of(data: DataSet, stacks: Sequence[tuple[Group, nn.Module]]) -> list[Network]:
    """Return all networks of a data set with their copies, in the order of their recipes."""
    weights = {
        (member.recipe, member.role): (stack, member_weights(stack, place))
        for group, stack in stacks
        for place, member in enumerate(group.members)
    }
    networks = []
    for recipe in recipes(data):
        target, layers = target_of(recipe, data), {}
        for role in (NETWORK, REFERENCE, UNTRAINED_COPY):
            stack, values = weights[recipe.parent, role]
            if recipe.derived and role == NETWORK:
                values = changed(values, recipe)
            layers[role] = layers_of(stack, values, data.inputs, target.width)
        first, second = (
            fidelity(layers[role].outputs, target, data.held_out) for role in (NETWORK, REFERENCE)
        )
        networks.append(Network(recipe, target, layers, (first, second)))
    return networks


def zoo_networks(zoo: Store, settings: TaskZooTraining) -> Iterator[tuple[DataSet, list[Network]]]:
    """Yield every data set with its networks."""
    for place, name in enumerate(settings.data_sets):
        data = load(name, settings.seed)
        yield data, networks_of(data, stored_stacks(zoo, data, place, settings))


def readout(matrix: Tensor, offset: Tensor, rows: Tensor) -> Tensor:
    """Return the outputs (n, o) of rows (n, m) of the last hidden layer."""
    return rows @ matrix + offset


def unchanged(rows: Tensor) -> Tensor:
    """Return rows as they are: nothing follows the outputs."""
    return rows


def learner(network: Network, data: DataSet, kind: str, fit: int) -> Learner:
    """Return what the evidence needs of a network whose layer of this ``kind`` is compared.

    Maps are fitted on at most ``fit`` of the rows that networks are trained on.
    """
    fitted = data.trained[:fit]

    def seen(values: Tensor) -> Seen:
        return Seen(values[fitted], values[data.held_out])

    def copy(role: str) -> Copy:
        layers = network.layers[role]
        return Copy(seen(getattr(layers, kind)), seen(layers.outputs))

    itself, layers = copy(NETWORK), network.layers[NETWORK]
    back = partial(readout, layers.matrix, layers.offset) if kind == "hidden" else unchanged
    return Learner(
        layer=itself.layer,
        whole=itself.layer.fit,
        back=back,
        inputs=seen(data.inputs),
        outputs=itself.outputs,
        classifies=network.target.classifies,
        untrained=copy(UNTRAINED_COPY),
        reference=copy(REFERENCE),
    )
