"""The decision: planted relations are found, and nothing that is not there."""

from dataclasses import replace

import pytest
import torch

from sametask.base.errors import DataError
from sametask.config import Verdict
from sametask.statistics.chance import draw_chance
from sametask.statistics.permutation import procrustes_test
from sametask.verdict.copies import computes_the_same
from sametask.verdict.layers.alarms import alarms
from sametask.verdict.layers.comparison import Layer, gather
from sametask.verdict.layers.controls import control, controls
from sametask.verdict.layers.decision import confirm, decide
from sametask.verdict.layers.notes import notes, output_notes
from sametask.verdict.layers.statement import sentence

SETTINGS = Verdict(resamples=199)
CHANCE = draw_chance(120, 199, 99, seed=0)
DRAWS = CHANCE.draws


@pytest.fixture
def make_layer(generator):
    """Layers of functions of one set of inputs (n, 3), with their neighbourhoods."""
    inputs = 2 * torch.rand(300, 3, generator=generator).double() - 1
    cloud = inputs[:180, None] + 0.01 * torch.randn(180, 48, 3, generator=generator).double()
    return lambda function: Layer(function(inputs[:180]), function(inputs[180:]), function(cloud))


def relation(a, b):
    return decide(gather(a, b, DRAWS, SETTINGS), SETTINGS)


def plane(x):
    return torch.stack([x[..., 0] + 0.3 * x[..., 1] ** 3, torch.tanh(x[..., 1])], dim=-1)


def line(x):
    return torch.stack([torch.sin(x[..., 1]), torch.cos(x[..., 1])], dim=-1)


def fold(x):
    return x[..., 1:2] ** 2


def other(x):
    return torch.stack([x[..., 1] + 0.2 * x[..., 2], x[..., 2]], dim=-1)


def third(x):
    return torch.exp(x[..., 2:])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (plane, lambda x: plane(x).sinh() @ torch.tensor([[1.0, 0.5], [-0.5, 1]]).double(),
         "equivalent"),
        (plane, line, "a_determines_b"),
        (line, plane, "b_determines_a"),
        (line, fold, "a_determines_b"),
        (plane, other, "partial"),
        (plane, third, "unrelated"),
    ],
)  # fmt: skip
def test_planted_relations_are_found(make_layer, a, b, expected):
    assert relation(make_layer(a), make_layer(b)) == expected


def test_a_fold_is_found_though_both_layers_react_to_the_same_direction(make_layer):
    evidence = gather(make_layer(line), make_layer(fold), DRAWS, SETTINGS)
    assert evidence.local.dimension == {"a": 1, "b": 1, "joint": 1}
    assert evidence.r2["a_to_b"].low > 0.99 and evidence.r2["b_to_a"].high < 0.7


def test_a_weak_direction_is_found_though_it_hardly_counts_in_r2(make_layer):
    weak = torch.tensor([1.0, 0.15]).double()
    evidence = gather(make_layer(lambda x: x[..., :1]), make_layer(lambda x: x[..., :2] * weak),
                      DRAWS, SETTINGS)  # fmt: skip
    assert min(one.low for one in evidence.r2.values()) > 0.95
    assert decide(evidence, SETTINGS) == "b_determines_a"


def turned(amplitude):
    """A layer of two inputs in another basis, the second of them weak."""
    basis = torch.linalg.qr(torch.arange(9.0).reshape(3, 3).sin()).Q.double()[:2]
    scale = torch.tensor([1.0, amplitude]).double()
    return lambda x: (x[..., :2] * scale) @ basis


@pytest.mark.parametrize("amplitude", [0.04, 0.09])
def test_a_direction_of_less_than_one_per_cent_is_missed_where_it_is_missing(make_layer, amplitude):
    """0.16 and 0.8 % of the variance: no local direction counts, and R² is above 0.99."""
    weak, alone = make_layer(turned(amplitude)), make_layer(lambda x: x[..., :1])
    evidence = gather(weak, alone, DRAWS, SETTINGS)
    assert evidence.local.adds == {"a_to_b": 0, "b_to_a": 0}
    assert evidence.r2["b_to_a"].low > 0.98 and evidence.weakest["b_to_a"].high < 0.5
    assert decide(evidence, SETTINGS) == "a_determines_b"


def test_a_direction_that_is_weak_in_one_layer_and_counts_in_the_other_is_not_new(make_layer):
    """0.5 % of the leading variance beside 2 %: each layer is a function of the other."""
    evidence = gather(make_layer(turned(0.07)), make_layer(turned(0.15)), DRAWS, SETTINGS)
    assert (evidence.local.dimension["a"], evidence.local.dimension["b"]) == (1, 2)
    assert evidence.local.adds == {"a_to_b": 0, "b_to_a": 0}
    assert decide(evidence, SETTINGS) == "equivalent"


def test_a_direction_that_few_samples_carry_is_seen(make_layer):
    """The median over samples overlooks it, and it is a small part of the variance."""

    def rare(x):
        return torch.cat([x[..., 1:2], (x[..., 2:] - 0.8).clamp_min(0)], dim=-1)

    evidence = gather(make_layer(rare), make_layer(line), DRAWS, SETTINGS)
    assert evidence.local.dimension == {"a": 1, "b": 1, "joint": 1}
    assert evidence.r2["b_to_a"].low > 0.95
    assert decide(evidence, SETTINGS) == "a_determines_b"


def test_shuffled_pairs_are_unrelated_even_of_a_layer_with_itself(make_layer):
    layer = make_layer(plane)
    assert relation(layer, layer) == "equivalent"
    assert relation(layer, layer.shuffled(3)) == "unrelated"


def test_a_shuffled_sample_keeps_its_neighbourhood(make_layer):
    layer = make_layer(plane)
    shuffled = layer.shuffled(3)
    fit, test = layer.orders(3)
    assert not torch.equal(fit, torch.arange(180)) and len(fit.unique()) == 180
    torch.testing.assert_close(shuffled.fit, layer.fit[fit])
    torch.testing.assert_close(shuffled.test, layer.test[test])
    # However few are read at once, as from a store whose blocks are single samples.
    blocks = [shuffled.around(slice(row, row + 1)) for row in range(180)]
    torch.testing.assert_close(torch.cat(blocks), layer.perturbed[fit])


@pytest.mark.parametrize("bytes_at_once", [1, 2**25])
def test_shuffled_neighbourhoods_agree_in_nothing_whatever_the_blocks(
    make_layer, monkeypatch, bytes_at_once
):
    monkeypatch.setattr("sametask.storage.chunks.CHUNK_BYTES", min(bytes_at_once, 2**20))
    monkeypatch.setattr("sametask.storage.chunks.SHARD_BYTES", bytes_at_once)
    layer = make_layer(lambda x: x[..., :1] * x[..., 1:2])
    evidence = gather(layer, layer.shuffled(3), DRAWS, SETTINGS)
    assert evidence.local.dimension == {"a": 1, "b": 1, "joint": 2}


def test_slices_take_the_places_of_others_of_their_time(generator):
    numbers = torch.randperm(60, generator=generator)[:45].sort().values
    rows = torch.arange(45.0).double()[:, None]
    test = torch.arange(36.0).double()[:, None]
    layer = Layer(rows, test, rows[:, None].expand(-1, 4, -1), 3, numbers)
    assert torch.equal(layer.groups, numbers // 3)
    shuffled = layer.shuffled(1)
    assert torch.equal(shuffled.slices % 3, numbers % 3)
    assert torch.equal(shuffled.slices, numbers[shuffled.fit[:, 0].long()])
    assert torch.equal(shuffled.around(slice(None))[:, 0], shuffled.fit)
    # Held-out sequences go as a whole.
    steps = shuffled.test.reshape(-1, 3)
    assert (steps.diff(dim=1) == 1).all() and (steps[:, 0] % 3 == 0).all()
    assert not torch.equal(shuffled.test, test)


def test_thresholds_decide(make_layer):
    evidence = gather(make_layer(plane), make_layer(other), DRAWS, SETTINGS)
    r2 = max(one.low for one in evidence.r2.values())
    assert decide(evidence, SETTINGS.model_copy(update={"related": r2 + 0.01})) == "unrelated"
    assert decide(evidence, SETTINGS.model_copy(update={"related": r2 - 0.01})) == "partial"


def test_a_constant_layer_is_said_and_not_nan(make_layer):
    found = control(make_layer(plane), make_layer(lambda x: 0 * x[..., :1] + 2), DRAWS, SETTINGS)
    assert found["relation"] == "unrelated"
    assert set(found["r2"]) == {"b_to_a"} and found["r2"]["b_to_a"][1] < 0.01
    assert found["dimension"] == {"a": 2, "b": 0, "joint": 2}


def test_layers_of_different_samples_are_refused(make_layer):
    layer = make_layer(plane)
    with pytest.raises(DataError, match="unpaired: 180 and 170 fit samples"):
        gather(layer, replace(layer, fit=layer.fit[:170]), DRAWS, SETTINGS)


def test_a_control_that_fails_does_not_stop_the_verdict(make_layer):
    layer = make_layer(plane)
    found = controls(
        {"a": layer, "b": layer}, {"untrained": {"b": replace(layer, fit=layer.fit[:9])}},
        CHANCE, SETTINGS,
    )  # fmt: skip
    assert "unpaired" in found["untrained"]["b"]["failed"]
    assert found["shuffled_pairs"]["relation"] == "unrelated"


def test_controls_replace_one_side_each(make_layer):
    pair = {"a": make_layer(plane), "b": make_layer(line)}
    other_task = {"a": make_layer(third), "b": make_layer(third)}
    found = controls(pair, {"different_task": other_task}, CHANCE, SETTINGS)
    assert {side: one["relation"] for side, one in found["different_task"].items()} == {
        "a": "unrelated", "b": "unrelated",
    }  # fmt: skip


def test_equivalence_needs_aligned_coordinates_beyond_chance():
    assert confirm("equivalent", 0.001, SETTINGS) == "equivalent"
    assert confirm("equivalent", 0.02, SETTINGS) == "partial"
    assert confirm("a_determines_b", 0.9, SETTINGS) == "a_determines_b"


def test_the_procrustes_test_tells_paired_coordinates_from_shuffled_ones(generator):
    rows = torch.randn(60, 4, generator=generator).double()
    orders = torch.stack([torch.randperm(60, generator=generator) for _ in range(199)])
    paired, null = procrustes_test(rows, rows + 0.1, orders)
    assert paired["p_value"] == 1 / 200 and paired["residual"] < null.min().item()
    shuffled, _ = procrustes_test(rows, rows.roll(1, 0), orders)
    assert shuffled["p_value"] > 0.01


def told(relation, **changes):
    r2 = [0.97, 0.98, 0.99]
    return {
        "relation": relation,
        "networks": {"a": {"name": "one", "layer": "h"}, "b": {"name": "two", "layer": "g"}},
        "r2": {"a_to_b": r2, "b_to_a": [0.3, 0.4, 0.5]},
        "weakest_r2": {"a_to_b": r2, "b_to_a": [0.3, 0.4, 0.5]},
        "dimension": {"a": 2, "b": 1, "joint": 2},
        "new_directions": {"a_to_b": 0, "b_to_a": 1},
        "whitney": {side: {"measured": 9, "required": 5} for side in ("a", "b")},
        "support": {"a": 0.0, "b": 0.0},
        "controls": {"shuffled_pairs": {"relation": "unrelated"}, "untrained": {}},
        "stitched": {},
        **changes,
    }


def test_sentences_name_layers_figures_and_what_to_do():
    assert sentence(told("a_determines_b")).startswith("one (h) determines two (g) on these inputs")
    assert sentence(told("b_determines_a")).startswith("two (g) determines one (h)")
    assert "1 of 2 and 1 local directions" in sentence(told("partial"))
    assert "two (g) does not change" in sentence(told("unrelated", r2={"b_to_a": [0, 0, 0]}))
    for relation in ("equivalent", "a_determines_b", "partial", "unrelated"):
        assert "98.0 %" in sentence(told(relation))


def test_equivalent_controls_are_alarming():
    equivalent = {"relation": "equivalent"}
    assert alarms(told("equivalent")) == []
    controls = {"shuffled_pairs": equivalent, "untrained": {"a": equivalent, "b": {"failed": "?"}},
                "different_task": {"network": "three", "b": equivalent}}  # fmt: skip
    shuffled, untrained, different = alarms(told("equivalent", controls=controls))
    assert "Shuffled pairs" in shuffled
    assert untrained.startswith("An untrained copy of one is equivalent to two (g) as well")
    assert different.startswith("three, which learned a different task, is equivalent to one (h)")


def test_notes_warn_of_whitney_support_and_what_r2_alone_would_overlook():
    found = notes(
        told("partial", new_directions={"a_to_b": 1, "b_to_a": 1}, support={"a": 0.0, "b": 0.2},
             weakest_r2={"a_to_b": [-0.1, 0.04, 0.1]}, dimension={"a": 2, "b": 2, "joint": 3},
             whitney={"a": {"measured": 3, "required": 5}, "b": {"measured": 9, "required": 5}}),
        SETTINGS,
    )  # fmt: skip
    assert len(found) == 3
    assert "two also reacts to perturbations that one ignores (1 more local direction)" in found[0]
    assert "at least 0.1% of that variance it explains 4.0 %" in found[0]
    assert "3 measured values for 2 dimensions; 5 would be sure" in found[1]
    assert "20.0 % of the held-out samples" in found[2]


def test_outputs_without_a_meaning_are_said():
    constant, one_class = torch.ones(9, 3).numpy(), (torch.eye(3)[1] + torch.rand(9, 3) / 2).numpy()
    assert "same for every" in output_notes("net", constant, True)[0]
    assert "same class" in output_notes("net", one_class, True)[0]
    assert output_notes("net", one_class, False) == []
    one_logit = torch.tensor([[1.0], [2.0]]).numpy()
    assert "same class" in output_notes("net", one_logit, True)[0]
    assert output_notes("net", one_logit - 1.5, True) == []


def test_only_the_controls_asked_for_are_made(make_layer):
    pair = {"a": make_layer(plane), "b": make_layer(line)}
    some = SETTINGS.model_copy(update={"controls": ["untrained"]})
    assert controls(pair, {"untrained": {"a": make_layer(third)}}, CHANCE, some).keys() == {
        "untrained"
    }
    none = SETTINGS.model_copy(update={"controls": []})
    assert controls(pair, {}, CHANCE, none) == {}


def test_an_untrained_copy_with_the_trained_weights_is_found_out(make_layer):
    layer, other_layer = make_layer(plane), make_layer(line)
    rounded = replace(layer, fit=layer.fit.float().double())
    pair = {"a": layer, "b": other_layer}
    found = controls(pair, {"untrained": {"a": rounded, "b": layer}}, CHANCE, SETTINGS)
    assert "computes the same as the network itself" in found["untrained"]["a"]["failed"]
    assert found["untrained"]["b"]["relation"] == "equivalent"
    # Two dead layers are the same without any trained weight.
    assert not computes_the_same(*[torch.ones(180, 2).double()] * 2)
    (note,) = notes(told("partial", controls={"untrained": found["untrained"]}), SETTINGS)
    assert note.startswith("Control untrained of one: it computes the same") and "\n" not in note
