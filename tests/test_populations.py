"""Populations: many small networks trained at once, and their weights after every epoch."""

import numpy as np
import pytest
import torch
from refusals import refusal
from torch.nn.functional import cross_entropy

from sametask.config.sections.population_section import PieceImages, Population
from sametask.populations.initialisers import INITIALISERS, drawn
from sametask.populations.layout import LayerWeights, read_layers
from sametask.populations.members import AT_ONCE, blocks, facts, groups, members, split
from sametask.populations.networks import build
from sametask.populations.pieces import PIECES, draw_images, places, shifted, wanted
from sametask.populations.training import _batches, images, train

SMALL = Population(networks=6, activations=["relu", "tanh"], epochs=3,
                   initialisers=["uniform", "xavier_normal"])  # fmt: skip


def alone(member, settings):
    """A network of its own, trained by torch in the ordinary way."""
    whole = build([member], settings)
    network = torch.nn.Sequential(whole.features.member(0), whole.scores.member(0))
    data = images(settings, member.task, member.share)["train"]
    optimiser = torch.optim.Adam(network.parameters(), lr=member.learning_rate)
    for epoch in _batches(data, settings):
        for rows in epoch:
            optimiser.zero_grad()
            cross_entropy(network(data.pixels[rows]), data.classes[rows]).backward()
            optimiser.step()
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def test_a_piece_has_all_its_places_and_no_other():
    assert {piece: len(shifted(piece)) for piece in PIECES} == {"I": 4, "O": 9, "T": 6, "L": 6}
    for piece, rows in PIECES.items():
        ink = sum(row.count("#") for row in rows)
        assert (shifted(piece).sum(axis=(1, 2)) == ink).all()
        assert len(np.unique(shifted(piece), axis=0)) == len(shifted(piece))


def test_images_are_pieces_on_a_bright_ground_with_noise():
    found = draw_images(500, ink=-1.0, noise=0.2, seed=0, split="train")
    assert found.pixels.shape == (2000, 16)
    assert found.classes.bincount().tolist() == [500] * 4
    dark = (found.pixels < 0).sum(dim=1).float()
    assert dark.mean() == pytest.approx(4, abs=0.01)
    near = torch.where(found.pixels < 0, found.pixels + 1, found.pixels - 1)
    assert near.std() == pytest.approx(0.2, abs=0.005)
    again = draw_images(500, ink=-1.0, noise=0.2, seed=0, split="train")
    other = draw_images(500, ink=-1.0, noise=0.2, seed=0, split="test")
    assert torch.equal(again.pixels, found.pixels)
    assert not torch.equal(other.pixels, found.pixels)


def test_tasks_are_functions_of_the_clean_image_on_the_same_pixels():
    drawn = {
        task: draw_images(300, ink=0.0, noise=0.0, seed=3, split="train", task=task)
        for task in ("piece", "row", "column", "arbitrary")
    }
    clean, number = drawn["piece"].pixels.unique(dim=0, return_inverse=True)
    assert len(clean) == 25
    for images_ in drawn.values():
        assert torch.equal(images_.pixels, drawn["piece"].pixels)
        assert len(torch.stack([number, images_.classes]).unique(dim=1).T) == 25
    ink = 1 - clean.reshape(25, 4, 4)
    rows = torch.stack([ink.amax(dim=2).argmax(dim=1), ink.amax(dim=1).argmax(dim=1)])
    for place, task in enumerate(("row", "column")):
        assert torch.equal(drawn[task].classes, rows[place][number])
    assert len(drawn["arbitrary"].classes.unique()) == 4
    again = wanted("arbitrary", 4)
    assert [len(known) for known in again] == [len(places(piece)) for piece in PIECES]
    assert any((a != b).any() for a, b in zip(again, wanted("arbitrary", 3), strict=True))


def test_networks_of_several_tasks_begin_with_the_same_weights_and_are_in_the_same_half():
    settings = SMALL.model_copy(update={"images": PieceImages(tasks=["piece", "row"])})
    population = members(settings)
    assert [one.number for one in population] == list(range(48))
    half = split(population, settings.seed)
    known = facts(settings)
    assert (known.numbers["start"] == [one.start for one in population]).all()
    assert known.classes["task"][1].tolist() == [0] * 24 + [1] * 24
    assert (half[:24] == half[24:]).all() and half.sum() == 24
    assert (half[:24] == split(members(SMALL), SMALL.seed)).all()
    assert [{one.task for one in group} for group in groups(settings)] == (
        [{"piece"}] * 2 + [{"row"}] * 2
    )
    piece, _, row, _ = (train(group, settings) for group in groups(settings))
    assert torch.equal(piece.weights[:, 0], row.weights[:, 0])
    assert not torch.equal(piece.weights[:, 1], row.weights[:, 1])


@pytest.mark.parametrize("name", INITIALISERS)
def test_initial_weights_have_the_spread_of_their_name(name):
    weights = drawn(name, (400, 900), torch.Generator().manual_seed(0))
    spread = {
        "uniform": 12**-0.5, "normal": 1.0, "truncated_normal": 0.08796,
        "fan_in": (3 * 900) ** -0.5,
        "xavier_uniform": (2 / 1300) ** 0.5, "xavier_normal": (2 / 1300) ** 0.5,
        "kaiming_uniform": (2 / 900) ** 0.5, "kaiming_normal": (2 / 900) ** 0.5,
    }[name]  # fmt: skip
    assert weights.std() == pytest.approx(spread, rel=0.01)
    assert weights.mean() == pytest.approx(0.5 if name == "uniform" else 0, abs=0.01)


@pytest.mark.parametrize("number", [0, 13, 23])
def test_a_member_is_the_network_that_is_trained_alone(number):
    member = members(SMALL)[number]
    (group,) = (some for some in groups(SMALL) if member in some)
    found = train(group, SMALL).weights[group.index(member), -1]
    torch.testing.assert_close(found, alone(member, SMALL), rtol=1e-3, atol=1e-4)


def test_checkpoints_begin_with_the_untrained_networks():
    group = groups(SMALL)[0]
    found = train(group, SMALL)
    assert found.weights.shape == (12, 4, 100)
    assert torch.equal(found.weights[:, 0], build(group, SMALL).flattened())
    for split_ in ("train", "test"):
        assert found.accuracy[split_].shape == found.loss[split_].shape == (12, 4)
        assert (found.loss[split_][:, -1] < found.loss[split_][:, 0]).float().mean() > 0.8


def test_every_network_has_its_own_weights_and_a_second_run_the_same_bits():
    group = groups(SMALL)[1]
    found = train(group, SMALL).weights
    assert torch.equal(train(group, SMALL).weights, found)
    assert len(found[:, 0].unique(dim=0)) == len(found)
    other = train(group, SMALL.model_copy(update={"seed": 1})).weights
    assert not torch.equal(other, found)


def test_jobs_have_the_same_groups_as_the_whole():
    settings = Population(networks=600)
    parts = blocks(settings)
    assert [group for part in parts for group in part] == groups(settings)
    assert [len(group) for group in groups(settings)] == [AT_ONCE] * 4 + [100]
    numbers = [member.number for part in parts for group in part for member in group]
    assert numbers == list(range(600))


def test_halves_have_whole_networks_of_every_kind():
    settings = SMALL.model_copy(update={"networks": 7})
    population = members(settings)
    half = split(population, settings.seed)
    for activation in settings.activations:
        for initialiser in settings.initialisers:
            kind = [half[one.number] for one in population
                    if (one.activation, one.initialiser) == (activation, initialiser)]  # fmt: skip
            assert sorted(kind) == [0, 0, 0, 0, 1, 1, 1]


def test_weights_of_units_are_where_the_layers_say():
    layers = facts(SMALL).layers
    network = build(groups(SMALL)[0], SMALL)
    flat = network.flattened()
    weights = [*network.features.weights, *network.scores.weights]
    for layer, weight in zip(layers, weights, strict=True):
        assert torch.equal(flat[:, layer.of_units], weight.detach().mT)
    plain = [layer.plain() for layer in layers]
    again = read_layers(plain, 100)
    assert [layer.plain() for layer in again] == plain
    refusal(read_layers, plain, 101, words=["have 100 weights", "has 101"])
    refusal(read_layers, plain[:1] * 2, 160, words=["160 weights, 80 of them different"])
    refusal(read_layers, plain[1:], 20, words=["20 weights"])
    wrong = [plain[0], plain[1] | {"shape": [5, 4, 1]}]
    refusal(read_layers, wrong, 100, words=["layer 1 has 4 inputs, but layer 0 has 5 units"])


def test_a_convolution_stands_as_another_library_keeps_it():
    # TensorFlow keeps (height, width, in, out), and the biases before.
    kernel = torch.arange(4, 4 + 9 * 3 * 4).reshape(3, 3, 3, 4)
    layer = LayerWeights(4, (9, 3, 4), ("place", "in", "out"), bias=0)
    found = layer.of_units
    assert found.shape == (4, 28)
    for unit in range(4):
        wanted = kernel[..., unit].reshape(9, 3).T.flatten().tolist()
        assert found[unit].tolist() == [*wanted, unit]
