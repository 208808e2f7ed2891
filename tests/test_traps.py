"""The traps of the benchmark: their layers are what their kinds and truths say."""

from collections import Counter

import pytest
import torch

from sametask.base.relations import RELATIONS
from sametask.benchmark.judge import judge_traps
from sametask.benchmark.tasks import latents
from sametask.benchmark.traps import KINDS, SCALES, TURNS, Recipe, Signal, draw_traps
from sametask.benchmark.zoo import draw_inputs
from sametask.config import Verdict

EACH = 6


@pytest.fixture(scope="module")
def inputs():
    return draw_inputs(600, 80, 20, 0.05, seed=0)


@pytest.fixture(scope="module")
def traps(inputs):
    return draw_traps(EACH, "calibration", inputs["fit"], seed=0)


def of_kind(traps, kind):
    return [trap for trap in traps if trap.kind == kind]


def test_every_kind_has_every_relation(traps):
    assert Counter(trap.kind for trap in traps) == dict.fromkeys(KINDS, EACH)
    for kind in KINDS:
        truths = [trap.truth for trap in of_kind(traps, kind)]
        assert truths.count("equivalent") == TURNS.count("same")
        assert {"partial", "unrelated"} <= set(truths) <= set(RELATIONS)
        assert sum("determines" in truth for truth in truths) == TURNS.count("less")


def test_halves_have_other_traps(inputs, traps):
    others = draw_traps(EACH, "held_out", inputs["fit"], seed=0)
    for mine, theirs in zip(traps, others, strict=True):
        assert mine.name.replace("calibration", "held_out") == theirs.name
        one, two = (trap.layers(inputs, 0)[0].fit[:60, 0] for trap in (mine, theirs))
        assert not torch.allclose(one, two)
    assert draw_traps(EACH, "held_out", inputs["fit"], seed=0) == others


def test_a_layer_holds_its_signals(inputs):
    """They are affine functions of the neurons, and squares of latents are no other thing."""
    signals = (Signal(1), Signal(2, "fold", 0.5, 0.1), Signal(3, "part", 1.0, 0.2))
    recipe = Recipe(signals, 12)
    (trap,) = draw_traps(1, "held_out", inputs["fit"], 0)[:1]
    layer, _ = type(trap)("weak", "one", recipe, recipe).layers(inputs, 0)
    known = latents(inputs["test"])
    neurons = torch.cat([layer.test, torch.ones(len(layer.test), 1)], 1)
    for signal in signals:
        wanted = signal.of(known)[:, None]
        found = neurons @ (torch.linalg.pinv(neurons, rtol=1e-10) @ wanted)
        assert (found - wanted).abs().max() < 1e-6
    assert recipe.knowledge == {"latent 1", "fold 1", "part 1", "fold 2", "part 3"}


def spectrum(layer):
    variances = torch.linalg.eigvalsh(torch.cov(layer.mT)).flip(0)
    return variances / variances.sum()


def test_weak_directions_have_the_shares_that_are_said(inputs, traps):
    """The neurons are rotated signals, so that variances of signals and of neurons add up."""
    for trap in of_kind(traps, "weak"):
        layers = trap.layers(inputs, 0)
        for recipe, layer in zip((trap.a, trap.b), layers, strict=True):
            for signal in recipe.signals[1:]:
                assert 0.9e-3 < signal.weight**2 / layer.fit.var(0).sum() < 1.1e-2


def test_few_samples_carry_a_rare_direction(inputs, traps):
    known = latents(inputs["fit"])
    for trap in of_kind(traps, "rare"):
        for recipe in (trap.a, trap.b):
            for signal in recipe.signals[1:]:
                carried = (signal.of(known) > 0).double().mean()
                assert 0.015 < carried < 0.105


def test_wide_layers_have_few_samples_a_neuron(inputs, traps):
    for trap in of_kind(traps, "wide"):
        a, b = trap.layers(inputs, 0)
        widest = max(a.fit.shape[1], b.fit.shape[1])
        assert len(a.fit) == len(b.fit) == len(a.perturbed) < 3 * widest
        assert min(a.fit.shape[1], b.fit.shape[1]) >= 64 and widest <= 512
        # Their features bend: they do not lie in the few dimensions of the signals.
        assert (spectrum(a.fit) > 1e-5).sum() > 3


def test_scales_and_tails_spread(inputs, traps):
    for trap in of_kind(traps, "scaled"):
        scales = trap.layers(inputs, 0)[0].fit.std(0)
        assert 1e3 < scales.max() / scales.min() < 10 ** (2 * SCALES + 2)
    for trap in of_kind(traps, "heavy"):
        layer = trap.layers(inputs, 0)[0].fit
        away = (layer - layer.mean(0)) / layer.std(0)
        assert away.pow(4).mean(0).max() > 4


def test_perturbed_samples_lie_around_the_fit_samples(inputs, traps):
    for trap in (of_kind(traps, kind)[0] for kind in ("weak", "folded")):
        layer, _ = trap.layers(inputs, 0)
        middle = layer.perturbed.mean(1)
        assert (middle - layer.fit).norm() < 0.1 * (layer.fit - layer.fit.mean(0)).norm()


def test_traps_are_judged_with_their_evidence(inputs, traps):
    some = [of_kind(traps, "weak")[0], of_kind(traps, "rare")[5]]
    rows = list(judge_traps(some, inputs, Verdict(resamples=99), seed=0))
    assert [row["relation"] for row in rows] == [trap.truth for trap in some]
    assert [row["kind"] for row in rows] == ["weak", "rare"]
    for row in rows:
        assert set(row["r2"]) == set(row["weakest_r2"]) == set(row["new_directions"])
        assert row["samples"] == 600 and len(row["neurons"]) == 2
