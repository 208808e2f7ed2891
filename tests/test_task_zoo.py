"""The task zoo: what is true of its pairs, who is in which half, how its networks are trained."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from sametask.benchmark.task_zoo.data_sets import FOUR_INPUTS, NAMES, load
from sametask.benchmark.task_zoo.pairs import choose_pairs, halves, truth
from sametask.benchmark.task_zoo.recipes import Recipe, recipes
from sametask.benchmark.task_zoo.targets import AUTOENCODER, targets
from sametask.benchmark.task_zoo.training import (
    NETWORK,
    REFERENCE,
    UNTRAINED_COPY,
    cross_entropy,
    groups,
    lesson,
    target_of,
    train_group,
)
from sametask.benchmark.task_zoo.zoo import (
    Layers,
    Network,
    learner,
    networks_of,
    pruned,
    rounded,
)
from sametask.config.sections.task_zoo_section import TaskZoo, TaskZooTraining

NOTHING = {role: Layers(*[torch.zeros(1, 1)] * 4) for role in (NETWORK, REFERENCE)}
BRIEF = TaskZooTraining(steps=200, batch=64)


def made(recipe, data, fidelity=1.0):
    """A network of the zoo that was not trained: what is true of it is known from its recipe."""
    return Network(recipe, target_of(recipe, data), NOTHING, (fidelity, fidelity))


def kind_of(pair):
    """What a pair counts as, whichever of the two contains the other."""
    return "contained" if "contains" in pair.truth else pair.truth


@pytest.fixture(scope="module", params=NAMES)
def data(request):
    return load(request.param, seed=0)


def test_rows_are_divided_once_and_inputs_standardised_on_those_trained(data):
    rows = torch.cat([data.trained, data.held_out])
    assert sorted(rows.tolist()) == list(range(len(data.inputs)))
    assert len(data.trained) == pytest.approx(2 * len(data.held_out), abs=2)
    if data.name != FOUR_INPUTS:
        assert data.inputs[data.trained].mean(0).abs().max() < 1e-9


def test_what_a_target_contains_is_a_function_of_it(data):
    """Each class of the larger target, or each of its columns, gives one value of the smaller."""
    known = targets(data)
    for target in known.values():
        for name in target.contains:
            smaller = known[name]
            if target.classifies:
                for label in target.values.unique():
                    assert len(smaller.values[target.values == label].unique()) == 1
            else:
                for column in smaller.values.mT:
                    assert any(torch.equal(column, other) for other in target.values.mT)


def test_recipes_have_names_of_their_own_and_halves_share_no_network(data):
    chosen = recipes(data)
    assert len({recipe.name for recipe in chosen}) == len(chosen) >= 50
    half = dict(zip(chosen, halves(chosen, seed=3), strict=True))
    assert abs(sum(half.values()) - len(chosen) / 2) <= 4
    for recipe in chosen:
        assert half[recipe] == half[recipe.parent]
    # Every target is in both halves.
    for name in {recipe.target for recipe in chosen}:
        assert {half[recipe] for recipe in chosen if recipe.target == name} == {0, 1}


TANH = Recipe("digits", "classes", "tanh")


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        (TANH, replace(TANH, seed=1), ("same_task", "same target")),
        (TANH, replace(TANH, architecture="convolution"), ("same_task", "same target")),
        (TANH, replace(TANH, renamed=True), ("same_task", "renamed classes")),
        (TANH, replace(TANH, target="parity"), ("a_contains_b", "contained")),
        (replace(TANH, target="half of the classes"), TANH, ("b_contains_a", "contained")),
        (replace(TANH, target="parity"), replace(TANH, target="modulo 3"),
         ("other_task", "other target")),
        (TANH, replace(TANH, effort=0.0), ("other_task", "untrained")),
        (replace(TANH, effort=0.0), replace(TANH, effort=0.0, seed=1), ("other_task", "untrained")),
        (replace(TANH, target="permuted labels"), replace(TANH, target="permuted labels", seed=1),
         ("other_task", "permuted labels")),
        (TANH, replace(TANH, target=AUTOENCODER), ("other_task", AUTOENCODER)),
        (replace(TANH, target=AUTOENCODER), replace(TANH, target=AUTOENCODER, seed=1), None),
        (TANH, replace(TANH, kept=0.2), ("graded", "pruned to 20%")),
        (TANH, replace(TANH, bits=8), ("graded", "8-bit weights")),
        (replace(TANH, portion=0.5), TANH, ("graded", "50% of the rows")),
        (TANH, replace(TANH, effort=0.05), ("graded", "5% of the steps")),
        (TANH, replace(TANH, architecture="linear"), ("graded", "linear")),
        (replace(TANH, kept=0.2), replace(TANH, bits=8), None),
        (replace(TANH, kept=0.2), replace(TANH, target="parity"), None),
        (replace(TANH, kept=0.2), replace(TANH, effort=0.0), None),
    ],
)  # fmt: skip
def test_what_is_true_of_a_pair_follows_from_its_recipes(a, b, found):
    digits = load("digits", seed=0)
    assert truth(made(a, digits), made(b, digits)) == found


def test_other_forms_of_a_task_are_graded():
    data = load(FOUR_INPUTS, seed=0)
    names = list(targets(data))
    both, form = "plain of z1², z2", "surface of z1², z2"
    assert {both, form, "plain of z1²"} <= set(names)
    plain, other, fewer = (made(Recipe(FOUR_INPUTS, name, "tanh"), data)
                           for name in (both, form, "plain of z1²"))  # fmt: skip
    assert truth(other, plain) == ("graded", "another form")
    assert truth(plain, fewer) == ("a_contains_b", "contained")
    assert truth(other, fewer) is None


def test_pairs_are_within_a_half_and_without_networks_that_did_not_learn():
    data = load("wine", seed=0)
    settings = TaskZoo(same=3, contained=2, other=7, calibrating=6, graded=4)
    asked = [
        {"same_task": 3, "contained": 2, "other_task": 6},
        {"same_task": 3, "contained": 2, "other_task": 7, "graded": 4},
    ]
    networks = [made(recipe, data, 0.2 if recipe.seed == 1 else 0.9) for recipe in recipes(data)]
    half = halves([network.recipe for network in networks], settings.seed)
    for number in (0, 1):
        pairs = choose_pairs(networks, number, settings)
        assert {half[place] for pair in pairs for place in (pair.a, pair.b)} == {number}
        assert len({frozenset((pair.a, pair.b)) for pair in pairs}) == len(pairs)
        # The calibration half has a number of other tasks of its own, and no graded pairs.
        assert Counter(kind_of(pair) for pair in pairs) == asked[number]
        assert all(networks[place].learned for pair in pairs for place in (pair.a, pair.b))
        # Pairs of other tasks are of every kind.
        assert len({pair.why for pair in pairs if pair.truth == "other_task"}) == 5
    assert not made(Recipe("wine", "classes", "tanh", 1), data, 0.2).learned
    assert made(Recipe("wine", "classes", "tanh", 1, effort=0.05), data, 0.2).learned
    assert made(Recipe("wine", "random labels", "tanh", 1), data, 0.0).learned


def test_renamed_classes_are_the_same_partition_with_other_names():
    data = load("wine", seed=0)
    plain = Recipe("wine", "classes", "tanh")
    first, second = target_of(plain, data), target_of(replace(plain, renamed=True), data)
    assert not torch.equal(first.values, second.values)
    for label in range(3):
        assert len(second.values[first.values == label].unique()) == 1


def test_cross_entropy_is_that_of_torch_for_the_rows_and_classes_of_each_member(generator):
    outputs = torch.randn(2, 6, 4, generator=generator)
    labels = torch.tensor([[0, 1, 2, 3, 0, 1], [0, 1, 1, 0, 1, 0]])
    weights = torch.tensor([[1.0] * 6, [1.0, 0, 1, 0, 1, 1]])
    used = torch.tensor([[[1.0, 1, 1, 1]], [[1.0, 1, 0, 0]]])
    found = cross_entropy(outputs, labels, weights, used)
    rows = weights[1].bool()
    expected = [
        torch.nn.functional.cross_entropy(outputs[0], labels[0]),
        torch.nn.functional.cross_entropy(outputs[1, rows, :2], labels[1, rows]),
    ]
    torch.testing.assert_close(found, torch.stack(expected))


def test_pruning_keeps_the_largest_weights_and_rounding_few_values():
    weights = {"weights.0": torch.tensor([[[3.0, -0.1], [0.2, -4.0]]]),
               "biases.0": torch.tensor([[[0.01, 0.02]]])}  # fmt: skip
    kept = pruned(weights, 0.5)
    assert kept["weights.0"].tolist() == [[[3.0, 0.0], [0.0, -4.0]]]
    assert torch.equal(kept["biases.0"], weights["biases.0"])
    coarse = rounded(weights, 3)["weights.0"]
    torch.testing.assert_close(coarse * 3 / 4, (coarse * 3 / 4).round())
    assert coarse[0, 1, 1] == -4 and coarse[0, 0, 1] == 0


@pytest.fixture(scope="module")
def trained():
    """The convolutional and the pruned networks of the digits, trained for a moment."""
    data = load("digits", seed=0)
    chosen = [
        Recipe("digits", "classes", "convolution"),
        Recipe("digits", "classes", "tanh"),
        Recipe("digits", "parity", "tanh"),
    ]
    made_groups = groups([*chosen, replace(chosen[1], kept=0.2)], data)
    return data, made_groups, [(group, train_group(group, data, BRIEF)) for group in made_groups]


def test_members_of_a_group_learn_their_own_tasks(trained):
    data, made_groups, stacks = trained
    # The pruned copy is not trained; every network has a reference, and an untrained copy apart.
    assert [len(group.members) for group in made_groups] == [2, 1, 4, 2]
    for group, stack in stacks:
        outputs = stack(data.inputs)[-1]
        learned = lesson(group, data)
        for place, member in enumerate(group.members):
            width = int(learned.used[place].sum())
            given = outputs[place, :, :width].argmax(1)[data.held_out]
            right = (given == learned.wanted[place][data.held_out]).double().mean()
            assert (right > 0.8) == (member.role != UNTRAINED_COPY)


def test_what_the_evidence_gets_is_what_the_network_does(monkeypatch, trained):
    data, made_groups, stacks = trained
    members = [member.recipe for group in made_groups for member in group.members]
    chosen = [*dict.fromkeys(members), replace(members[3], kept=0.2)]
    monkeypatch.setattr("sametask.benchmark.task_zoo.zoo.recipes", lambda _: chosen)
    networks = networks_of(data, stacks)
    for network in networks:
        for kind in ("hidden", "outputs"):
            seen = learner(network, data, kind, fit=300)
            assert len(seen.layer.fit) == len(seen.whole) == 300
            torch.testing.assert_close(seen.back(seen.layer.test[None])[0], seen.outputs.test)
            assert not torch.equal(seen.untrained.layer.fit, seen.reference.layer.fit)
    plain, changed = networks[1], networks[-1]
    assert plain.fidelity[1] == changed.fidelity[1] and plain.fidelity[0] > changed.fidelity[0]
